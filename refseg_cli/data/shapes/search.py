"""Finds an expression in a scene: one that names one object and of which no part can be left out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np

from .chance import shuffled
from .facts import Facts
from .grammar import Description, parts, without
from .groups import GROUPS, Found
from .solver import misleads, names_only, needs_every_part
from .things import Thing
from .vocabulary import HELD_OUT

_FEW: Final = 6  # expressions from which one of the longest is chosen, mostly


def find_expression(
    group: str, things: Sequence[Thing], facts: Facts, rng: np.random.Generator, held_out: bool = False
) -> Iterator[Found]:
    """Find expressions of a group by chance; longer ones tend to come first.

    Args:
        group: one of `GROUPS`.
        things: the scene.
        facts: what is true in it.
        rng: the source of chance.
        held_out: name only objects of a held-out pair of colour and shape, and say their colour.
    """
    candidates = GROUPS[group](things, facts, rng)
    if held_out:
        candidates = (found for found in candidates if (found[1].colour, found[1].shape) in HELD_OUT)
    sound = _sound(candidates, facts, rng, held_out)
    if group != "relation" and rng.integers(4):
        yield from sorted(islice(sound, _FEW), key=lambda found: -_length(found[1]))
    yield from sound


def _sound(
    candidates: Iterable[Found], facts: Facts, rng: np.random.Generator, coloured: bool
) -> Iterator[Found]:
    """Leave out what candidates can do without, and keep those that then need every part."""
    for index, fullest in candidates:
        if not names_only(fullest, index, facts):
            continue  # nor does anything shorter
        description = _shortened(fullest, index, facts, rng, coloured)
        if (
            _reads_well(description)
            and needs_every_part(description, index, facts)
            and not misleads(description, index, facts)
        ):
            yield index, description


def _shortened(
    description: Description, index: int, facts: Facts, rng: np.random.Generator, coloured: bool
) -> Description:
    """Leave out sizes and colours, in any order, as long as the description names its object alone."""
    for part in shuffled(rng, parts(description)):
        less = without(description, *part)
        if names_only(less, index, facts) and (less.colour or not coloured):
            description = less
    return description


def _reads_well(description: Description) -> bool:
    """Tell whether more than a noun is said, and anchors of the same noun are told apart.

    "The star" would be the only one; "the star left of a star" is no way to speak.
    """
    if description == Description(description.shape):
        return False
    while anchor := description.anchor:
        own = {anchor.size, anchor.colour} - {description.size, description.colour, ""}
        if anchor.shape == description.shape and not own:
            return False
        description = anchor
    return True


def _length(description: Description) -> int:
    return sum(bool(word) for word in description[:5])
