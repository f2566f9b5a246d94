"""Runs `refseg eval` from what was typed to the files it leaves."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refseg.models.predictor import Predictor
from refseg_cli.errors import UsageError
from refseg_cli.files import refuse_to_replace, write_text

from .devices import check_device
from .evaluate import Settings, evaluate
from .plan import make_folder
from .report import sha256
from .selection import Selection, Wanted, select


@dataclass(frozen=True)
class EvalRequest:
    """What was typed.

    Attributes:
        checkpoint: Name or path.
        device: Where the network runs.
        precision: What it computes in.
        wanted: What to score.
        settings: How to ask.
        out: Folder of the report.
        per_sample: Whether to write each sample's result beside it.
        force: Whether to overwrite them.
    """

    checkpoint: str
    device: str
    precision: str
    wanted: Wanted
    settings: Settings
    out: Path
    per_sample: bool = False
    force: bool = False


def run_evaluation(request: EvalRequest) -> tuple[dict[str, Any], Path]:
    """Score a checkpoint and write the report.

    Args:
        request: What to do.

    Returns:
        The report, and where it was written.

    Raises:
        UsageError: If the report exists already, or the threshold is out of range.
        DataError: If the dataset is missing or broken, or the report cannot be written.
        CheckpointError: If there is no such checkpoint.
    """
    if not 0 < request.settings.threshold < 1:
        raise UsageError(f"--threshold lies between 0 and 1, got {request.settings.threshold}")
    check_device(request.device)
    selection = select(request.wanted)
    predictor = Predictor.load(request.checkpoint, request.device, request.precision)
    path = request.out / f"{report_stem(predictor, selection, request.settings)}.json"
    samples_path = path.with_suffix(".samples.jsonl")
    for file in (path, *([samples_path] if request.per_sample else ())):
        refuse_to_replace(file, request.force)
    make_folder(request.out)
    evaluation = evaluate(predictor, selection, request.settings)
    if request.per_sample:
        lines = (json.dumps(record, ensure_ascii=False) for record in evaluation.samples)
        write_text(samples_path, "".join(f"{line}\n" for line in lines))
    write_text(path, json.dumps(evaluation.report, ensure_ascii=False, indent=1) + "\n")
    return evaluation.report, path


def report_stem(predictor: Predictor, selection: Selection, settings: Settings) -> str:
    """Name a report after what was scored, so that two different questions do not share a file.

    Returns:
        Such as `small-1c2e51f0--coco_phrases-val--swap`, with the start of the checkpoint's SHA-256.
    """
    path = predictor.checkpoint.path
    parts = [
        f"{path.stem}-{sha256(path)[:8]}",
        "-".join(filter(None, (selection.name, selection.split, selection.part))),
        f"first-{len(selection.samples)}" if selection.partial else "",
        "" if settings.word_types == "learned" else settings.word_types,
        "swap" if settings.swap else "",
    ]
    return "--".join(filter(None, parts))
