"""Textured backgrounds in muted colours, from which every object stands out."""

from collections.abc import Callable
from typing import Final

import numpy as np

from .vocabulary import CANVAS

_FULL: Final = 256  # of a pattern: there its second colour is pure
_DIRECTIONS: Final = ((1, 0), (0, 1), (1, 1), (1, -1), (-1, 0), (0, -1), (2, 1), (1, 2))


def background(rng: np.random.Generator) -> np.ndarray:
    """Draw a background: clouds, stripes, checks or a slope between two muted colours, with grain.

    Only whole numbers are used: the same bytes on every machine.

    Returns:
        (320, 320, 3) uint8.
    """
    first, second = _muted(rng), _muted(rng)
    pattern = _PATTERNS[int(rng.integers(len(_PATTERNS)))](rng)
    mixed = first * (_FULL - pattern)[:, :, None] + second * pattern[:, :, None]
    light = _noise(rng, 16, 12) + rng.integers(-7, 8, (CANVAS, CANVAS))
    return np.clip(mixed // _FULL + light[:, :, None], 0, 255).astype(np.uint8)


def _muted(rng: np.random.Generator) -> np.ndarray:
    """A middle grey with a touch of colour, (3,) int64."""
    colour: np.ndarray = rng.integers(112, 168) + rng.integers(-16, 17, 3)
    return colour


def _noise(rng: np.random.Generator, cell: int, height: int) -> np.ndarray:
    """Smooth hills and dales: random at every `cell` pixels, straight in between, (320, 320) int64."""
    knots = CANVAS // cell + 1
    grid = rng.integers(-height, height + 1, (knots, knots))
    weight = 2 * np.arange(cell) + 1
    rows = grid[:-1, None, :] * (2 * cell - weight)[:, None] + grid[1:, None, :] * weight[:, None]
    rows = rows.reshape(CANVAS, knots)
    smooth = rows[:, :-1, None] * (2 * cell - weight) + rows[:, 1:, None] * weight
    noise: np.ndarray = smooth.reshape(CANVAS, CANVAS) // (4 * cell * cell)
    return noise


def _clouds(rng: np.random.Generator) -> np.ndarray:
    hills = _noise(rng, 64, 180) + _noise(rng, 32, 90)
    return np.clip(hills + _FULL // 2, 0, _FULL)


def _slope(rng: np.random.Generator) -> np.ndarray:
    """From one colour at an edge or a corner to the other one across."""
    steps = _steps(rng)
    return (steps - steps.min()) * _FULL // (steps.max() - steps.min())


def _stripes(rng: np.random.Generator) -> np.ndarray:
    return _steps(rng) // int(rng.integers(10, 33)) % 2 * (_FULL // 2)


def _steps(rng: np.random.Generator) -> np.ndarray:
    """How far each pixel lies along one of eight directions, (320, 320) int64."""
    across, down = _DIRECTIONS[int(rng.integers(len(_DIRECTIONS)))]
    steps: np.ndarray = across * np.arange(CANVAS) + down * np.arange(CANVAS)[:, None]
    return steps


def _checks(rng: np.random.Generator) -> np.ndarray:
    width = int(rng.integers(14, 41))
    column, row = np.arange(CANVAS) // width, np.arange(CANVAS)[:, None] // width
    return (column + row) % 2 * (_FULL // 2)


_PATTERNS: Final[tuple[Callable[[np.random.Generator], np.ndarray], ...]] = (
    _clouds,
    _slope,
    _stripes,
    _checks,
)
