"""Weak targets for word types, from a small lexicon; and left and right exchanged, for mirrored photos.

The paper gives no targets for word types and lets them emerge. Without any, words such as "left" may end up
as unnecessary, and the network then learns categories only. A weak target for the words that are beyond
doubt prevents it; all other words are left to the network.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from refseg.encoders.tokens import split_words

from .samples import Sample
from .word_lexicon import ATTRIBUTES, ENTITIES, PICTURE_WORDS, PLACE_WORDS, RELATIONS, UNNECESSARY

ENTITY: Final = 0
ATTRIBUTE: Final = 1
RELATION: Final = 2
UNNEEDED: Final = 3
NO_TARGET: Final = -100
"""Type of a word that is not in the lexicon; what cross-entropy ignores by default."""

TypeSource = Literal["lexicon", "gold"]

_NUMBERS: Final = {"entity": ENTITY, "attribute": ATTRIBUTE, "relation": RELATION, "unnecessary": UNNEEDED}
_COLOURS_AND_THINGS = frozenset({"orange", "glass"})
"""Properties before a thing ("orange cat"), things otherwise ("the orange")."""


def target_types(sample: Sample, flipped: bool, source: TypeSource) -> list[int]:
    """Give each word of a sample's sentence the type that the network is nudged towards.

    Args:
        sample: whose sentence it is.
        flipped: whether left and right are exchanged in it.
        source: "lexicon", or "gold" for the true types where the dataset knows them.

    Returns:
        One number a word, as `weak_types` has them; all -100 where "gold" is asked for and not known.
    """
    expression = mirrored(sample.expression) if flipped else sample.expression
    words = [word.text for word in split_words(expression)]
    if source == "lexicon":
        return weak_types(words)
    known = [_NUMBERS[name] for name in sample.word_types or ()]
    return known if len(known) == len(words) else [NO_TARGET] * len(words)


def weak_types(tokens: Sequence[str]) -> list[int]:
    """Give each word of an expression its likely type.

    The order is that of image models: 0 entity, 1 attribute, 2 relation, 3 unnecessary.

    Args:
        tokens: the words, as an encoder splits them.

    Returns:
        One number a word; -100 for words that are not known.
    """
    words = [token.lower() for token in tokens]
    return [_type_of(words, index) for index in range(len(words))]


def _type_of(words: Sequence[str], index: int) -> int:
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else ""
    if not any(letter.isalnum() for letter in word):
        return UNNEEDED
    if word in PLACE_WORDS and following == "of":
        return ATTRIBUTE if _speaks_of_picture(words[index + 2 :]) else RELATION
    if word in _COLOURS_AND_THINGS:
        return ATTRIBUTE if following in ENTITIES or following in _COLOURS_AND_THINGS else ENTITY
    for type_index, lexicon in enumerate((ENTITIES, ATTRIBUTES, RELATIONS, UNNECESSARY)):
        if word in lexicon:
            return type_index
    return NO_TARGET


def _speaks_of_picture(rest: Sequence[str]) -> bool:
    """Tell whether what follows "of" is the photo itself, with or without an article."""
    return any(word in PICTURE_WORDS for word in rest[:2])


_MIRRORED = {
    "left": "right",
    "leftmost": "rightmost",
    "leftest": "rightest",
    "leftside": "rightside",
    "lefthand": "righthand",
    "leftish": "rightish",
    "lefty": "righty",
    "topleft": "topright",
    "upperleft": "upperright",
    "bottomleft": "bottomright",
    "lowerleft": "lowerright",
    "farleft": "farright",
}
_MIRRORED |= {right: left for left, right in _MIRRORED.items()}
_SIDES = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(sorted(_MIRRORED, key=len, reverse=True))})(?![^\W_])", re.IGNORECASE
)


def mirrored(expression: str) -> str:
    """Exchange left and right, so that the sentence fits the photo flipped from left to right.

    Everything else stays as it is, letter case included; doing it twice gives the sentence back.

    Args:
        expression: a sentence, such as "Leftmost dog".
    """
    return _SIDES.sub(lambda found: _in_case_of(found[0], _MIRRORED[found[0].lower()]), expression)


def _in_case_of(model: str, word: str) -> str:
    """Write a word in capitals, with a capital or small, as another one is written."""
    if model.isupper():
        return word.upper()
    return word.capitalize() if model[0].isupper() else word
