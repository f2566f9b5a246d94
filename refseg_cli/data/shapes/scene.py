"""Makes scenes: a few objects, where they lie, and the expressions that name some of them."""

from dataclasses import dataclass
from collections.abc import Callable
from itertools import product
from typing import Final

import numpy as np

from .chance import generator, one_of, shuffled
from .facts import Facts, facts_of
from .groups import Found, find_expression
from .layout import WAYS, lay_out
from .paint import visible_shares
from .things import Thing, new_thing
from .vocabulary import COLOURS, HELD_OUT, SHAPES, SIZES
from .wording import say

VERSION: Final = 1
"""Of the generator. Whatever changes a picture, a mask or a word raises it, and with it its hash."""

SPLITS: Final = ("train", "val", "test", "test-relation", "test-unseen")
VISIBLE: Final = 0.5
"""The least share of an object that others leave uncovered."""

_SEEN: Final = [pair for pair in product(COLOURS, SHAPES) if pair not in HELD_OUT]
_COUNTS: Final = (3, 4, 5, 6, 7, 8)
_LOOKS_OR_PLACE: Final = ("attribute", "location")


@dataclass(frozen=True)
class Expression:
    """A sentence about a scene.

    Attributes:
        group: what it tells its object by, a key of `GROUPS`.
        thing: number of the object that it names.
        text: the sentence.
    """

    group: str
    thing: int
    text: str


@dataclass(frozen=True)
class Scene:
    """Objects in the order in which they are painted, and sentences that each name one of them."""

    things: tuple[Thing, ...]
    expressions: tuple[Expression, ...]

    def candidates(self, thing: int) -> int:
        """How many objects have the shape of one, and could be meant by its noun alone."""
        return sum(other.shape == self.things[thing].shape for other in self.things)


def make_scene(seed: int, split: str, number: int) -> Scene:
    """Make one scene of a split, whatever others are made.

    Objects are drawn and laid out by chance until a scene comes that has an expression of each group asked
    for. The groups are equally frequent: a full scene has more relations, for one of three objects has none.

    Args:
        seed: of the whole benchmark.
        split: one of `SPLITS`.
        number: of the scene, from 0.
    """
    rng = generator(VERSION, seed, SPLITS.index(split), number)
    count = one_of(rng, _COUNTS[2:] if split == "test-relation" else _COUNTS)
    groups = _groups(rng, split, count)
    while True:
        things = _draw_things(rng, count, split)
        expressions = _find_expressions(rng, tuple(things), groups, split)
        if expressions and min(visible_shares(things)) >= VISIBLE:
            return Scene(tuple(things), expressions)


def _groups(rng: np.random.Generator, split: str, count: int) -> tuple[str, ...]:
    """Which expressions a scene is to have; those hardest to find come first."""
    if split == "test-relation":
        return ("relation",) * 3
    if count == min(_COUNTS):
        return (*_LOOKS_OR_PLACE, one_of(rng, _LOOKS_OR_PLACE))
    if count == max(_COUNTS):
        return "relation", "relation", one_of(rng, _LOOKS_OR_PLACE)
    return ("relation", *_LOOKS_OR_PLACE)


def _draw_things(rng: np.random.Generator, count: int, split: str) -> list[Thing]:
    """Draw objects of few shapes, colours and sizes, so that they are alike in some ways, and lay them out.

    Two rows of up to three objects are twins: laid out in one way, and alike up to the object at one end.
    What is said of the one row up to that object is true of the other row too.
    """
    look = _palette(rng, count, split)
    length = min(one_of(rng, (1, 2, 3, 3, 3)), count // 2)
    row = [look() for _ in range(length)]
    twin = row.copy()
    twin[one_of(rng, (0, -1))] = look()
    if twin == row: 
        return []
    ways = [one_of(rng, WAYS) for _ in row[1:]]
    links = [None, *enumerate(ways), None, *enumerate(ways, start=length)]
    looks = row + twin
    while len(looks) < count:
        links.append((int(rng.integers(len(looks))), one_of(rng, WAYS[:2])) if rng.integers(2) else None)
        looks.append(look())
    things = [new_thing(rng, shape, colour, size) for colour, shape, size in looks]
    return lay_out(rng, things, links) or []


def _palette(rng: np.random.Generator, count: int, split: str) -> Callable[[], tuple[str, str, str]]:
    """Choose a few colours, shapes and sizes.

    Returns:
        What draws one of each; the held-out pairs only where they belong.
    """
    shapes = shuffled(rng, list(SHAPES))[: int(rng.integers(2, 3 + count // 3))]
    colours = shuffled(rng, list(COLOURS))[: int(rng.integers(1, 2 + count // 2))]
    sizes = shuffled(rng, list(SIZES))[: int(rng.integers(1, 4))]
    if split == "test-unseen":
        colours[0], shapes[0] = one_of(rng, sorted(HELD_OUT))
    pairs = [pair for pair in product(colours, shapes) if split == "test-unseen" or pair not in HELD_OUT]
    pairs = pairs or [one_of(rng, _SEEN)]
    return lambda: (*one_of(rng, pairs), one_of(rng, sizes))


def _find_expressions(
    rng: np.random.Generator, things: tuple[Thing, ...], groups: tuple[str, ...], split: str
) -> tuple[Expression, ...]:
    """Find an expression for each group, no two alike; none at all if one is lacking."""
    if not things:
        return ()
    facts = facts_of(things)
    expressions: list[Expression] = []
    seen: list[Found] = []
    for group in groups:
        found = find_expression(group, things, facts, rng, seen, held_out=split == "test-unseen")
        if found is None:
            return ()
        seen.append(found)
        expressions.append(Expression(group, found[0], say(found[1], facts, rng)))
    return tuple(expressions)
