"""Makes scenes: a few objects, where they lie, and the expressions that name some of them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from .chance import generator, one_of, shuffled
from .facts import facts_of
from .grammar import ANYTHING
from .groups import GROUPS
from .layout import CONTACTS, WAYS, Link, lay_out
from .paint import visible_shares
from .search import find_expression
from .things import Thing, new_thing
from .vocabulary import COLOURS, HELD_OUT, SHAPES, SIZES
from .wording import say

VERSION: Final = 1
"""Of the generator. Whatever changes a picture, a mask, a sentence or a type raises it, and the hash."""
GENERATOR_HASH: Final = "0f1e5b7963190c0431c370f80f14135b1cb2321d3e5d575cfa1032434d3d2251"
"""SHA-256 of the first scenes of all splits, as `tests/unit/data/shapes/test_shapes_reader.py` takes it."""

RELATION: Final = "test-relation"
UNSEEN: Final = "test-unseen"
SPLITS: Final = ("train", "val", "test", RELATION, UNSEEN)
VISIBLE: Final = 0.5
"""The least share of an object that others leave uncovered."""

_COUNTS: Final = (3, 4, 5, 6, 7, 8)
_RICH: Final = (5, 6, 7, 8)  # where relations to spare are found
_ROWS: Final = (1, 2, 3, 3, 3)  # lengths, the longest most often: only they make two relations needed
_LOOKS_OR_PLACE: Final = ("attribute", "location")
_SEEN: Final = tuple(pair for pair in product(COLOURS, SHAPES) if pair not in HELD_OUT)


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


def make_scene(seed: int, split: str, number: int) -> Scene:
    """Make one scene of a split, whatever others are made.

    Objects are drawn by chance until a scene comes that has an expression of each group asked for.

    Args:
        seed: of the whole benchmark.
        split: one of `SPLITS`.
        number: of the scene, from 0.
    """
    rng = generator(VERSION, seed, SPLITS.index(split), number)
    count, groups = _plan(rng, split, number)
    while True:
        things = _draw_things(rng, count, split == UNSEEN)
        expressions = _find_expressions(rng, things, groups, split == UNSEEN)
        if expressions and min(visible_shares(things)) >= VISIBLE:
            return Scene(things, expressions)


def _plan(rng: np.random.Generator, split: str, number: int) -> tuple[int, tuple[str, ...]]:
    """Choose how many objects a scene has and which groups of expressions, those hard to find first.

    All groups are equally frequent: three objects have no relation that is needed, the fullest scene has two.
    """
    if split == UNSEEN:
        group = tuple(GROUPS)[number % len(GROUPS)]
        return one_of(rng, _RICH if group == "relation" else _COUNTS), (group,)
    if split == RELATION:
        return one_of(rng, _RICH), ("relation",) * 2
    count = one_of(rng, _COUNTS)
    if count == min(_COUNTS):
        return count, (*_LOOKS_OR_PLACE, one_of(rng, _LOOKS_OR_PLACE))
    if count == max(_COUNTS):
        return count, ("relation", "relation", one_of(rng, _LOOKS_OR_PLACE))
    return count, ("relation", *_LOOKS_OR_PLACE)


def _draw_things(rng: np.random.Generator, count: int, held_out: bool) -> tuple[Thing, ...]:
    """Draw objects that are alike in some ways, and lay them out; none when there is no room.

    Two rows of up to three objects are twins: laid out in the same ways, and alike but for the object at one
    end. So what is said of one row up to that object is true of the other row too.
    """
    look = _palette(rng, count, held_out)
    row = [look() for _ in range(min(one_of(rng, _ROWS), count // 2))]
    twin = row.copy()
    twin[one_of(rng, (0, -1))] = look()
    ways = [one_of(rng, WAYS) for _ in row[1:]]
    links: list[Link | None] = [None, *enumerate(ways), None, *enumerate(ways, start=len(row))]
    looks = row + twin
    while len(looks) < count:
        linked = rng.integers(4) > 0
        links.append((int(rng.integers(len(looks))), one_of(rng, CONTACTS)) if linked else None)
        looks.append(look())
    things = [new_thing(rng, shape, colour, size) for colour, shape, size in looks]
    return tuple(shuffled(rng, lay_out(rng, things, links)))


def _palette(rng: np.random.Generator, count: int, held_out: bool) -> Callable[[], tuple[str, str, str]]:
    """Choose a few colours, shapes and sizes.

    Returns:
        What draws one of each; of the held-out pairs of colour and shape only if it may.
    """
    most = 2 if held_out else 2 + count // 3
    shapes = shuffled(rng, tuple(SHAPES))[: int(rng.integers(2, most + 1))]
    colours = shuffled(rng, tuple(COLOURS))[: int(rng.integers(2, most + 1))]
    sizes = shuffled(rng, tuple(SIZES))[: int(rng.integers(2, 4))]
    if held_out:
        colours[0], shapes[0] = one_of(rng, sorted(HELD_OUT))
    pairs = [pair for pair in product(colours, shapes) if held_out or pair in _SEEN]
    return lambda: (*one_of(rng, pairs), one_of(rng, sizes))


def _find_expressions(
    rng: np.random.Generator, things: tuple[Thing, ...], groups: tuple[str, ...], held_out: bool
) -> tuple[Expression, ...]:
    """Find an expression for each group, or none at all; those of one group name different objects."""
    facts = facts_of(things)
    expressions: list[Expression] = []
    for group in groups:
        named = [other.thing for other in expressions if other.group == group]
        found = find_expression(group, things, facts, rng, held_out)
        index, description = next((each for each in found if each[0] not in named), (-1, ANYTHING))
        if index < 0:
            return ()
        expressions.append(Expression(group, index, say(description, facts, rng)))
    return tuple(expressions)
