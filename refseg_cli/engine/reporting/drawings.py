"""Draws a few answers of an evaluation: with the masks that it kept, or by asking its checkpoint again."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from refseg.models.checkpoint import bundled_checkpoints
from refseg.models.predictor import Predictor
from refseg_cli.data.datasets import DATASET_NAMES
from refseg_cli.data.samples import Sample
from refseg_cli.engine.answers import Answer, Asking
from refseg_cli.engine.model_answers import answer_with_model
from refseg_cli.engine.overlay import draw_overlay
from refseg_cli.engine.predictions_file import read_predictions
from refseg_cli.engine.report_head import sha256
from refseg_cli.engine.selection import Wanted, select
from refseg_cli.errors import DataError

from .runs import Evaluation, Run

_LONGEST = 480  # pixels of a picture on the page


class Drawing(NamedTuple):
    """A photo twice: with the mask that was found, and with that of what was meant."""

    found: Image.Image
    meant: Image.Image


def drawings(
    run: Run, evaluation: Evaluation, sample_ids: Collection[str], data: Path | None
) -> dict[str, Drawing]:
    """Draw answers.

    Args:
        run: Which was evaluated.
        evaluation: Of it.
        sample_ids: Which sentences.
        data: Folder under which named datasets lie; None for that of the training.

    Returns:
        By sample id.

    Raises:
        DataError: If the photos, or masks and checkpoint, are not there any more.
        CheckpointError: If the checkpoint cannot be read.
        ImageError: If a photo cannot be read.
    """
    root = data or Path(run.facts.get("data", "data"))
    answer = _answer(run, evaluation, root)
    drawn = {}
    for sample in _samples(run, evaluation, sample_ids, root):
        photo = Image.fromarray(sample.image())
        (answered,) = answer([sample])
        masks = (answered.mask, sample.mask())
        drawn[sample.sample_id] = Drawing(*(_small(draw_overlay(photo, mask)) for mask in masks))
    return drawn


def _small(picture: Image.Image) -> Image.Image:
    picture.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
    return picture


def _samples(run: Run, evaluation: Evaluation, sample_ids: Collection[str], root: Path) -> list[Sample]:
    asked = evaluation.report["data"]
    place = next(_places(run, asked["dataset"], root), asked["dataset"])
    selection = select(Wanted(place, split=asked["split"], data=root))
    found = [sample for sample in selection.samples if sample.sample_id in sample_ids]
    if len(found) < len(sample_ids):
        raise DataError(f"{place} has other sentences now than were evaluated; evaluate again: refseg eval")
    return found


def _places(run: Run, dataset: str, root: Path) -> Iterator[str]:
    """Where the dataset may be, of which an evaluation keeps the name alone."""
    if dataset in DATASET_NAMES:
        yield dataset
    trained_on = run.config["data"]["sources"] if run.config else []
    named = (Path(source["dataset"] or root / source["folder"]) for source in trained_on)
    for path in (*named, root / dataset, Path(dataset)):
        if dataset in (path.name, path.stem) and path.exists():
            yield str(path)


def _answer(run: Run, evaluation: Evaluation, root: Path) -> Answer:
    """Who gives the masks again.

    Raises:
        DataError: If they were not kept and the checkpoint is not there.
    """
    kept = evaluation.path.with_suffix(".masks.jsonl")
    if kept.is_file():
        return read_predictions(kept).answer()
    asked, settings = evaluation.report["checkpoint"], evaluation.report["settings"]
    if asked is None:
        raise DataError("the masks of another tool are not kept; look at them with that tool")
    candidates = (*run.checkpoints, *bundled_checkpoints().values())
    path = next((path for path in candidates if sha256(path) == asked["sha256"]), None)
    if path is None:
        raise DataError(
            f"the checkpoint {asked['name']} that was evaluated is not there any more: evaluate again with "
            "refseg eval --force, or keep masks with --save-masks"
        )
    how = Asking(
        threshold=settings["threshold"],
        word_types=settings["word_types"],
        seed=settings["seed"],
        # where masks are compared elsewhere than on the photo, they cannot be drawn on it
        protocol="original" if settings["protocol"] == "lavt480" else settings["protocol"],
        crf=settings["crf"] is not None,
        root=root,
    )
    answer = answer_with_model(Predictor.load(path, precision=settings["precision"]), how)
    return lambda samples: [
        each if each.refined is None else replace(each, mask=each.refined) for each in answer(samples)
    ]
