"""How sure a score is: whole images are drawn again and again, and the score is looked at each time.

Sentences about one image share its difficulty; to draw them one by one would make the interval too narrow.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
LEVEL = 0.95
_BLOCK = 100  # draws held in memory at once: large test sets have tens of thousands of images


class Interval(NamedTuple):
    """The range in which 95 % of the redrawn scores lie."""

    low: float
    high: float


class Difference(NamedTuple):
    """By how much the first of two runs scores higher than the second, with its 95 % interval."""

    value: float
    low: float
    high: float


def image_table(rows: Mapping[Hashable, Sequence[float]]) -> NDArray[np.float64]:
    """Stack one row of additive counts per image, in an order that depends on the images' names alone.

    Args:
        rows: Image id → its counts; every row has the same length F.

    Returns:
        The (images, F) table.

    Raises:
        ValueError: If there is no image.
    """
    if not rows:
        raise ValueError("a score needs at least one image, got none")
    return np.array([rows[image] for image in sorted(rows, key=str)], dtype=np.float64)


def redrawn_sums(table: NDArray[np.float64], seed: int = 0, draws: int = DRAWS) -> NDArray[np.float64]:
    """Draw as many images as there are, with replacement, and add up their counts; do so many times.

    Two tables of the same images and one seed are drawn alike, which is what a paired comparison needs.

    Args:
        table: (images, F) counts, one row per image.
        seed: Makes the draws the same every time.
        draws: How often to draw.

    Returns:
        (draws, F) sums.
    """
    n_images = len(table)
    generator = np.random.default_rng(seed)
    shares = np.full(n_images, 1.0 / n_images)
    sizes = [min(_BLOCK, draws - start) for start in range(0, draws, _BLOCK)]
    return np.concatenate([generator.multinomial(n_images, shares, size=size) @ table for size in sizes])


def interval(values: NDArray[np.float64]) -> Interval:
    """The middle 95 % of redrawn values (percentile method)."""
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(values, (tail, 1.0 - tail))
    return Interval(float(low), float(high))
