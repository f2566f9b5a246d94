"""Puts a description into words, in one of many ways, and knows the true type of every word."""

from typing import Final

import numpy as np

from .chance import one_of
from .facts import Facts
from .grammar import Description
from .solver import named
from .vocabulary import COLOURS, SHAPES, SIZES

_PLACES: Final = {
    "left": ("left {n}", "{n} on the left", "{n} on the left side"),
    "right": ("right {n}", "{n} on the right", "{n} on the right side"),
    "top": ("top {n}", "upper {n}", "{n} at the top"),
    "bottom": ("bottom {n}", "lower {n}", "{n} at the bottom"),
    "top left": ("top left {n}", "upper left {n}", "{n} at the top left"),
    "top right": ("top right {n}", "upper right {n}", "{n} at the top right"),
    "bottom left": ("bottom left {n}", "lower left {n}", "{n} at the bottom left"),
    "bottom right": ("bottom right {n}", "lower right {n}", "{n} at the bottom right"),
    "middle": ("{n} in the middle", "{n} in the center"),
    "leftmost": ("leftmost {n}", "{n} furthest left"),
    "rightmost": ("rightmost {n}", "{n} furthest right"),
    "topmost": ("topmost {n}", "highest {n}"),
    "lowest": ("bottommost {n}", "lowest {n}"),
}
_RELATIONS: Final = {
    "left of": ("left of", "to the left of", "that is left of"),
    "right of": ("right of", "to the right of", "that is right of"),
    "above": ("above", "that is above"),
    "below": ("below", "that is below"),
    "touching": ("touching", "that touches"),
    "behind": ("behind", "that is behind"),
    "in front of": ("in front of", "that is in front of"),
}

_ENTITIES = {word for words in SHAPES.values() for word in words}
_ATTRIBUTES = {word for words, _ in (*COLOURS.values(), *SIZES.values()) for word in words}
_RELATION_WORDS = set(
    """left right top upper bottom lower middle center leftmost rightmost topmost highest bottommost lowest
    furthest above below touching touches behind front""".split()
)
_UNNECESSARY = set("a an the of on at in to side that is".split())

WORD_TYPES: Final = {
    **dict.fromkeys(sorted(_ENTITIES), "entity"),
    **dict.fromkeys(sorted(_ATTRIBUTES), "attribute"),
    **dict.fromkeys(sorted(_RELATION_WORDS), "relation"),
    **dict.fromkeys(sorted(_UNNECESSARY), "unnecessary"),
}
"""Every word of the benchmark with its true type.

The paper (section 3.1.2) perceives candidates by entity and attribute words and picks one of them by
relational words. So nouns are entities, and colours and sizes, which a thing has by itself, are attributes.
Words that say where a thing is are relations, also those that name no second thing ("left", "leftmost"):
the paper says of "back right top donut" that a good model takes "back", "right" and "top" for relations
(section 4.4, figure 5). What only joins is unnecessary: articles, "that is", and in "to the left of" all but
"left", for that alone says which relation is meant.

The weak lexicon in `data/word_types.py` differs: there a place without "of" behind it is an attribute, and
"of", "on", "at", "in" and "to" are relations.
"""


def say(description: Description, facts: Facts, rng: np.random.Generator) -> str:
    """Put a description into words.

    Args:
        description: what to say.
        facts: of the scene; they tell whether an anchor is "the" or "a" square.
        rng: chooses among synonyms, word orders, and whether articles are said.
    """
    terse = rng.random() < 0.3
    phrase = _looks(description, rng)
    if description.place:
        phrase = one_of(rng, _PLACES[description.place]).format(n=phrase)
    if description.anchor:
        link = _word(_RELATIONS[description.relation], rng)
        phrase = f"{phrase} {link} {_anchor(description.anchor, facts, rng, terse)}"
    return phrase if terse or rng.random() < 0.5 else f"the {phrase}"


def _looks(description: Description, rng: np.random.Generator) -> str:
    """The noun with its size and colour."""
    words = [_word(SHAPES[description.shape], rng)]
    if description.colour:
        words.insert(0, _word(COLOURS[description.colour][0], rng))
    if description.size:
        words.insert(0, _word(SIZES[description.size][0], rng))
    return " ".join(words)


def _anchor(anchor: Description, facts: Facts, rng: np.random.Generator, terse: bool) -> str:
    """An anchor with its article: "the" where only one object fits, else "a" or "an".

    Its own relation is said in the shortest way, so that no sentence has more than the 20 words that the
    paper's encoder reads.
    """
    phrase = _looks(anchor, rng)
    if anchor.anchor:
        link = _RELATIONS[anchor.relation][0]
        phrase = f"{phrase} {link} {_anchor(anchor.anchor, facts, rng, terse)}"
    if named(anchor, facts).maybe.bit_count() == 1:
        return phrase if terse else f"the {phrase}"
    return f"an {phrase}" if phrase[0] in "aeiou" else f"a {phrase}"


def _word(words: tuple[str, ...], rng: np.random.Generator) -> str:
    """One of some synonyms; the first and plainest most often."""
    return words[0] if rng.random() < 0.6 else one_of(rng, words)


def word_types(sentence: str) -> tuple[str, ...]:
    """The true type of every word of a sentence; encoders split it at the same blanks."""
    return tuple(WORD_TYPES[word] for word in sentence.split())
