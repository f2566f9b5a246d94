"""`refseg eval`: measure how well a checkpoint understands sentences."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Checkpoint, Device, Force, Json, Precision, Quiet, Seed, WordTypes

__all__ = ["evaluate"]


class Baseline(StrEnum):
    """The floors that a checkpoint can be compared with."""

    CENTRED_BOX = "centred-box"
    RANDOM_WORD_TYPES = "random-word-types"


def evaluate(
    *,
    checkpoint: Checkpoint,
    dataset: Annotated[
        str,
        typer.Option(metavar="NAME|PATH", help="Such as unc, or a folder or file; see refseg data check."),
    ],
    refs: Annotated[Path | None, typer.Option(metavar="FILE", help="Its references, if elsewhere.")] = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="The split to score.")] = "val",
    images: Annotated[Path | None, typer.Option(metavar="DIR", help="Where its photos are.")] = None,
    only_images: Annotated[
        str | None,
        typer.Option(metavar="PART|FILE", help="train, choices, final or a file of photo numbers."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Score so many sentences; partial.")] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Where named datasets are.")
    ] = Path("data"),
    word_types: WordTypes = "learned",
    threshold: Annotated[float, typer.Option(help="From which probability on a pixel belongs.")] = 0.5,
    baseline: Annotated[
        list[Baseline] | None,
        typer.Option(metavar="FLOOR", help=f"Compare with {', '.join(Baseline)}; repeatable."),
    ] = None,
    swap: Annotated[bool, typer.Option("--swap", help="Also swap words such as left and right.")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where reports go.")] = Path("eval"),
    per_sample: Annotated[bool, typer.Option("--per-sample", help="Also write each sample's IoU.")] = False,
    json: Json = False,
    device: Device = "auto",
    precision: Precision = "float32",
    seed: Seed = 0,
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback tells the console
) -> None:
    """Score a checkpoint on sentences and masks it was not trained on, with 95 % intervals over photos.

    oIoU is the overlap of all masks taken together, mIoU the mean of the masks' own, P@X the share of masks
    with an IoU of X or more. Photos are scored at their own size. A report is written into --out.

    Example:

    \b
        $ refseg eval --checkpoint small --dataset coco_phrases --baseline centred-box --swap
        coco_phrases, split val: 470 sentences on 85 images
        …
        eval/small-1c2e51f0--coco_phrases-val--swap.json
    """
    from refseg_cli.engine.eval_run import EvalRequest, run_evaluation
    from refseg_cli.engine.evaluate import Settings
    from refseg_cli.engine.report_table import table
    from refseg_cli.engine.selection import Wanted

    wanted = Wanted(dataset, refs, split, images, only_images, limit, data)
    settings = Settings(threshold, word_types, tuple(floor.value for floor in baseline or ()), swap, seed)
    request = EvalRequest(checkpoint, device, precision, wanted, settings, out, per_sample, force)
    report, path = run_evaluation(request)
    if json:
        console.result_json(report)
    else:
        console.result(f"{table(report)}\n\n{path}")
