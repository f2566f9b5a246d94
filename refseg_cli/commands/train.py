"""`refseg train`: train a network on photos, sentences and masks."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Device, Force, Quiet

__all__ = ["train"]


def train(
    *,
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME|DIR", help="unc, unc+, gref, gref-umd or a folder in REFER's layout."),
    ] = None,
    preset: Annotated[str, typer.Option(metavar="NAME", help="official, paper or small.")] = "official",
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Values over the preset's.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One value over both; repeatable.")
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Where datasets and weights are.")
    ] = Path("data"),
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where runs go.")] = Path("runs"),
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the run; the preset's if not given.")
    ] = None,
    device: Device = "auto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be trained on, then stop.")
    ] = False,
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Train a network, and print where its checkpoint is.

    A run leaves config.json, metrics.jsonl and checkpoints/last.safetensors in runs/<dataset>/<name>/.

    Example:

    \b
        $ refseg train --dataset unc --data data
        120,624 sentences on 16,994 images; 76,055,608 trained parameters; 700,000 steps of 1 sentences
        runs/unc/official/checkpoints/last.safetensors
    """
    from refseg_cli.engine.training_run import TrainingRequest, run

    request = TrainingRequest(
        dataset=dataset,
        preset=preset,
        config=config,
        settings=tuple(settings or ()),
        data=data,
        runs=out,
        name=name,
        device=device,
        dry_run=dry_run,
        force=force,
    )
    checkpoint = run(request)
    if checkpoint is not None:
        console.result(str(checkpoint))
