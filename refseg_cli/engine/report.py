"""What an evaluation has found, in JSON's terms: the sections of a report, and a record for each sample."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from refseg_cli.data.samples import Sample

from .breakdown import breakdown, n_words
from .measure import Measured
from .metrics import Overlap, intervals, paired_difference, score
from .selection import Selection
from .swap import SwapResult, swap_scores, swap_scores_by_kind
from .video_metrics import Track, score_videos, video_intervals


def scores_section(measured: Sequence[Measured], selection: Selection, seed: int) -> dict[str, Any]:
    """The scores with their 95 % intervals, and the same for each kind of sentence and other groups.

    Returns:
        `scores`, `intervals`, `crf` (None where it was not asked for; `scores` are without it), `kinds`,
        `breakdown` and `n_truncated`, the sentences of which words were lost. Groups are of the final masks.
    """
    overlaps = [each.overlap for each in measured]
    refined = [each.refined for each in measured if each.refined is not None]
    final = refined or overlaps

    def scored(places: Sequence[int]) -> dict[str, Any]:
        return {"n_expressions": len(places), **_scored([final[place] for place in places], seed)}

    kinds: defaultdict[str, list[int]] = defaultdict(list)
    for place, sample in enumerate(selection.samples):
        kinds[sample.kind].append(place)
    groups = breakdown(selection.samples, measured, selection.categories)
    return {
        **_scored(overlaps, seed),
        "crf": _scored(refined, seed) if refined else None,
        "kinds": {kind: scored(kinds[kind]) for kind in sorted(kinds)},
        "breakdown": {
            by: {name: scored(places) for name, places in named.items()} for by, named in groups.items()
        },
        "n_truncated": sum(each.n_dropped > 0 for each in measured),
    }


def video_section(
    samples: Sequence[Sample], measured: Sequence[Measured], seed: int
) -> dict[str, Any] | None:
    """J, F and J&F of the final masks: `scores` and `intervals`, for which whole clips are drawn again.

    Returns:
        None where photos are scored.
    """
    frames: defaultdict[str, list[tuple[Overlap, float]]] = defaultdict(list)
    for sample, each in zip(samples, measured, strict=True):
        if each.contour is not None:
            frames[sample.sentence_id].append((each.refined or each.overlap, each.contour))
    tracks = [
        Track(
            sentence_id,
            group[0][0].image_id,
            tuple(overlap.iou for overlap, _ in group),
            tuple(contour for _, contour in group),
        )
        for sentence_id, group in frames.items()
    ]
    if not tracks:
        return None
    ranges = video_intervals(tracks, seed)
    return {
        "scores": score_videos(tracks),
        "intervals": {name: list(interval) for name, interval in ranges.items()},
    }


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


def sample_records(measured: Sequence[Measured], selection: Selection) -> list[dict[str, Any]]:
    """One record per sample: what was asked, the pixels and IoU that came of it, and its groups."""
    return [
        _record(sample, each, selection) for sample, each in zip(selection.samples, measured, strict=True)
    ]


def _record(sample: Sample, measured: Measured, selection: Selection) -> dict[str, Any]:
    refined = measured.refined
    return {
        "sample_id": sample.sample_id,
        "image_id": sample.image_id,
        "expression": sample.expression,
        "kind": sample.kind,
        **_pixels(measured.overlap),
        **({} if refined is None else {"crf": _pixels(refined)}),
        "score": measured.score,
        "length": n_words(sample.expression),
        "truncated": measured.n_dropped > 0,
        "word_types": list(measured.word_types),
        "category": selection.categories.get(sample.category_id, str(sample.category_id)),
        "area": measured.area,
        "named_object": measured.named_object,
        **({} if sample.frame is None else {"sentence_id": sample.sentence_id, "contour": measured.contour}),
    }


def _pixels(overlap: Overlap) -> dict[str, Any]:
    return {"intersection": overlap.intersection, "union": overlap.union, "iou": overlap.iou}


def _scored(overlaps: Sequence[Overlap], seed: int) -> dict[str, Any]:
    ranges = intervals(overlaps, seed)
    return {
        "scores": score(overlaps).by_name(),
        "intervals": {name: list(interval) for name, interval in ranges.items()},
    }
