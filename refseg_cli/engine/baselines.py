"""Floors: what a method scores that never looks at the picture or never reads the sentence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from refseg_cli.data.samples import Sample
from refseg_cli.engine.metrics import Overlap, count_overlap, score

CANDIDATE_SHARES = tuple(percent / 100 for percent in range(5, 100, 5))
CENTRED_BOX_SHARE = 0.4
"""Share of the picture that the constant box covers, by `best_box_share`.

Chosen alike on the training photos of template sentences (14.5 oIoU there; 14.2 at 0.3, 14.3 at 0.5) and on
those of human sentences (15.6; 15.4 and 15.2).
"""


def centred_box(height: int, width: int, share: float = CENTRED_BOX_SHARE) -> NDArray[np.bool_]:
    """The same answer to every sentence: a box in the middle with the picture's proportions.

    Args:
        height: Of the picture, in pixels.
        width: Of the picture, in pixels.
        share: Part of the picture's area that the box covers, above 0 and at most 1.

    Returns:
        (H, W) mask.

    Raises:
        ValueError: If the share is not one.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is a part of the picture's area, above 0 and at most 1, got {share}")
    side = share**0.5
    box_height, box_width = max(1, round(height * side)), max(1, round(width * side))
    top, left = (height - box_height) // 2, (width - box_width) // 2
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[top : top + box_height, left : left + box_width] = True
    return mask


def best_box_share(samples: Sequence[Sample], shares: Sequence[float] = CANDIDATE_SHARES) -> float:
    """Choose the box that covers the things named best, on training samples.

    Args:
        samples: Training samples; never those that are scored later.
        shares: Shares of the picture to try.

    Returns:
        The share with the highest oIoU, the smallest of equals.

    Raises:
        ValueError: If there is no sample or no share.
    """
    truths = [(sample, sample.mask()) for sample in samples]

    def overall_iou(share: float) -> float:
        return score([_boxed(sample, truth, share) for sample, truth in truths]).overall_iou

    return max(sorted(shares), key=overall_iou)


def _boxed(sample: Sample, truth: NDArray[np.bool_], share: float) -> Overlap:
    overlap = count_overlap(centred_box(sample.height, sample.width, share), truth)
    return Overlap(sample.sample_id, sample.image_id, *overlap)
