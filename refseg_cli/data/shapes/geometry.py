"""How two drawn objects lie to each other: how far apart, or how deep one reaches into the other."""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from .things import Thing, outline, reach

APART: Final = 10.0
"""Objects that do not touch leave at least so many pixels between them."""

_SPACING: Final = 5.0  # pixels between the points in which an outline is looked at


def room_between(one: Thing, other: Thing) -> float:
    """Measure the space between the circles around two objects, in pixels: their outlines lie no closer."""
    return math.hypot(one.x - other.x, one.y - other.y) - reach(one) - reach(other)


def gap(one: Thing, other: Thing) -> float:
    """Measure the space between two outlines.

    Returns:
        In pixels: what lies between them, or, when they overlap, minus the depth to which a point of one
        outline lies inside the other. Of things farther apart than `APART` only a lower bound.
    """
    room = room_between(one, other)
    if room >= APART:
        return room
    (corners, points), (other_corners, other_points) = _traced(one), _traced(other)
    away, inside = _distance(points, other_corners)
    other_away, other_inside = _distance(other_points, corners)
    if inside.any() or other_inside.any():
        return -float(max(away[inside].max(initial=0.0), other_away[other_inside].max(initial=0.0)))
    return float(min(away.min(), other_away.min()))


@lru_cache(maxsize=64)
def _traced(thing: Thing) -> tuple[np.ndarray, np.ndarray]:
    """The corners of an object, (n, 2), and points all along its outline, (m, 2)."""
    corners = outline(thing)
    return corners, _points(corners)


def _points(corners: np.ndarray) -> np.ndarray:
    """Points on an outline, its corners among them, (n, 2)."""
    steps = np.roll(corners, -1, axis=0) - corners
    counts = np.ceil(np.hypot(*steps.T) / _SPACING).astype(int).clip(min=1)
    side = np.repeat(np.arange(len(corners)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    share = (np.arange(len(side)) - first) / counts[side]
    points: np.ndarray = corners[side] + share[:, None] * steps[side]
    return points


def _distance(points: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell how far points are from an outline, (n,) float64, and whether they lie within it, (n,) bool."""
    x, y = points[:, :1] - corners[:, 0], points[:, 1:] - corners[:, 1]
    side_x, side_y = (np.roll(corners, -1, axis=0) - corners).T
    share = ((x * side_x + y * side_y) / (side_x * side_x + side_y * side_y)).clip(0.0, 1.0)
    squares = (x - share * side_x) ** 2 + (y - share * side_y) ** 2
    below = y < 0
    crosses = below != (y - side_y < 0)
    to_the_right = (x * side_y < y * side_x) == (side_y > 0)
    return np.sqrt(squares.min(axis=1)), (crosses & to_the_right).sum(axis=1) % 2 == 1
