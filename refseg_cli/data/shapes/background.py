"""Textured backgrounds in muted colours, from which every object stands out."""

from collections.abc import Callable
from typing import Final

import numpy as np

from .vocabulary import CANVAS

_BITS: Final = 8
_FULL: Final = 1 << _BITS  # of a pattern: there its second colour is pure
_DIRECTIONS: Final = ((1, 0), (0, 1), (1, 1), (1, -1), (-1, 0), (0, -1), (2, 1), (1, 2))
_PIXELS: Final = np.arange(CANVAS, dtype=np.int32)


def background(rng: np.random.Generator) -> np.ndarray:
    """Draw a background: clouds, stripes, checks or a slope between two muted colours, with grain.

    Only whole numbers are used: the same bytes on every machine.

    Returns:
        (320, 320, 3) uint8.
    """
    first, second = _muted(rng), _muted(rng)
    pattern = _PATTERNS[int(rng.integers(len(_PATTERNS)))](rng)
    mixed = (first << _BITS) + (second - first) * pattern[:, :, None]
    light = _noise(rng, 4, 12) + rng.integers(-7, 8, (CANVAS, CANVAS), dtype=np.int32)
    drawn: np.ndarray = np.clip((mixed >> _BITS) + light[:, :, None], 0, 255).astype(np.uint8)
    return drawn


def _muted(rng: np.random.Generator) -> np.ndarray:
    """A middle grey with a touch of colour, (3,) int32."""
    colour: np.ndarray = rng.integers(112, 168, dtype=np.int32) + rng.integers(-16, 17, 3, dtype=np.int32)
    return colour


def _noise(rng: np.random.Generator, bits: int, height: int) -> np.ndarray:
    """Smooth hills and dales: random at every 2^bits pixels, straight in between, (320, 320) int32."""
    cell = 1 << bits
    knots = CANVAS // cell + 1
    grid = rng.integers(-height, height + 1, (knots, knots), dtype=np.int32)
    near = 2 * np.arange(cell, dtype=np.int32) + 1
    far = 2 * cell - near
    rows = grid[:-1, None, :] * far[:, None] + grid[1:, None, :] * near[:, None]
    rows = rows.reshape(CANVAS, knots)
    noise: np.ndarray = rows[:, :-1, None] * far + rows[:, 1:, None] * near
    return noise.reshape(CANVAS, CANVAS) >> 2 * bits + 2


def _clouds(rng: np.random.Generator) -> np.ndarray:
    clouds: np.ndarray = np.clip(_noise(rng, 6, 180) + _noise(rng, 5, 90) + _FULL // 2, 0, _FULL)
    return clouds


def _slope(rng: np.random.Generator) -> np.ndarray:
    """From one colour at an edge or a corner to the other one across."""
    steps = _steps(rng)
    slope: np.ndarray = (steps - steps.min()) * _FULL // (steps.max() - steps.min())
    return slope


def _stripes(rng: np.random.Generator) -> np.ndarray:
    return _steps(rng) // int(rng.integers(10, 33)) % 2 * (_FULL // 2)


def _checks(rng: np.random.Generator) -> np.ndarray:
    squares = _PIXELS // int(rng.integers(14, 41))
    return (squares + squares[:, None]) % 2 * (_FULL // 2)


def _steps(rng: np.random.Generator) -> np.ndarray:
    """How far each pixel lies along one of eight directions, (320, 320) int32."""
    across, down = _DIRECTIONS[int(rng.integers(len(_DIRECTIONS)))]
    return across * _PIXELS + down * _PIXELS[:, None]


_PATTERNS: Final[tuple[Callable[[np.random.Generator], np.ndarray], ...]] = (
    _clouds,
    _slope,
    _stripes,
    _checks,
)
