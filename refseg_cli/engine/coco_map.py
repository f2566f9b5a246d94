"""`mAP_coco`: average precision as COCO defines it, for comparison with papers that report it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .metrics import Overlap

_THRESHOLDS = np.linspace(0.5, 0.95, 10)
_RECALLS = np.linspace(0.0, 1.0, 101)


def coco_map(overlaps: Sequence[Overlap], scores: Sequence[float]) -> float:
    """Average precision over IoU 0.5, 0.55, …, 0.95 and 101 recalls, each sample an image with one object.

    The masks of all samples are ranked together by their score, so that it also rewards knowing when one is
    wrong. Two empty masks count as a miss, since COCO knows no object without pixels.

    Reference: `COCOeval` of pycocotools, `stats[0]`, with the samples as images in the order of their ids.

    Args:
        overlaps: one per sample, in any order.
        scores: how sure each mask is.

    Returns:
        Between 0 and 1.

    Raises:
        ValueError: if there is no sample, or not a score for each.
    """
    if not overlaps or len(overlaps) != len(scores):
        raise ValueError(f"mAP needs samples and a score for each, got {len(overlaps)} and {len(scores)}")
    ranked = sorted(zip(overlaps, scores, strict=True), key=lambda pair: (-pair[1], pair[0].sample_id))
    ious = np.array([overlap.iou if overlap.union else 0.0 for overlap, _ in ranked])
    return float(np.mean([_average_precision(ious >= threshold) for threshold in _THRESHOLDS]))


def _average_precision(hits: NDArray[np.bool_]) -> float:
    """The mean over all recalls of the best precision from there on; `hits` (N,) by falling score."""
    found = np.cumsum(hits)
    precision = found / np.arange(1, len(hits) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(found / len(hits), _RECALLS, side="left")
    reached = places < len(hits)
    return float(best_from_here[places[reached]].sum() / len(_RECALLS))
