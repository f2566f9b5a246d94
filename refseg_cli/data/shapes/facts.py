"""What is true in a scene, in three values: true, false, or too close to call.

A set of objects is a number whose bit k stands for object k; what may be true has two such sets.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from .geometry import gap
from .things import Thing, outline
from .vocabulary import CANVAS


class Which(NamedTuple):
    """The objects of which a statement is true for `sure`, and those of which it is not surely false."""

    sure: int
    maybe: int


Truth = tuple[bool, bool]
"""Whether a statement is surely true, and whether it may be."""

_SIDE: Final = (0.38 * CANVAS, 0.5 * CANVAS)  # surely on the left up to the first, surely not from the second
_MIDDLE: Final = (0.13 * CANVAS, 0.23 * CANVAS)  # the same of the distance to the middle
_AHEAD: Final = (16.0, 4.0)  # pixels by which the centre and the edge of a leftmost thing must be ahead
_STEEP: Final = (0.7, 2.5)  # "left of" surely up to 35°, surely not from 68°
_FAR: Final = (20.0, 0.7)  # pixels, and share of both radii, by which centres must be apart for it
_TOUCH: Final = (-3.5, 1.5)  # gaps at which things surely touch
_FREE: Final = 8.0  # from this gap on they surely do not
_DEEP: Final = -6.0  # from this depth on one surely covers the other


@dataclass(frozen=True)
class Facts:
    """All that expressions can say of the objects of one scene.

    Attributes:
        count: how many objects there are.
        looks: of each shape, colour and size in the scene, which objects have it.
        places: of each place ("left", "top", "middle", …), which objects are there.
        ahead: of each superlative ("leftmost", …) and object k, which objects k is ahead of.
        relations: of each relation ("left of", …) and object k, to which objects k stands so.
    """

    count: int
    looks: dict[str, int]
    places: dict[str, Which]
    ahead: dict[str, tuple[Which, ...]]
    relations: dict[str, tuple[Which, ...]]


def facts_of(things: Sequence[Thing]) -> Facts:
    """Look at a scene. Later things cover earlier ones."""
    boxes = [_box(thing) for thing in things]
    gaps = _gaps(things)
    looks: dict[str, int] = {}
    for index, thing in enumerate(things):
        for word in (thing.shape, thing.colour, thing.size):
            looks[word] = looks.get(word, 0) | 1 << index
    every = range(len(things))
    return Facts(
        count=len(things),
        looks=looks,
        places={word: _which([holds(thing) for thing in things]) for word, holds in _PLACES.items()},
        ahead={
            word: tuple(_which([_ahead(boxes[a], boxes[b], way) for b in every]) for a in every)
            for word, way in _WAYS.items()
        },
        relations=_directions(things) | _contacts(gaps),
    )


def _which(truths: Sequence[Truth]) -> Which:
    sure = sum(1 << index for index, truth in enumerate(truths) if truth[0])
    return Which(sure, sum(1 << index for index, truth in enumerate(truths) if truth[1]))


def _low(value: float, limits: tuple[float, float]) -> Truth:
    return value <= limits[0], value < limits[1]


def _in_the_middle(thing: Thing) -> Truth:
    return _low(max(abs(thing.x - CANVAS / 2), abs(thing.y - CANVAS / 2)), _MIDDLE)


_PLACES: Final[dict[str, Callable[[Thing], Truth]]] = {
    "left": lambda thing: _low(thing.x, _SIDE),
    "right": lambda thing: _low(CANVAS - thing.x, _SIDE),
    "top": lambda thing: _low(thing.y, _SIDE),
    "bottom": lambda thing: _low(CANVAS - thing.y, _SIDE),
    "middle": _in_the_middle,
}

_WAYS: Final = {"leftmost": (0, 1), "topmost": (1, 1), "rightmost": (0, -1), "lowest": (1, -1)}
_DIRECTIONS: Final = {"left of": (-1, 0), "right of": (1, 0), "above": (0, -1), "below": (0, 1)}

Box = tuple[tuple[float, float, float], tuple[float, float, float]]


def _box(thing: Thing) -> Box:
    """The lower edge, centre and upper edge of an object in x and in y."""
    (left, top), (right, bottom) = outline(thing).min(axis=0), outline(thing).max(axis=0)
    return (float(left), thing.x, float(right)), (float(top), thing.y, float(bottom))


def _ahead(one: Box, other: Box, way: tuple[int, int]) -> Truth:
    """Tell whether one object is further to a side: by its centre and by its edge."""
    axis, sign = way
    centre = sign * (other[axis][1] - one[axis][1])
    edge = sign * (other[axis][1 - sign] - one[axis][1 - sign])
    return centre >= _AHEAD[0] and edge >= _AHEAD[1], not (centre <= -_AHEAD[0] and edge <= -_AHEAD[1])


def _directions(things: Sequence[Thing]) -> dict[str, tuple[Which, ...]]:
    return {
        word: tuple(_which([_lies(one, other, *way) for other in things]) for one in things)
        for word, way in _DIRECTIONS.items()
    }


def _lies(one: Thing, other: Thing, right: int, down: int) -> Truth:
    """Tell whether an object lies in a direction from another one."""
    x, y = one.x - other.x, one.y - other.y
    along, aside = right * x + down * y, abs(right * y) + abs(down * x)
    far = along >= max(_FAR[0], _FAR[1] * (one.radius + other.radius))
    return far and aside <= _STEEP[0] * along, along > 0 and aside < _STEEP[1] * along


def _gaps(things: Sequence[Thing]) -> list[list[float]]:
    """The space between every two objects; infinite from a thing to itself."""
    gaps = [[math.inf] * len(things) for _ in things]
    for a, one in enumerate(things):
        for b in range(a):
            gaps[a][b] = gaps[b][a] = gap(one, things[b])
    return gaps


def _contacts(gaps: Sequence[Sequence[float]]) -> dict[str, tuple[Which, ...]]:
    every = range(len(gaps))
    return {
        "touching": tuple(_which([_touches(space) for space in row]) for row in gaps),
        "behind": tuple(_which([_overlaps(gaps[a][b], a < b) for b in every]) for a in every),
        "in front of": tuple(_which([_overlaps(gaps[a][b], a > b) for b in every]) for a in every),
    }


def _touches(space: float) -> Truth:
    return _TOUCH[0] <= space <= _TOUCH[1], space < _FREE


def _overlaps(space: float, in_order: bool) -> Truth:
    return in_order and space <= _DEEP, in_order and space <= _TOUCH[1]
