"""The head of a report: what was asked about what, and how, so that it can be told later."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import torch

from refseg.models.backbones.provenance import Provenance
from refseg.models.checkpoint import Checkpoint
from refseg.models.predictor import Predictor

from .reproduce_tables import CLIPS, PHOTOS
from .selection import Selection

SCHEMA_VERSION = 1


def report_head(selection: Selection, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Say what was asked, and how.

    Args:
        selection: The samples.
        settings: All that a result hangs on.

    Returns:
        `schema_version`, `versions`, `data` and `settings`.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "versions": {
            "python": python_version(),
            **{name: version(name) for name in ("refseg", "torch", "numpy", "pycocotools")},
        },
        "data": {
            "dataset": selection.name,
            "split": selection.split,
            "part": selection.part,
            "images_from": selection.images_from,
            "pseudo_masks": selection.pseudo_masks,
            "n_images": len(selection.image_ids),
            "n_expressions": selection.n_sentences,
            "n_frames": len(selection.samples) if selection.are_clips else None,
            "frames_per_video": selection.frames_per_video,
            "partial": selection.partial,
            "n_available": selection.n_available,
        },
        "settings": dict(settings),
    }


def ran_on(predictor: Predictor) -> dict[str, Any]:
    """What a network's last bits hang on: `device`, `precision` and the `threads` of one process."""
    return {
        "device": predictor.segmenter.device.type,
        "precision": predictor.precision,
        "threads": torch.get_num_threads(),
    }


def checkpoint_section(checkpoint: Checkpoint, selection: Selection) -> dict[str, Any]:
    """Say who was asked.

    Returns:
        `name`, `sha256`, `contaminated`, `provenance`. Of the photos that the checkpoint was trained on, it
        says only how many are scored here, which should be none.
    """
    provenance = dict(checkpoint.provenance)
    trained_on = selection.image_ids & set(provenance.pop("image_ids", ()))
    if not _same_numbers(selection, provenance.get("data", ())):
        trained_on = frozenset()
    return {
        "name": checkpoint.path.stem,
        "sha256": sha256(checkpoint.path),
        "contaminated": contaminated(provenance.get("backbone"), selection.images_from),
        "n_images_trained_on": len(trained_on),
        "provenance": provenance,
    }


def _same_numbers(selection: Selection, trained_on: Sequence[str]) -> bool:
    """Whether one number means one picture in what is scored and in what a checkpoint was trained on.

    COCO's numbers are those of all datasets made of its photos; all others count their own pictures.
    """
    names = {Path(name.partition(" (")[0]).name for name in trained_on}
    if selection.images_from == "COCO":
        return not names or not names <= {PHOTOS, CLIPS}
    return selection.name in names


def sha256(path: Path) -> str:
    """The digest that tells one checkpoint from another, whatever its file is called."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def predictions_section(path: Path) -> dict[str, Any]:
    """Say whose masks were scored, where no checkpoint was asked: `name` and `sha256` of their file."""
    return {"name": path.stem, "sha256": sha256(path)}


def contaminated(backbone_saw: object, images_from: str | None) -> bool | None:
    """Tell whether the backbone may have seen the photos that are scored, before any training by refseg.

    Args:
        backbone_saw: What the checkpoint says of its backbone: see `Provenance.from_json`.
        images_from: The collection that the photos come from, COCO as RefCOCO's, or none that is known.

    Returns:
        None where one of the two is not known.
    """
    if images_from is None:
        return None
    return {"yes": True, "no": False}.get(Provenance.from_json(backbone_saw).contains_refcoco)
