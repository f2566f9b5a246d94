"""Proves what a description names in a scene: the one object, another one, several, or that it is unclear."""

from .facts import Facts, Which
from .grammar import CORNERS, Description, other_attachment, shorter


def named(description: Description, facts: Facts) -> Which:
    """Find the objects that a description is surely true of, and those that it may be true of.

    A relation needs one object that fits its anchor ("touching a circle"). A superlative is taken last:
    "leftmost red star" is the leftmost of the red stars.
    """
    which = _looking(description, facts)
    if description.anchor:
        which = _related(which, description.relation, named(description.anchor, facts), facts)
    if description.place in facts.ahead:
        return _foremost(which, description.place, facts)
    halves = description.place.split() if description.place in CORNERS else [description.place]
    for place in filter(None, halves):
        there = facts.places[place]
        which = Which(which.sure & there.sure, which.maybe & there.maybe)
    return which


def names_only(description: Description, index: int, facts: Facts) -> bool:
    """Tell whether a description is surely true of one object and surely false of all others."""
    return named(description, facts) == (1 << index, 1 << index)


def needs_every_part(description: Description, index: int, facts: Facts) -> bool:
    """Tell whether every shorter reading of a description fails: is surely true of another object."""
    own = 1 << index
    return all(named(reading, facts).sure & ~own for reading in shorter(description))


def misleads(description: Description, index: int, facts: Facts) -> bool:
    """Tell whether the other way to understand two relations in a row may name another object."""
    both = other_attachment(description)
    if both is None:
        return False
    return bool(named(both[0], facts).maybe & named(both[1], facts).maybe & ~(1 << index))


def _looking(description: Description, facts: Facts) -> Which:
    """The objects of a shape, colour and size."""
    alike = (1 << facts.count) - 1
    for word in (description.shape, description.colour, description.size):
        if word:
            alike &= facts.looks.get(word, 0)
    return Which(alike, alike)


def _related(which: Which, relation: str, anchor: Which, facts: Facts) -> Which:
    sure = maybe = 0
    for index, others in enumerate(facts.relations[relation]):
        if others.sure & anchor.sure:
            sure |= 1 << index
        if others.maybe & anchor.maybe:
            maybe |= 1 << index
    return Which(which.sure & sure, which.maybe & maybe)


def _foremost(which: Which, superlative: str, facts: Facts) -> Which:
    """Those that are ahead of all others of a set."""
    sure = maybe = 0
    for index, others in enumerate(facts.ahead[superlative]):
        own = 1 << index
        if which.sure & own and not which.maybe & ~own & ~others.sure:
            sure |= own
        if which.maybe & own and not which.sure & ~own & ~others.maybe:
            maybe |= own
    return Which(sure, maybe)
