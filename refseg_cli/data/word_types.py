"""Weak targets for word types; and left and right exchanged, for mirrored photos.

The paper gives no targets for word types and lets them emerge. Without any, words such as "left" may end up
as unnecessary, and the network then learns categories only. A weak target for the words that are beyond
doubt prevents it; all other words are left to the network.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from refseg.encoders.tokens import split_words
from refseg.models.cmpc.words import VIDEO_WORD_TYPES, WORD_TYPES

from .samples import Sample
from .word_lexicon import ACTIONS, ATTRIBUTES, ENTITIES, PICTURE_WORDS, PLACE_WORDS, RELATIONS, UNNECESSARY

ENTITY: Final = 0
ATTRIBUTE: Final = 1
RELATION: Final = 2
UNNEEDED: Final = 3
NO_TARGET: Final = -100
"""Type of a word of which none is known; what cross-entropy ignores by default."""

TypeSource = Literal["lexicon", "pos", "gold"]

_COLOURS_AND_THINGS = frozenset({"orange", "glass"})
"""Properties before a thing ("orange cat"), things otherwise ("the orange")."""

_SHAPES = frozenset("square circle disc disk triangle star heart cross diamond moon crescent".split())
"""Things where a noun phrase ends ("the square on the wall"), properties within one ("heart shaped rock")."""

_PLACES = "bottom middle center centre upper lower furthest farthest closest nearest"
_STAND_FOR_THINGS = "one ones thing things"
_END_A_PHRASE = (PLACE_WORDS.union(_PLACES.split()) | RELATIONS | UNNECESSARY).difference(
    _STAND_FOR_THINGS.split()
)


def target_types(sample: Sample, source: TypeSource, names: Sequence[str] = WORD_TYPES) -> list[int]:
    """Give each word of a sample's sentence the type that the network is nudged towards.

    They hold for the mirrored sentence as well: it has the same words, but for left and right exchanged, and
    these do the same in a sentence.

    Args:
        sample: whose sentence it is; for "pos" and "gold" with its `word_types`.
        source: see `DataConfig.word_types`.
        names: of the network's word types, in order: those of image models, or of video models.

    Returns:
        One number a word, its place among the names, or -100; all -100 where none are known.
    """
    words = [word.text for word in split_words(sample.expression)]
    if source == "lexicon":
        return weak_types(words) if names == WORD_TYPES else _weak_video_types(words)
    known = [names.index(name) if name else NO_TARGET for name in sample.word_types]
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


def _weak_video_types(tokens: Sequence[str]) -> list[int]:
    """The same in the order of video models, in which what somebody does is an action."""
    names = [WORD_TYPES[number] if number != NO_TARGET else "" for number in weak_types(tokens)]
    typed = ["action" if word.lower() in ACTIONS else name for word, name in zip(tokens, names, strict=True)]
    return [VIDEO_WORD_TYPES.index(name) if name else NO_TARGET for name in typed]


def _type_of(words: Sequence[str], index: int) -> int:
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else ""
    if not any(letter.isalnum() for letter in word):
        return UNNEEDED
    if word in PLACE_WORDS and following == "of":
        return ATTRIBUTE if _speaks_of_picture(words[index + 2 :]) else RELATION
    if word in _COLOURS_AND_THINGS:
        return ATTRIBUTE if following in ENTITIES or following in _COLOURS_AND_THINGS else ENTITY
    if word in _SHAPES:
        return ENTITY if following in _END_A_PHRASE or not following.isalnum() else ATTRIBUTE
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
