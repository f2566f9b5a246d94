"""Windows on a photo that keep in sight everything that its sentences speak of: a photo seen several ways."""

import zlib
from collections.abc import Iterable

import numpy as np

from .samples import Sample

Window = tuple[int, int, int, int]
"""Top, left, height and width, in pixels."""

_SMALLEST = 0.7
"""Least side of a window, as a share of the photo's."""


def window(samples: Iterable[Sample], view: int, seed: int) -> Window | None:
    """The window of one view of a photo; view 0 is the whole photo.

    Every object that a sentence of the photo names lies within, so that left, biggest or second stay true.

    Args:
        samples: all sentences of the photo.
        view: its number.
        seed: of the run.
    """
    samples = list(samples)
    if view == 0:
        return None
    first = samples[0]
    random = np.random.default_rng((seed, view, zlib.crc32(str(first.image_path.name).encode())))
    boxes = np.array([sample.box() for sample in samples])
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    left, width = _span(low[0], high[0], first.width, random)
    top, height = _span(low[1], high[1], first.height, random)
    return top, left, height, width


def _span(low: float, high: float, size: int, random: np.random.Generator) -> tuple[int, int]:
    """Start and length of a stretch of [0, size) that holds [low, high]."""
    start, end = max(0, int(np.floor(low))), min(size, int(np.ceil(high)))
    length = max(end - start, round(size * random.uniform(_SMALLEST, 1.0)))
    return int(random.integers(max(0, end - length), min(start, size - length) + 1)), length
