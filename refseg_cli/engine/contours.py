"""F of DAVIS: how well the contour of a mask follows the contour of the truth.

Reference: `db_eval_boundary` of the evaluation of DAVIS 2017, by whose definitions F is compared.
    differs: pixels that a truth marks as void (255) have no part of their own here; they are background.
"""

import math

import numpy as np
from numpy.typing import NDArray

BOUND = 0.008
"""How far apart contours may lie and still match, as a share of the picture's diagonal."""

_Mask = NDArray[np.bool_]


def contour_accuracy(mask: _Mask, truth: _Mask) -> float:
    """The F of one frame: the harmonic mean of the shares of each contour that lie near the other.

    Where both have no contour, F is 1; where one has none, F is 0. A mask without pixels has no contour, and
    nor has one of all pixels: the edge of the picture is none.

    Args:
        mask: (H, W) predicted mask.
        truth: (H, W) mask of the thing named.

    Returns:
        Between 0 and 1.

    Raises:
        ValueError: If the shapes differ.
    """
    if mask.shape != truth.shape:
        raise ValueError(f"the mask is {mask.shape} but the truth is {truth.shape} (height, width)")
    found, wanted = contour(mask), contour(truth)
    n_found, n_wanted = np.count_nonzero(found), np.count_nonzero(wanted)
    if not n_found or not n_wanted:
        return float(n_found == n_wanted)
    radius = math.ceil(BOUND * math.hypot(*mask.shape))
    precision = _n_near(found, wanted, radius) / n_found
    recall = _n_near(wanted, found, radius) / n_wanted
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def contour(mask: _Mask) -> _Mask:
    """Mark the contour of a mask, one pixel wide: where a pixel differs from the next.

    The next are those to the right, below, and right below. The last row looks right only, the last column
    below only, and the corner is never marked.

    Args:
        mask: (H, W).

    Returns:
        (H, W).
    """
    marked = np.zeros_like(mask, dtype=bool)
    here = mask[:-1, :-1]
    marked[:-1, :-1] = (here != mask[:-1, 1:]) | (here != mask[1:, :-1]) | (here != mask[1:, 1:])
    marked[-1, :-1] = mask[-1, :-1] != mask[-1, 1:]
    marked[:-1, -1] = mask[:-1, -1] != mask[1:, -1]
    return marked


def _n_near(points: _Mask, others: _Mask, radius: int) -> int:
    """Count the points within a radius of another, as disks around the others would mark them.

    Args:
        points: (H, W).
        others: (H, W).
        radius: Of the disk, in pixels; a pixel belongs to it if its centre does.
    """
    height, width = points.shape
    rows, columns = np.nonzero(points)
    before = np.zeros((height, width + 1), dtype=np.int32)  # others of a row, to the left of each column
    np.cumsum(others, axis=1, out=before[:, 1:])
    near = np.zeros(len(rows), dtype=bool)
    for down in range(-radius, radius + 1):
        across = math.isqrt(radius * radius - down * down)
        inside = np.flatnonzero((rows + down >= 0) & (rows + down < height))
        row, column = rows[inside] + down, columns[inside]
        end, start = np.minimum(column + across + 1, width), np.maximum(column - across, 0)
        near[inside] |= before[row, end] > before[row, start]
    return int(np.count_nonzero(near))
