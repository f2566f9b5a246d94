"""Finds an expression of a group in a scene: one that names one object and of which no part can go."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import Final

import numpy as np

from .chance import shuffled
from .facts import Facts
from .grammar import ANYTHING, CORNERS, Description
from .solver import misleads, named, names_only, needs_every_part
from .things import Thing
from .vocabulary import HELD_OUT

_LOCATIONS: Final = (
    ("left", "right", "top", "bottom"),
    CORNERS,
    ("middle",),
    ("leftmost", "rightmost", "topmost", "lowest"),
)
_RELATIONS: Final = (("left of", "right of", "above", "below"), ("touching", "behind", "in front of"))
_MOST_CHAINS: Final = 1000  # that are looked at, of very many

_FEW=8
Found = tuple[int, Description]
"""The number of an object, and what names it."""
Link = tuple[int, str, int]
"""An object, a relation, and the object to which it has it."""


def find_expression(
    group: str,
    things: Sequence[Thing],
    facts: Facts,
    rng: np.random.Generator,
    seen: Sequence[Found],
    held_out: bool = False,
) -> Found | None:
    """Find an expression of a group in a scene by chance, or None if there is none.

    Kinds of expressions are tried in any order, and of each kind the objects in any order, so that neither
    what is easily said nor the first objects win.

    Args:
        group: one of `GROUPS`.
        things: the scene.
        facts: what is true in it.
        rng: the source of chance.
        seen: what was found before.
        held_out: name an object whose colour and shape training never saw together, and say its colour.
    """
    few = list(islice(_search(group, things, facts, rng, seen, held_out), _FEW))
    if not few:
        return None
    return max(few, key=lambda found: len(_said_parts(found[1]))) if rng.integers(4) else few[0]


def _search(group,things,facts,rng,seen,held_out):
    promising: dict[Description, bool] = {}
    for index, fullest in GROUPS[group](things, facts, rng):
        if held_out and (fullest.colour, fullest.shape) not in HELD_OUT:
            continue
        bare = _bare(fullest)
        if bare not in promising:
            promising[bare] = needs_every_part(bare, index, facts)
        if not promising[bare] or not names_only(fullest, index, facts):
            continue  # what the fullest description does not single out, no other one does
        description = fullest
        for depth, part in shuffled(rng, _parts(fullest)):
            less = _without(description, depth, part)
            if names_only(less, index, facts) and (less.colour or not held_out):
                description = less
        if (index, description) not in seen and _is_sound(description, index, facts):
            yield index, description

def _said_parts(d):
    return [x for x in (d.size,d.colour,d.place,d.relation) if x]+(_said_parts(d.anchor) if d.anchor else [])

def _is_sound(description: Description, index: int, facts: Facts) -> bool:
    return (
        description != Description(description.shape)
        and _reads_well(description)
        and needs_every_part(description, index, facts)
        and not misleads(description, index, facts)
    )


def _reads_well(description: Description) -> bool:
    """Tell whether an anchor of the same noun is told apart: not "the star left of a star"."""
    anchor = description.anchor
    if anchor is None:
        return True
    differs = anchor.shape != description.shape or bool(
        {anchor.size, anchor.colour} - {description.size, description.colour, ""}
    )
    return differs and _reads_well(anchor)


def _bare(description: Description) -> Description:
    """A description without sizes and colours."""
    return description._replace(size="", colour="", anchor=description.anchor and _bare(description.anchor))


def _parts(description: Description, depth: int = 0) -> list[tuple[int, str]]:
    """The sizes and colours in a description: of the object itself at depth 0, of its anchor at 1, …"""
    rest = _parts(description.anchor, depth + 1) if description.anchor else []
    return [(depth, "size"), (depth, "colour"), *rest]


def _without(description: Description, depth: int, part: str) -> Description:
    if depth and description.anchor:
        return description._replace(anchor=_without(description.anchor, depth - 1, part))
    return description._replace(size="") if part == "size" else description._replace(colour="")


def _looks(thing: Thing) -> Description:
    return Description(thing.shape, thing.colour, thing.size)


def _by_attribute(things: Sequence[Thing], facts: Facts, rng: np.random.Generator) -> Iterator[Found]:
    for index in shuffled(rng, range(facts.count)):
        yield index, _looks(things[index])


def _by_location(things: Sequence[Thing], facts: Facts, rng: np.random.Generator) -> Iterator[Found]:
    for places in shuffled(rng, _LOCATIONS):
        for index, place in shuffled(rng, list(product(range(facts.count), places))):
            yield index, _looks(things[index])._replace(place=place)


def _by_relation(things: Sequence[Thing], facts: Facts, rng: np.random.Generator) -> Iterator[Found]:
    if rng.integers(4):
        yield from _by_two_relations(things, facts, rng)
    for relations in shuffled(rng, _RELATIONS):
        yield from _said(things, [(link,) for link in _links(facts, relations)], rng)


def _by_two_relations(things: Sequence[Thing], facts: Facts, rng: np.random.Generator) -> Iterator[Found]:
    every = _links(facts, sum(_RELATIONS, ()))
    chains = [(one, other) for one in every for other in every if _follows(other, one)]
    yield from _said(things, chains, rng)


def _said(things: Sequence[Thing], chains: Sequence[tuple[Link, ...]], rng: np.random.Generator) -> Iterator[Found]:
    for chain in shuffled(rng, chains)[:_MOST_CHAINS]:
        yield chain[0][0], _described(things, chain)


def _links(facts: Facts, relations: Sequence[str]) -> list[Link]:
    """What surely holds between any two objects."""
    return [
        (index, relation, other)
        for relation in relations
        for index, others in enumerate(facts.relations[relation])
        for other in range(facts.count)
        if others.sure >> other & 1
    ]


def _follows(link: Link, before: Link) -> bool:
    """Tell whether a second relation is the first one's anchor's own, to a third object."""
    return link[0] == before[2] and link[2] != before[0]


def _described(things: Sequence[Thing], chain: Sequence[Link]) -> Description:
    """Put a row of relations into words as full as can be."""
    description = _looks(things[chain[-1][2]])
    for index, relation, _ in reversed(chain):
        description = _looks(things[index])._replace(relation=relation, anchor=description)
    return description


GROUPS: Final[dict[str, Callable[[Sequence[Thing], Facts, np.random.Generator], Iterator[Found]]]] = {
    "attribute": _by_attribute,
    "location": _by_location,
    "relation": _by_relation,
}
"""What an expression tells its object by beside its noun: its looks alone, its place, or other objects."""
