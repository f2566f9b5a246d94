"""Finds places for moving objects such that they stay in the picture and out of each other's way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from .motion_families import Choice
from .things import Thing, reach
from .vocabulary import CANVAS

_MARGIN: Final = 2  # pixels between an object and the edge of the picture
_COVERED: Final = 0.65  # of the reach of the smaller of two objects, which may lie within the other one's
_RIVALS_COVERED: Final = 0.2  # the same of rivals
_SPOTS: Final = 32  # places that are tried for an object

Spot = tuple[float, float]


class _Sweep(NamedTuple):
    """Where an object is at each of 16 frames, for both of its motions.

    Attributes:
        path: (2, 16, 2), x and y in pixels.
        around: (2, 16), how far it extends, in pixels.
    """

    path: np.ndarray
    around: np.ndarray


def find_room(
    rng: np.random.Generator, things: Sequence[Thing], choices: Sequence[Choice]
) -> list[Spot] | None:
    """Find a place for every object, whichever of its two motions it gets, or give up.

    An object lies wholly within the picture at all times, and no two come so close that one hides much of
    the other. Rivals (0 and 1, 2 and 3, …) also keep off each other's way at all times: so nobody can take
    one for the other.

    Args:
        rng: chance.
        things: the objects, wherever they are.
        choices: the two motions of each.

    Returns:
        The x and y of each object in the centre frame, in pixels; None if an object found no room.
    """
    sweeps = [_sweep(thing, choice) for thing, choice in zip(things, choices, strict=True)]
    rooms = [
        np.ceil((s.around[..., None] + abs(s.path)).max(axis=(0, 1))).astype(int) + _MARGIN for s in sweeps
    ]
    placed: dict[int, _Sweep] = {}
    spots: dict[int, Spot] = {}
    for index in sorted(range(len(things)), key=lambda index: -int(rooms[index].prod())):
        if rooms[index].max() > CANVAS / 2:
            return None
        tried = rng.integers(rooms[index], CANVAS + 1 - rooms[index], (_SPOTS, 2))
        free = np.ones(_SPOTS, dtype=bool)
        paths = tried[:, None, None] + sweeps[index].path
        for other, sweep in placed.items():
            apart = _rivals_apart if index // 2 == other // 2 else _apart
            free &= apart(paths, sweeps[index].around, sweep)
        if not free.any():
            return None
        first = int(free.argmax())
        placed[index] = _Sweep(paths[first], sweeps[index].around)
        spots[index] = float(tried[first, 0]), float(tried[first, 1])
    return [spots[index] for index in range(len(things))]


def _sweep(thing: Thing, choice: Choice) -> _Sweep:
    """The sweep of an object that is at (0, 0) in the centre."""
    swellings = np.stack([motion.swellings() for motion in choice])
    around = reach(thing) + reach(replace(thing, radius=1.0)) * swellings
    return _Sweep(np.stack([motion.shifts() for motion in choice]), around)


def _apart(paths: np.ndarray, around: np.ndarray, other: _Sweep) -> np.ndarray:
    """Tell at which places an object is apart from another one at each time, whatever both do."""
    return _far(paths[:, :, None] - other.path, around[:, None], other.around, _COVERED)


def _rivals_apart(paths: np.ndarray, around: np.ndarray, other: _Sweep) -> np.ndarray:
    """Tell at which places an object is apart from all that its rival passes while doing the contrary."""
    away = paths[:, :, :, None] - other.path[::-1, None]
    return _far(away, around[:, :, None], other.around[::-1, None], _RIVALS_COVERED)


def _far(away: np.ndarray, around: np.ndarray, other: np.ndarray, covered: float) -> np.ndarray:
    least = around + other - covered * np.minimum(around, other)
    far: np.ndarray = ((away**2).sum(axis=-1) >= least**2).reshape(len(away), -1).all(axis=1)
    return far
