"""Lays objects out on the canvas: most apart, some touching, some partly behind others."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from .geometry import APART, gap, room_between
from .things import Thing, reach
from .vocabulary import CANVAS

_EDGE: Final = 4.0  # pixels that every object keeps from the edge of the picture
_TRIES: Final = 20  # of finding room for an object
_STEPS: Final = 6  # of pushing an object against another one
_LEANING: Final = 25  # degrees by which "to the right" may be off the horizontal
_SPACE: Final = (12, 80)  # pixels between the discs of objects that lie side by side

_GAPS: Final = {"touching": (-2.5, 1.0), "covering": (-14.0, -7.5)}
_TURNS: Final = {"right": 0, "below": 90, "left": 180, "above": 270}
CONTACTS: Final = tuple(_GAPS)
WAYS: Final = (*_GAPS, *_TURNS)
"""How an object can be laid beside an earlier one: in contact with it, or apart in a direction from it."""

Link = tuple[int, str]
"""The number of an earlier object, and one of `WAYS`."""


def lay_out(rng: np.random.Generator, things: Sequence[Thing], links: Sequence[Link | None]) -> list[Thing]:
    """Give every object a place, in order.

    An object lies wholly within the picture. It leaves `APART` pixels to any other one, even between the
    circles around them, but to the one that it is linked to.

    Args:
        rng: the source of chance.
        things: the objects.
        links: of each object, how it is to lie beside an earlier one; None for anywhere.

    Returns:
        The objects at their places, or none at all if there was no room.
    """
    placed: list[Thing] = []
    for thing, link in zip(things, links, strict=True):
        moved = _find_room(rng, thing, link, placed)
        if moved is None:
            return []
        placed.append(moved)
    return placed


def _find_room(
    rng: np.random.Generator, thing: Thing, link: Link | None, placed: Sequence[Thing]
) -> Thing | None:
    partner, way = (placed[link[0]], link[1]) if link else (None, "")
    others = [other for other in placed if other is not partner]
    for _ in range(_TRIES):
        moved = _linked(rng, thing, partner, way) if partner else _anywhere(rng, thing)
        if not _has_room(moved, others):
            continue
        pushed = _pushed(rng, moved, partner, _GAPS[way]) if partner and way in _GAPS else moved
        if pushed and _has_room(pushed, others):
            return pushed
    return None


def _has_room(thing: Thing, others: Sequence[Thing]) -> bool:
    far = reach(thing) + _EDGE
    inside = far <= min(thing.x, thing.y, CANVAS - thing.x, CANVAS - thing.y)
    return inside and all(room_between(thing, other) >= APART for other in others)


def _anywhere(rng: np.random.Generator, thing: Thing) -> Thing:
    x, y = (int(number) / 4 for number in rng.integers(4 * CANVAS, size=2))
    return replace(thing, x=x, y=y)


def _linked(rng: np.random.Generator, thing: Thing, partner: Thing, way: str) -> Thing:
    """Move an object beside another one: roughly against it, or in a direction from it."""
    together = thing.radius + partner.radius
    if way in _GAPS:
        turn, distance = int(rng.integers(360)), together
    else:
        turn = _TURNS[way] + int(rng.integers(-_LEANING, _LEANING + 1))
        distance = together + int(rng.integers(*_SPACE))
    x, y = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return _at(thing, partner, distance * x, distance * y)


def _pushed(
    rng: np.random.Generator, thing: Thing, partner: Thing, limits: tuple[float, float]
) -> Thing | None:
    """Push an object towards or away from another one until the gap is within the limits."""
    x, y = thing.x - partner.x, thing.y - partner.y
    distance = math.hypot(x, y)
    aim = limits[0] + (limits[1] - limits[0]) * rng.random()
    share = 1.0
    for _ in range(_STEPS):
        moved = _at(thing, partner, share * x, share * y)
        space = gap(moved, partner)
        if limits[0] <= space <= limits[1]:
            return moved
        share -= (space - aim) / distance
    return None


def _at(thing: Thing, partner: Thing, x: float, y: float) -> Thing:
    """Move an object so far from another one, to a quarter of a pixel."""
    return replace(thing, x=round(4 * (partner.x + x)) / 4, y=round(4 * (partner.y + y)) / 4)
