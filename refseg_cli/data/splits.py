"""Which photos train, which choose and which judge: fixed once, by a hash of the photo's number.

Nothing random is drawn, so every run and every machine agrees. The parts are made of photos, never
of sentences: no photo is on two sides.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from .readers.refer import read_instances, read_refer
from .samples import Sample

Part = Literal["train", "choices", "final"]

EXAMPLE_IMAGES = frozenset({86, 196393, 214753, 352257, 423617, 458756})
"""COCO photos shown as examples; left out of all training, so that examples are new to the model."""

HUMAN_SETS = (("refcoco", "refs(unc).p"), ("refcoco+", "refs(unc).p"), ("refcocog", "refs(umd).p"))
"""The three sets of human sentences in `refcoco_human`, which share photos."""


_NAMED_BY_COCO = re.compile(r"(COCO_(train|val)\d{4}_)?\d{12}\.jpg")


def named_by_coco(photo: Path) -> bool:
    """Tell whether a photo has the name that COCO gives its own; then its number is COCO's as well."""
    return _NAMED_BY_COCO.fullmatch(photo.name) is not None


def hash_order(image_id: int) -> str:
    """Return the SHA-256 of a photo's decimal number, in hexadecimal; photos are ordered by it."""
    return hashlib.sha256(str(image_id).encode("ascii")).hexdigest()


def three_parts(image_ids: Iterable[int]) -> dict[Part, frozenset[int]]:
    """Divide photos into three parts of (nearly) equal size, in the order of their hashes.

    `train` may train a released checkpoint, `choices` decides between settings, `final` is scored once
    per release. For 120 photos each part has 40.
    """
    ordered = sorted(set(image_ids), key=hash_order)
    third, two_thirds = len(ordered) // 3, 2 * len(ordered) // 3
    return {
        "train": frozenset(ordered[:third]),
        "choices": frozenset(ordered[third:two_thirds]),
        "final": frozenset(ordered[two_thirds:]),
    }


def is_choice(image_id: int, fraction: float = 1 / 8) -> bool:
    """Tell whether a photo of a training set is set aside for choosing between settings.

    Args:
        image_id: number of the photo.
        fraction: share of all photos that is set aside, 0 to 1.
    """
    if not 0.0 <= fraction <= 1.0:
        raise ValueError(f"fraction must be between 0 and 1, got {fraction}")
    return int(hash_order(image_id), 16) / 2**256 < fraction


def human_parts(root: Path) -> dict[Part, frozenset[int]]:
    """Divide the photos of `refcoco_human` over the union of its three sets.

    Args:
        root: folder that holds `refcoco`, `refcoco+`, `refcocog` and `images`.

    Raises:
        DataError: one of the three `instances.json` is missing.
    """
    ids = (
        int(image["id"])
        for name, _ in HUMAN_SETS
        for image in read_instances(root / name / "instances.json")["images"]
    )
    return three_parts(ids)


def read_human(root: Path, part: Part) -> list[Sample]:
    """Read one part of `refcoco_human`: every sentence of the three sets on the photos of that part.

    The masks are machine-made; a score against them is one "against pseudo-masks".

    Raises:
        DataError: a file of the dataset is missing or unreadable.
    """
    kept = human_parts(root)[part]
    samples = [sample for name, refs in HUMAN_SETS for sample in read_refer(root / name, refs, "val")]
    return [sample for sample in samples if sample.image_id in kept]
