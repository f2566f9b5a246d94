"""Runs `refseg eval` from what was typed to the files it leaves."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from refseg.models.checkpoint import find_checkpoint
from refseg.models.predictor import Predictor, find_device
from refseg_cli import console
from refseg_cli.errors import UsageError
from refseg_cli.files import refuse_to_replace, write_text

from . import together
from .devices import check_device
from .eval_plan import EvalRequest, report_stem
from .evaluate import Evaluation, evaluate, evaluate_predictions
from .launch import in_processes
from .plan import make_folder
from .predictions_file import read_predictions
from .selection import Selection, select

Scored = tuple[dict[str, Any], Path]
"""A report, and where it was written."""


def run_evaluation(request: EvalRequest) -> list[Scored]:
    """Score a checkpoint, or masks, on each split and write the reports.

    Args:
        request: What to do.

    Returns:
        One report a split; none where another process has them.

    Raises:
        UsageError: If options do not fit together, or a report exists already.
        DataError: If the dataset or the masks are missing or broken, or a report cannot be written.
        CheckpointError: If there is no such checkpoint.
        ProcessesFailed: If one of several processes fails.
    """
    request.check()
    check_device(request.device)
    if request.n_processes == 1:
        return _run(request)
    if together.started_by_torchrun():
        raise UsageError("torchrun has started the processes already: leave out --nproc")
    _planned(request)  # before there are several to complain
    return in_processes(_run, request, request.n_processes)


def _planned(request: EvalRequest) -> list[tuple[Selection, Path]]:
    """What is scored on each split, and where its report goes."""
    source = request.predictions or find_checkpoint(request.checkpoint or "")
    plan = []
    for split in request.splits:
        selection = select(replace(request.wanted, split=split))
        path = request.out / f"{report_stem(source, selection, request.settings)}.json"
        for file in _files(path, request):
            refuse_to_replace(file, request.force)
        plan.append((selection, path))
    return plan


def _files(path: Path, request: EvalRequest) -> list[Path]:
    files = [path, path.with_suffix(".samples.jsonl")]
    return [*files, path.with_suffix(".masks.jsonl")] if request.settings.save_masks else files


def _run(request: EvalRequest) -> list[Scored]:
    """The work of one process."""
    with together.joined(find_device(request.device)) as device:
        console.set_quiet(request.quiet or together.rank() > 0)
        plan = _planned(request)
        evaluate_split = _evaluator(request, str(device), [selection for selection, _ in plan])
        make_folder(request.out)
        scored = []
        for selection, path in plan:
            evaluation = evaluate_split(selection)
            together.share(partial(_write, evaluation, path) if together.rank() == 0 else _nothing)
            scored.append((evaluation.report, path))
        return scored if together.rank() == 0 else []


def _evaluator(request: EvalRequest, device: str, selections: Sequence[Selection]) -> "partial[Evaluation]":
    """How a split is scored: by a checkpoint, or by masks that are there."""
    if request.predictions is None:
        predictor = Predictor.load(request.checkpoint or "", device, request.precision)
        return partial(evaluate, predictor, settings=request.settings)
    predictions = read_predictions(request.predictions)
    predictions.check_fits(selections[0].samples)
    if request.settings.coco_map:
        predictions.check_scores()
    return partial(evaluate_predictions, predictions, settings=request.settings)


def _nothing() -> None:
    """What the others do while the first one writes."""


def _write(evaluation: Evaluation, path: Path) -> None:
    lines = (json.dumps(record, ensure_ascii=False) for record in evaluation.samples)
    write_text(path.with_suffix(".samples.jsonl"), "".join(f"{line}\n" for line in lines))
    if evaluation.masks:
        write_text(path.with_suffix(".masks.jsonl"), "".join(evaluation.masks))
    write_text(path, json.dumps(evaluation.report, ensure_ascii=False, indent=1) + "\n")
