"""`refseg eval`: measure how well a checkpoint understands sentences."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from refseg_cli import console
from refseg_cli.options import Device, Force, Json, Precision, Quiet, Seed, WordTypes

__all__ = ["evaluate"]


class Baseline(StrEnum):
    """The floors that a checkpoint can be compared with."""

    CENTRED_BOX = "centred-box"
    RANDOM_WORD_TYPES = "random-word-types"


def _explain(wanted: bool) -> None:
    """Print what the metrics and protocols are and stop, when `--explain-metrics` was given."""
    if wanted:
        from refseg_cli.engine.metrics_text import explanation

        console.result(explanation())
        raise typer.Exit


def evaluate(
    *,
    checkpoint: Annotated[
        str | None,
        typer.Option("--checkpoint", "-c", metavar="NAME|PATH", help="Bundled, or a .safetensors file."),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help='Masks to score instead: {"id": …, "rle": …} a line.'),
    ] = None,
    dataset: Annotated[
        str,
        typer.Option(metavar="NAME|PATH", help="Such as unc, or a folder or file; see refseg data check."),
    ],
    refs: Annotated[Path | None, typer.Option(metavar="FILE", help="Its references, if elsewhere.")] = None,
    split: Annotated[str, typer.Option(metavar="NAMES", help="To score, such as val,testA,testB.")] = "val",
    images: Annotated[Path | None, typer.Option(metavar="DIR", help="Where its photos are.")] = None,
    only_images: Annotated[
        str | None,
        typer.Option(metavar="PART|FILE", help="train, choices, final or a file of photo numbers."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Score so many sentences; partial.")] = None,
    frames_per_video: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Score each clip on so many frames; all if not given."),
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Where named datasets are.")
    ] = Path("data"),
    protocol: Annotated[
        Literal["original", "cmpc", "lavt480"],
        typer.Option(help="How scores become pixels; see --explain-metrics."),
    ] = "original",
    threshold: Annotated[float, typer.Option(help="From which probability on a pixel belongs.")] = 0.5,
    crf: Annotated[bool, typer.Option("--crf", help="Also score masks redrawn by a DenseCRF.")] = False,
    word_types: WordTypes = "learned",
    baseline: Annotated[
        list[Baseline] | None,
        typer.Option(metavar="FLOOR", help=f"Compare with {', '.join(Baseline)}; repeatable."),
    ] = None,
    swap: Annotated[bool, typer.Option("--swap", help="Also swap words such as left and right.")] = False,
    coco_map: Annotated[bool, typer.Option("--coco-map", help="Also report COCO's mAP.")] = False,
    save_masks: Annotated[
        bool, typer.Option("--save-masks", help="Also write the masks, as --predictions reads them.")
    ] = False,
    submission: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Of videos: write masks for a server instead, also as DIR.zip."),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Also draw how the best, a median and the worst mask came about."),
    ] = False,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where reports go.")] = Path("eval"),
    json: Json = False,
    batch_size: Annotated[int, typer.Option(min=1, help="Sentences of a photo asked together.")] = 1,
    nproc: Annotated[int, typer.Option(min=1, metavar="N", help="Processes that share the photos.")] = 1,
    device: Device = "auto",
    precision: Precision = "float32",
    seed: Seed = 0,
    force: Force = False,
    quiet: Quiet = False,
    explain_metrics: Annotated[  # noqa: ARG001 - its callback has answered
        bool,
        typer.Option("--explain-metrics", callback=_explain, is_eager=True, help="Say what is measured."),
    ] = False,
) -> None:
    """Score a checkpoint on sentences and masks it was not trained on, with 95 % intervals over photos.

    oIoU is the overlap of all masks taken together, mIoU the mean of the masks' own, P@X the share of masks
    with an IoU of X or more, mAP the mean of P@0.5 to P@0.95. For each split, a report and a file with a
    line per sentence (.samples.jsonl) are written into --out, with --explain a picture (.explain.png). With
    one number of threads (OMP_NUM_THREADS), any --nproc gives the same; other threads or batches may move a
    pixel at an edge.

    Of clips, each annotated frame is scored, and over them J, F and J&F as DAVIS has them; of shapes-motion
    the frame in the middle. A checkpoint for photos sees each frame by itself.

    A split whose masks its makers keep to themselves is scored by their server: --submission writes what it
    takes, of Refer-YouTube-VOS; without --checkpoint, it checks the masks in a folder or zip.

    Example:

    \b
        $ refseg eval --checkpoint small --dataset coco_phrases --baseline centred-box --swap
        coco_phrases, split val: 470 sentences on 85 images
        …
        eval/small-1c2e51f0--coco_phrases-val-original--swap.json
    """
    from refseg_cli.engine.eval_plan import EvalRequest
    from refseg_cli.engine.eval_run import run_evaluation
    from refseg_cli.engine.eval_settings import Settings
    from refseg_cli.engine.report_table import table
    from refseg_cli.engine.selection import Wanted

    splits = tuple(name.strip() for name in split.split(","))
    settings = Settings(
        threshold=threshold,
        word_types=word_types,
        seed=seed,
        protocol=protocol,
        crf=crf,
        batch_size=batch_size,
        baselines=tuple(floor.value for floor in baseline or ()),
        swap=swap,
        coco_map=coco_map,
        save_masks=save_masks,
        root=data,
    )
    request = EvalRequest(
        checkpoint=checkpoint,
        predictions=predictions,
        wanted=Wanted(dataset, refs, splits[0], images, only_images, limit, data, frames_per_video),
        splits=splits,
        settings=settings,
        out=out,
        device=device,
        precision=precision,
        n_processes=nproc,
        explain=explain,
        force=force,
        quiet=quiet,
    )
    if submission is not None:
        from refseg_cli.engine.submission_plan import submission_request
        from refseg_cli.engine.submit import submit

        done = str(submit(submission_request(request, submission)))
        console.result_json({"submission": done}) if json else console.result(done)
        return
    for report, path in run_evaluation(request):
        if json:
            console.result_json(report)
        else:
            files = [path, path.with_suffix(".explain.png")] if explain else [path]
            console.result("\n".join([table(report), "", *map(str, files)]))
