"""From a part of speech to the type that one would expect of a word: the stated mapping."""

from typing import Final

from .parts_of_speech import WordTag

__all__ = ["PLACE_ADVERBS", "POS_MAPPING", "word_type_of"]

PLACE_ADVERBS: Final = frozenset(
    """
    above across ahead alongside apart around aside away back backward backwards behind below beneath beside
    besides between beyond close closer closest down downward downwards elsewhere everywhere far farther
    farthest forward forwards front further furthest here in inside left near nearby nearer nearest next
    nowhere off on opposite out outside outward over past right sideways somewhere there together under
    underneath up upstairs upward upwards
    """.split()
)
"""Adverbs that say where something is or whereto it goes; other adverbs ("very") have no expected type."""

POS_MAPPING: Final[tuple[tuple[str, str, str], ...]] = (
    ("NOUN", "entity", "entity"),
    ("PROPN", "entity", "entity"),
    ("PRON", "entity", "entity"),
    ("ADJ", "attribute", "attribute"),
    ("NUM", "attribute", "attribute"),
    ("ADP", "relation", "relation"),
    ("VERB", "relation", "action"),
    ("ADV of place", "relation", "relation"),
    ("DET", "unnecessary", "unnecessary"),
    ("PUNCT", "unnecessary", "unnecessary"),
)
"""Part of speech, the type expected of image models, and of video models, whose fifth type is action.

What is not named (AUX, CCONJ, SCONJ, PART, INTJ, SYM, X and other adverbs) has no expected type: such words
are listed, and count neither as agreement nor as disagreement.
"""

_IMAGE = {pos: image for pos, image, _ in POS_MAPPING}
_VIDEO = {pos: video for pos, _, video in POS_MAPPING}


def word_type_of(tag: WordTag, actions: bool = False) -> str | None:
    """Say which type of word its part of speech lets one expect.

    Args:
        tag: of the word.
        actions: whether the model tells actions from relations, as video models do.

    Returns:
        The name of the type; `None` where the mapping names none.
    """
    pos = tag.pos
    if pos == "ADV" and tag.text.lower() in PLACE_ADVERBS:
        pos = "ADV of place"
    return (_VIDEO if actions else _IMAGE).get(pos)
