"""The colour of each type of words, one for all pictures and pages, so that it need be learned only once."""

from collections.abc import Mapping
from types import MappingProxyType

Colour = tuple[int, int, int]

WORD_TYPE_COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "entity": (0, 98, 170),
        "attribute": (196, 104, 0),
        "relation": (0, 128, 96),
        "action": (170, 50, 120),
        "unnecessary": (122, 122, 132),
    }
)
"""RGB; told apart by those who see no red or no green, and dark enough to carry white letters."""
