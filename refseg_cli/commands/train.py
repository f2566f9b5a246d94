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
        typer.Option(metavar="NAME|PATH", help="Such as unc, or a folder or file; see refseg data check."),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="See refseg config list; official if not given.")
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            metavar="NAME:WEIGHTS|PATH", help="Such as resnet101:coco-voc, or that of a checkpoint."
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:REFERENCE]", help="Of text, such as transformer:FOLDER; see encoders list."
        ),
    ] = None,
    embed_encoder: Annotated[
        bool, typer.Option("--embed-encoder", help="Have checkpoints hold a frozen transformer as well.")
    ] = False,
    word_type_supervision: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE[:WEIGHT]", help="none, lexicon, pos or gold, and how much: such as pos:0.3."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Values over the preset's.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One value over both; repeatable.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Of datasets and weights; data if not given."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where runs go; runs if not given.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the run; the preset's if not given.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Go on with a run where it stopped: its folder.")
    ] = None,
    device: Device = "auto",
    nproc: Annotated[int, typer.Option(min=1, metavar="N", help="Processes that share each step.")] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try two steps and print the whole plan as TOML, then stop.")
    ] = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Train a network, and print where its checkpoint is.

    A run lives in runs/<dataset>/<name>/: config.toml, metrics.jsonl and .csv, log.txt, checkpoints/last
    and best.safetensors, overlays/, and in trainer/ what --resume needs. Ctrl-C saves first.

    --encoder transformer:MODEL takes a transformer of the Hugging Face hub, by its name or from a folder, as
    the text encoder; a checkpoint then says where it is from, and with --embed-encoder holds it whole.

    --word-type-supervision nudges the types of words towards those of a lexicon, those that spaCy's parts of
    speech let one expect (pos), or those that the data tell (gold: shapes does); none is the paper's way.

    --nproc starts that many processes here, one a GPU; on several machines type
    torchrun … -m refseg_cli train …, with RUN in a folder that all of them see. The result is the same.

    Example:

    \b
        $ refseg train --dataset shapes --preset small
        …
        6,000 sentences on 2,000 images; 1,585,800 trained parameters; 4,000 steps of 24 sentences
        …
        runs/shapes/small/checkpoints/last.safetensors
    """
    from refseg_cli.engine.training_plan import TrainingRequest
    from refseg_cli.engine.training_run import run

    request = TrainingRequest(
        dataset=dataset,
        preset=preset,
        backbone=backbone,
        encoder=encoder,
        embed_encoder=embed_encoder,
        word_type_supervision=word_type_supervision,
        config=config,
        settings=tuple(settings or ()),
        data=data,
        runs=out,
        name=name,
        resume=resume,
        device=device,
        n_processes=nproc,
        dry_run=dry_run,
        force=force,
        quiet=quiet,
    )
    told = run(request)
    if told is not None:
        console.result(told)
