"""What an evaluation leaves behind: a report in JSON's terms that says later what was measured, and how."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from refseg.models.predictor import Predictor

from .metrics import Overlap, intervals, paired_difference, score
from .selection import Selection
from .swap import SwapResult, swap_scores, swap_scores_by_kind

SCHEMA_VERSION = 1


def report_head(predictor: Predictor, selection: Selection) -> dict[str, Any]:
    """Say what was asked about what.

    Args:
        predictor: The checkpoint.
        selection: The samples.

    Returns:
        `schema_version`, `refseg` (version), `checkpoint` and `data`. Of the photos that the checkpoint was
        trained on, it says only how many are scored here, which should be none.
    """
    checkpoint = predictor.checkpoint
    provenance = dict(checkpoint.provenance)
    trained_on = selection.image_ids & set(provenance.pop("image_ids", ()))
    return {
        "schema_version": SCHEMA_VERSION,
        "refseg": version("refseg"),
        "checkpoint": {
            "name": checkpoint.path.stem,
            "sha256": sha256(checkpoint.path),
            "contaminated": contaminated(provenance.get("backbone"), selection.images_from),
            "n_images_trained_on": len(trained_on),
            "provenance": provenance,
        },
        "data": {
            "dataset": selection.name,
            "split": selection.split,
            "part": selection.part,
            "images_from": selection.images_from,
            "pseudo_masks": selection.pseudo_masks,
            "n_images": len(selection.image_ids),
            "n_expressions": len(selection.samples),
            "partial": selection.partial,
            "n_available": selection.n_available,
        },
    }


def sha256(path: Path) -> str:
    """The digest that tells one checkpoint from another, whatever its file is called."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def contaminated(backbone_saw: Sequence[str] | None, images_from: str | None) -> bool | None:
    """Tell whether the backbone may have seen the photos that are scored, before any training by refseg.

    Args:
        backbone_saw: The data that its weights were trained on, as the checkpoint says.
        images_from: The collection that the photos come from.

    Returns:
        None where one of the two is not known.
    """
    if backbone_saw is None or images_from is None:
        return None
    return any(images_from.casefold() in source.casefold() for source in backbone_saw)


def scores_section(overlaps: Sequence[Overlap], selection: Selection, seed: int) -> dict[str, Any]:
    """The scores with their 95 % intervals, and the same for each kind of sentence.

    Returns:
        `scores`, `intervals` and `kinds`.
    """
    by_kind: defaultdict[str, list[Overlap]] = defaultdict(list)
    for sample, overlap in zip(selection.samples, overlaps, strict=True):
        by_kind[sample.kind].append(overlap)
    kinds = {
        kind: {"n_expressions": len(group), **_scored(group, seed)} for kind, group in sorted(by_kind.items())
    }
    return {**_scored(overlaps, seed), "kinds": kinds}


def baseline_section(overlaps: Sequence[Overlap], floor: Sequence[Overlap], seed: int) -> dict[str, Any]:
    """The scores of a floor, and by how much the checkpoint is above it, on the same draws of photos.

    Returns:
        `scores`, `intervals` and `checkpoint_above`: for each score `value`, `low` and `high`.
    """
    above = paired_difference(overlaps, floor, seed)
    return {
        **_scored(floor, seed),
        "checkpoint_above": {name: difference._asdict() for name, difference in above.items()},
    }


def swap_section(
    results: Sequence[SwapResult], floors: Mapping[str, Sequence[SwapResult]], seed: int
) -> dict[str, Any]:
    """The outcome of the swap test, of each kind of pair, and of its floors.

    Returns:
        `pairs` (the score of the test), `sentences`, `n_pairs`, `n_images`; the same by `kinds` and `floors`.
    """
    return {
        **asdict(swap_scores(results, seed)),
        "kinds": {kind: asdict(scores) for kind, scores in swap_scores_by_kind(results, seed).items()},
        "floors": {name: asdict(swap_scores(floor, seed)) for name, floor in floors.items()},
    }


def sample_records(overlaps: Sequence[Overlap], selection: Selection) -> list[dict[str, Any]]:
    """One record per sample: what was asked, and the pixels and IoU that came of it."""
    return [
        {
            "sample_id": sample.sample_id,
            "image_id": sample.image_id,
            "expression": sample.expression,
            "kind": sample.kind,
            "intersection": overlap.intersection,
            "union": overlap.union,
            "iou": overlap.iou,
        }
        for sample, overlap in zip(selection.samples, overlaps, strict=True)
    ]


def _scored(overlaps: Sequence[Overlap], seed: int) -> dict[str, Any]:
    ranges = intervals(overlaps, seed)
    return {
        "scores": score(overlaps).by_name(),
        "intervals": {name: list(interval) for name, interval in ranges.items()},
    }
