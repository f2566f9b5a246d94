"""The three groups of expressions: what each may say of the objects of a scene, at its fullest."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Final

import numpy as np

from .chance import shuffled
from .facts import Facts
from .grammar import CORNERS, Description, bare
from .solver import needs_every_part
from .things import Thing

Found = tuple[int, Description]
"""The number of an object, and what is said of it."""
Link = tuple[int, str, int]
"""An object, a relation, and the object to which it has it."""

_LOCATIONS: Final = (
    ("left", "right", "top", "bottom"),
    CORNERS,
    ("middle",),
    ("leftmost", "rightmost", "topmost", "lowest"),
)
_RELATIONS: Final = (("left of", "right of", "above", "below"), ("touching", "behind", "in front of"))


def _looks(thing: Thing) -> Description:
    return Description(thing.shape, thing.colour, thing.size)


def _by_attribute(things: Sequence[Thing], _: Facts, rng: np.random.Generator) -> Iterator[Found]:
    for index in shuffled(rng, range(len(things))):
        yield index, _looks(things[index])


def _by_location(things: Sequence[Thing], _: Facts, rng: np.random.Generator) -> Iterator[Found]:
    for places in shuffled(rng, _LOCATIONS):
        for index, place in shuffled(rng, list(product(range(len(things)), places))):
            yield index, _looks(things[index])._replace(place=place)


def _by_relation(things: Sequence[Thing], facts: Facts, rng: np.random.Generator) -> Iterator[Found]:
    """Two relations in a row come first, for they are rarely needed."""
    directions, contacts = (_links(facts, relations) for relations in _RELATIONS)
    every = [*directions, *contacts]
    rows: list[tuple[Link, ...]] = [(one, two) for one in every for two in every if _follows(two, one)]
    rows = shuffled(rng, rows)
    for links in shuffled(rng, (directions, contacts)):
        rows += [(link,) for link in shuffled(rng, links)]
    hopeful: dict[tuple[str, ...], bool] = {}
    for row in rows:
        nouns = _nouns(things, row)
        if nouns not in hopeful:  # what nouns can do without, nouns with colours and sizes can do without
            hopeful[nouns] = needs_every_part(bare(_described(things, row)), row[0][0], facts)
        if hopeful[nouns]:
            yield row[0][0], _described(things, row)


def _nouns(things: Sequence[Thing], row: Sequence[Link]) -> tuple[str, ...]:
    """What a row of relations says without colours and sizes."""
    said = [word for index, relation, _ in row for word in (things[index].shape, relation)]
    return (*said, things[row[-1][2]].shape)


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
    """Tell whether a relation is that of another one's anchor, to a third object."""
    return link[0] == before[2] and link[2] != before[0]


def _described(things: Sequence[Thing], row: Sequence[Link]) -> Description:
    """Describe the first object of a row by its relation to the next one, and so on."""
    description = _looks(things[row[-1][2]])
    for index, relation, _ in reversed(row):
        description = _looks(things[index])._replace(relation=relation, anchor=description)
    return description


Group = Callable[[Sequence[Thing], Facts, np.random.Generator], Iterator[Found]]

GROUPS: Final[dict[str, Group]] = {
    "attribute": _by_attribute,
    "location": _by_location,
    "relation": _by_relation,
}
"""What an expression tells its object by beside the noun: looks alone, a place, or other objects.

Each gives descriptions in any order, kinds before objects, so that neither the kinds that are easily said nor
the first objects win. They say size and colour of every object; what is not needed can be left out.
"""
