"""Draws the objects of a motion clip and where they are, before coins say which of them does what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .chance import one_of, shuffled
from .grammar import Description
from .motion_families import FAMILIES, PERIODS, Choice, Family
from .motion_room import find_room
from .things import Thing, new_thing
from .vocabulary import COLOURS, HELD_OUT, SHAPES, SIZES

_SPOKEN: Final = (("shape",), ("colour",), ("colour", "shape"), ("size", "shape"))
"""The looks of which a sentence speaks."""
_SINGLES: Final = [family for family in FAMILIES if not family.changes_size]

Looks = Mapping[str, str]


@dataclass(frozen=True)
class Cast:
    """The objects of a clip, each with two contrary motions to choose from.

    All that is here allows for every outcome of the coins, so nothing here tells how they will fall.

    Attributes:
        description: the looks that the sentences speak of: those of objects 0 and 1, and of no other.
        things: the objects, as they are in the centre frame. Objects 0 and 1 are rivals, and so are 2 and 3,
            and 4 and 5: one does the one thing and one the other. The last one of an odd number has no rival.
        choices: the two motions of each object.
        order: in which they are painted.
    """

    description: Description
    things: tuple[Thing, ...]
    choices: tuple[Choice, ...]
    order: tuple[int, ...]


def draw_cast(rng: np.random.Generator, family: Family) -> Cast:
    """Draw objects, rivals of one family, that have room for whatever they may do."""
    spoken = one_of(rng, _SPOKEN[:3] if family.changes_size else _SPOKEN)
    singles = int(rng.integers(2))
    while True:
        own = {look: one_of(rng, _known(family)[look]) for look in spoken}
        if (own.get("colour"), own.get("shape")) in HELD_OUT:
            continue
        parts = _draw_rivals(rng, family, own) + [_draw_single(rng, own) for _ in range(singles)]
        things, choices = tuple(thing for thing, _ in parts), tuple(choice for _, choice in parts)
        spots = find_room(rng, things, choices)
        if spots:
            things = tuple(replace(t, x=x, y=y) for t, (x, y) in zip(things, spots, strict=True))
            order = shuffled(rng, range(len(things)))
            description = Description(own.get("shape", ""), own.get("colour", ""), own.get("size", ""))
            return Cast(description, things, choices, tuple(order))


def _draw_rivals(rng: np.random.Generator, family: Family, own: Looks) -> list[tuple[Thing, Choice]]:
    """Draw the two that are spoken of, and for each look two that differ in it and share the others."""
    rivals = []
    for other in ("", *own):
        shared = {look: name for look, name in own.items() if look != other}
        for _ in range(2):
            thing = _draw_thing(rng, family, shared, {other: own[other]} if other else {})
            rivals.append((thing, family.draw(rng, thing.shape)))
    return rivals


def _draw_single(rng: np.random.Generator, own: Looks) -> tuple[Thing, Choice]:
    """Draw an object that looks different throughout and does anything, forwards or backwards."""
    family = one_of(rng, _SINGLES)
    thing = _draw_thing(rng, family, {}, own)
    motion = one_of(rng, family.draw(rng, thing.shape))
    return thing, (motion, motion.backwards())


def _draw_thing(rng: np.random.Generator, family: Family, shared: Looks, avoided: Looks) -> Thing:
    """Draw an object; looks that are neither shared nor avoided are left to chance."""
    known = {
        look: [shared[look]] if look in shared else [name for name in names if name != avoided.get(look)]
        for look, names in _known(family).items()
    }
    while True:
        looks = {look: one_of(rng, names) for look, names in known.items()}
        if (looks["colour"], looks["shape"]) not in HELD_OUT:
            break
    thing = new_thing(rng, **looks)
    return replace(thing, angle=float(rng.integers(360))) if family.turns else thing


def _known(family: Family) -> Mapping[str, Sequence[str]]:
    """The looks that objects of a family can have."""
    return {
        "shape": list(PERIODS if family.turns else SHAPES),
        "colour": list(COLOURS),
        "size": ["medium"] if family.changes_size else list(SIZES),
    }
