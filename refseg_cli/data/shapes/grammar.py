"""Descriptions of objects as small trees, and the shorter readings of a description."""

from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

CORNERS: Final = ("top left", "top right", "bottom left", "bottom right")


class Description(NamedTuple):
    """What a phrase says of an object: "the small red star left of the circle".

    Attributes:
        shape: a key of `SHAPES`, or empty for anything.
        colour: a key of `COLOURS`, or empty.
        size: a key of `SIZES`, or empty.
        place: "left", "top left", "middle", "leftmost", …, or empty.
        relation: "left of", "touching", …, or empty.
        anchor: the object to which the relation is.
    """

    shape: str
    colour: str = ""
    size: str = ""
    place: str = ""
    relation: str = ""
    anchor: "Description | None" = None


ANYTHING: Final = Description("")

Part = tuple[int, str]
"""A size or colour in a description: of the object itself at depth 0, of its anchor at depth 1, …"""


def shorter(whole: Description) -> Iterator[Description]:
    """All shorter readings of a description: those that leave out some of what it says.

    A reading keeps the noun and leaves out any of size, colour, place (of a corner: one half or both) and
    relation; or it keeps the relation and reads its anchor shorter, down to "left of anything".
    """
    return (reading for reading in _readings(whole) if reading != whole)


def _readings(whole: Description) -> Iterator[Description]:
    """A description and all shorter readings of it, the longest first, for these do most often."""
    relations: list[tuple[str, Description | None]] = []
    if whole.anchor:
        relations = [(whole.relation, anchor) for anchor in (*_readings(whole.anchor), ANYTHING)]
    relations.append(("", None))
    for size, colour, place, (relation, anchor) in product(
        _or_none(whole.size), _or_none(whole.colour), _places(whole.place), relations
    ):
        yield Description(whole.shape, colour, size, place, relation, anchor)


def _or_none(word: str) -> tuple[str, ...]:
    return (word, "") if word else ("",)


def _places(place: str) -> tuple[str, ...]:
    return (place, *place.split(), "") if place in CORNERS else _or_none(place)


def other_attachment(whole: Description) -> tuple[Description, Description] | None:
    """The other way to understand two relations in a row: that both are the first object's own.

    "The star above the circle left of the square" may be a star above a circle and left of a square.

    Returns:
        The two descriptions, both of which must hold; None for less than two relations.
    """
    if whole.anchor is None or whole.anchor.anchor is None:
        return None
    near = whole._replace(anchor=whole.anchor._replace(relation="", anchor=None))
    return near, whole._replace(relation=whole.anchor.relation, anchor=whole.anchor.anchor)


def bare(whole: Description) -> Description:
    """A description without sizes and colours."""
    return whole._replace(size="", colour="", anchor=whole.anchor and bare(whole.anchor))


def parts(whole: Description, depth: int = 0) -> list[Part]:
    """The sizes and colours in a description."""
    own = [(depth, part) for part in ("size", "colour") if getattr(whole, part)]
    return own + parts(whole.anchor, depth + 1) if whole.anchor else own


def without(whole: Description, depth: int, part: str) -> Description:
    """A description without one size or colour."""
    if depth and whole.anchor:
        return whole._replace(anchor=without(whole.anchor, depth - 1, part))
    return whole._replace(size="") if part == "size" else whole._replace(colour="")
