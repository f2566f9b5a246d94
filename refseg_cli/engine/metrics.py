"""The scores of referring segmentation: how well predicted masks cover the masks of what the sentences name.

Two kinds of IoU are in use and differ by several points, so neither is ever called just "IoU" here:
oIoU is the intersection of all samples over the union of all samples (large objects count more; the paper's
"overall IoU"), mIoU is the mean of the samples' own IoU. P@X is the share of samples whose IoU is at least X,
and mAP the mean of P@0.5, P@0.55, …, P@0.95: a sample has one mask, so that nothing is ranked.

Where either mask or truth is empty, the IoU is 0 and the other's pixels count in the union of oIoU; where
both are empty, the IoU is 1, and oIoU is what the other samples make it.

Reference: `compute_mask_IU` and the test loop of the authors' `trainval_model.py`.
    differs: a sample whose mask and truth are both empty has IoU 1 (the authors divide by zero there).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refseg_cli.engine.bootstrap import DRAWS, Difference, Interval, image_table, interval, redrawn_sums

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
MAP_THRESHOLDS = tuple(twentieths / 20 for twentieths in range(10, 20))
METRICS = ("oIoU", "mIoU", *(f"P@{threshold}" for threshold in THRESHOLDS), "mAP")


def ratio(intersection: int, union: int) -> float:
    """Intersection over union; 1 where both masks are empty: nothing was to be found, and nothing was."""
    return intersection / union if union else 1.0


def count_overlap(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[int, int]:
    """Count the pixels that two masks share and the pixels that either has.

    Args:
        mask: (H, W) predicted mask.
        truth: (H, W) mask of the thing named.

    Returns:
        The sizes of intersection and union, in pixels.

    Raises:
        ValueError: If the shapes differ.
    """
    if mask.shape != truth.shape:
        raise ValueError(f"the mask is {mask.shape} but the truth is {truth.shape} (height, width)")
    return int(np.count_nonzero(mask & truth)), int(np.count_nonzero(mask | truth))


@dataclass(frozen=True)
class Overlap:
    """One sample's result in whole pixels: all that any score needs.

    Attributes:
        sample_id: Names the sample; two runs are compared sample by sample.
        image_id: The image it belongs to; intervals redraw whole images.
        intersection: Pixels in both masks.
        union: Pixels in either mask.
    """

    sample_id: str
    image_id: int
    intersection: int
    union: int

    @property
    def iou(self) -> float:
        """The sample's own IoU."""
        return ratio(self.intersection, self.union)


@dataclass(frozen=True)
class Scores:
    """The scores of a set of samples, each between 0 and 1.

    Attributes:
        overall_iou: oIoU, sum of intersections over sum of unions.
        mean_iou: mIoU, mean of the samples' IoU.
        precision: P@X for each X of `THRESHOLDS`.
        mean_precision: mAP, the mean of P@X over `MAP_THRESHOLDS`.
        n_samples: How many samples were scored.
    """

    overall_iou: float
    mean_iou: float
    precision: tuple[float, ...]
    mean_precision: float
    n_samples: int

    def by_name(self) -> dict[str, float]:
        """The scores under their printed names, in the order of `METRICS`."""
        scores = (self.overall_iou, self.mean_iou, *self.precision, self.mean_precision)
        return dict(zip(METRICS, scores, strict=True))


def score(overlaps: Sequence[Overlap]) -> Scores:
    """Score samples; their order, batches and grouping change nothing, not even the last bit.

    Args:
        overlaps: One per sample.

    Returns:
        oIoU, mIoU, P@X and mAP.

    Raises:
        ValueError: If there is no sample.
    """
    if not overlaps:
        raise ValueError("a score needs at least one sample, got none")
    n_samples = len(overlaps)
    ious = [overlap.iou for overlap in overlaps]
    intersection = sum(overlap.intersection for overlap in overlaps)
    union = sum(overlap.union for overlap in overlaps)
    return Scores(
        overall_iou=ratio(intersection, union),
        mean_iou=math.fsum(ious) / n_samples,
        precision=tuple(count / n_samples for count in _reached(ious, THRESHOLDS)),
        mean_precision=sum(_reached(ious, MAP_THRESHOLDS)) / (len(MAP_THRESHOLDS) * n_samples),
        n_samples=n_samples,
    )


