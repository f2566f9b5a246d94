"""Runs `refseg eval` from what was typed to the files it leaves."""

import json
from collections.abc import Callable
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
from .clip_predictions import tell_of_frames_alone
from .devices import check_device
from .eval_plan import EvalRequest, report_stem
from .eval_settings import Settings
from .evaluate import Evaluation, evaluate, evaluate_predictions
from .explain_answers import answers_explained
from .launch import in_processes
from .outputs import write_png
from .plan import make_folder
from .predictions_file import Predictions, read_predictions
from .selection import Selection, select

_EXPLANATION = ".explain.png"

Scored = tuple[dict[str, Any], Path]
"""A report, and where it was written."""


def run_evaluation(request: EvalRequest) -> list[Scored]:
    """Score a checkpoint, or masks, on each split and write the reports.

    Args:
        request: What to do.

    Returns:
        One report a split; none where another process has them.

    Raises:
        UsageError: If options or data and checkpoint do not fit together, or a report exists already.
        DataError: If the dataset, the masks or a tagger are missing or broken, or a report cannot be written.
        CheckpointError: If there is no such checkpoint.
        ProcessesFailed: If one of several processes fails.
    """
    request.check()
    request.settings.described()  # before there are several to complain of a missing tagger
    check_device(request.device)
    if request.n_processes == 1:
        return _run(request)
    together.check_alone()
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
    wanted = {
        ".json": True,
        ".samples.jsonl": True,
        ".masks.jsonl": request.settings.save_masks,
        _EXPLANATION: request.explain,
    }
    return [path.with_suffix(suffix) for suffix, is_wanted in wanted.items() if is_wanted]


def _run(request: EvalRequest) -> list[Scored]:
    """The work of one process."""
    with together.joined(find_device(request.device)) as device:
        console.set_quiet(request.quiet or together.rank() > 0)
        plan = _planned(request)
        asked = _asked(request, str(device), plan[0][0])
        if isinstance(asked, Predictor):
            _check_fits(asked, plan[0][0], request)
        make_folder(request.out)
        scored = []
        for selection, path in plan:
            evaluation = _evaluated(asked, selection, request.settings)
            _in_the_first(partial(_write, evaluation, path))
            if request.explain and isinstance(asked, Predictor):
                _in_the_first(partial(_explain, asked, selection, evaluation, request, path))
            scored.append((evaluation.report, path))
        return scored if together.rank() == 0 else []


def _asked(request: EvalRequest, device: str, selection: Selection) -> Predictor | Predictions:
    """Who is scored: a checkpoint, or masks that are there."""
    if request.predictions is None:
        return Predictor.load(request.checkpoint or "", device, request.precision)
    predictions = read_predictions(request.predictions)
    predictions.check_fits(selection.samples)
    if request.settings.coco_map:
        predictions.check_scores()
    return predictions


def _check_fits(predictor: Predictor, selection: Selection, request: EvalRequest) -> None:
    """Make sure that a checkpoint can be asked about photos or clips, whichever are scored.

    Raises:
        UsageError: If it cannot, or clips are to be explained.
    """
    reads_clips = len(predictor.offsets) > 1
    if selection.are_clips and request.explain:
        raise UsageError("--explain draws answers about photos, and clips are scored: leave out --explain")
    if reads_clips and not selection.are_clips:
        raise UsageError(
            f"{request.checkpoint} is a checkpoint for videos, and {selection.name} holds photos: "
            "choose one for photos, such as --checkpoint small"
        )
    if selection.are_clips:
        tell_of_frames_alone(predictor, request.checkpoint or "")


def _evaluated(asked: Predictor | Predictions, selection: Selection, settings: Settings) -> Evaluation:
    if isinstance(asked, Predictor):
        return evaluate(asked, selection, settings)
    return evaluate_predictions(asked, selection, settings)


def _in_the_first(work: Callable[[], None]) -> None:
    """Do something once, in one of the processes, while the others wait."""
    together.share(work if together.rank() == 0 else lambda: None)


def _write(evaluation: Evaluation, path: Path) -> None:
    lines = (json.dumps(record, ensure_ascii=False) for record in evaluation.samples)
    write_text(path.with_suffix(".samples.jsonl"), "".join(f"{line}\n" for line in lines))
    if evaluation.masks:
        write_text(path.with_suffix(".masks.jsonl"), "".join(evaluation.masks))
    write_text(path, json.dumps(evaluation.report, ensure_ascii=False, indent=1) + "\n")


def _explain(
    predictor: Predictor, selection: Selection, evaluation: Evaluation, request: EvalRequest, path: Path
) -> None:
    threshold = request.settings.threshold
    picture = answers_explained(predictor, selection.samples, evaluation.samples, threshold)
    write_png(picture, path.with_suffix(_EXPLANATION))