def intervals(overlaps: Sequence[Overlap], seed: int = 0, draws: int = DRAWS) -> dict[str, Interval]:
    """The 95 % interval of every score, by redrawing whole images.

    Args:
        overlaps: One per sample.
        seed: Of the draws.
        draws: How often images are drawn.

    Returns:
        Score name → interval, in the order of `METRICS`.

    Raises:
        ValueError: If there is no sample.
    """
    return _interval_by_name(_redrawn_scores(overlaps, seed, draws))


def paired_difference(
    first: Sequence[Overlap], second: Sequence[Overlap], seed: int = 0, draws: int = DRAWS
) -> dict[str, Difference]:
    """By how much one run beats another on the same samples, with intervals.

    Both runs are scored on the same draws of images, so what makes an image hard for both cancels out.

    Args:
        first: One overlap per sample of the first run, in any order.
        second: One overlap per sample of the second run, in any order.
        seed: Of the draws.
        draws: How often images are drawn.

    Returns:
        Score name → first minus second with its interval, in the order of `METRICS`.

    Raises:
        ValueError: If the two runs are not of the same samples, or there is none.
    """
    return mean_difference([(first, second)], seed, draws)


def mean_difference(
    pairs: Sequence[tuple[Sequence[Overlap], Sequence[Overlap]]], seed: int = 0, draws: int = DRAWS
) -> dict[str, Difference]:
    """The mean of several paired differences, such as one for each seed of two networks.

    Args:
        pairs: What `paired_difference` takes, several times. All are scored on the same draws of images.
        seed: Of the draws.
        draws: How often images are drawn.

    Returns:
        Score name → mean of first minus second, with its interval over images, in the order of `METRICS`.

    Raises:
        ValueError: If they are not all of the same samples, or there is none.
    """
    if len({_samples_of(side) for pair in pairs for side in pair}) != 1:
        raise ValueError("a paired difference needs runs of the same samples")
    redrawn = [
        _redrawn_scores(first, seed, draws) - _redrawn_scores(second, seed, draws) for first, second in pairs
    ]
    ranges = _interval_by_name(np.mean(redrawn, axis=0))
    scores = [(score(first).by_name(), score(second).by_name()) for first, second in pairs]
    return {
        name: Difference(
            math.fsum(one[name] - other[name] for one, other in scores) / len(pairs), *ranges[name]
        )
        for name in METRICS
    }


def _samples_of(overlaps: Sequence[Overlap]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((overlap.sample_id, overlap.image_id) for overlap in overlaps))


def _interval_by_name(redrawn: NDArray[np.float64]) -> dict[str, Interval]:
    return {name: interval(redrawn[:, column]) for column, name in enumerate(METRICS)}


def _redrawn_scores(overlaps: Iterable[Overlap], seed: int, draws: int) -> NDArray[np.float64]:
    """Every score on every draw of images, (draws, scores)."""
    by_image: defaultdict[int, list[Overlap]] = defaultdict(list)
    for overlap in overlaps:
        by_image[overlap.image_id].append(overlap)
    sums = redrawn_sums(
        image_table({image: _counts(group) for image, group in by_image.items()}), seed, draws
    )
    intersection, union, n_samples = sums[:, 0], sums[:, 1], sums[:, 2:3]
    # A draw of nothing but empty masks has no union and, as for one sample, IoU 1.
    overall = np.divide(intersection, union, out=np.ones_like(union), where=union > 0)
    return np.column_stack([overall, sums[:, 3:] / n_samples])


def _counts(overlaps: Sequence[Overlap]) -> list[float]:
    """What one image adds: intersection, union, samples, and sums over them of IoU, each P@X and mAP."""
    ious = [overlap.iou for overlap in overlaps]
    return [
        sum(overlap.intersection for overlap in overlaps),
        sum(overlap.union for overlap in overlaps),
        len(overlaps),
        math.fsum(ious),
        *_reached(ious, THRESHOLDS),
        sum(_reached(ious, MAP_THRESHOLDS)) / len(MAP_THRESHOLDS),
    ]


def _reached(ious: Sequence[float], thresholds: Sequence[float]) -> list[int]:
    """How many samples reach each threshold."""
    return [sum(iou >= threshold for iou in ious) for threshold in thresholds]
