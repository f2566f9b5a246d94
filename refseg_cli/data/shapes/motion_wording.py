"""Puts what an object looks like and does into words, and knows the true type of every word."""

from typing import Final

import numpy as np

from .chance import one_of
from .grammar import Description
from .vocabulary import COLOURS, SHAPES, SIZES
from .wording import WORD_TYPES

_ANYTHING: Final = ("object", "thing", "shape")
"""Nouns for an object whose shape is not said."""

_PHRASES: Final = {
    "moves": ("moving {n}", "{n} that moves", "{n} that is moving", "{n} in motion", "{n} which is moving"),
    "still": (
        "still {n}",
        "motionless {n}",
        "{n} that stays still",
        "{n} that does not move",
        "{n} that is not moving",
    ),
    "spins": ("spinning {n}", "rotating {n}", "{n} that spins", "{n} that is turning", "{n} spinning around"),
    "unturned": (
        "{n} not spinning",
        "{n} that does not spin",
        "{n} that is not turning",
        "{n} which does not rotate",
    ),
    "sideways": (
        "{n} moving sideways",
        "{n} that moves sideways",
        "{n} that is moving left and right",
        "{n} going from side to side",
    ),
    "up and down": (
        "{n} moving up and down",
        "{n} that moves up and down",
        "{n} that is moving vertically",
        "{n} going up and down",
    ),
    "blinks": (
        "blinking {n}",
        "flashing {n}",
        "{n} that blinks",
        "{n} that is blinking",
        "{n} which flashes",
    ),
    "unblinking": (
        "{n} not blinking",
        "{n} that does not blink",
        "{n} that is not flashing",
        "{n} which is not blinking",
        "{n} that stays visible",
    ),
    **{
        side: (
            f"{{n}} moving {side}",
            f"{{n}} that is moving {side}",
            f"{{n}} that moves to the {side}",
            f"{{n}} going to the {side}",
            f"{{n}} which goes {side}",
        )
        for side in ("left", "right")
    },
    "up": ("rising {n}", "{n} moving up", "{n} that is moving up", "{n} going upwards", "{n} that goes up"),
    "down": (
        "sinking {n}",
        "{n} moving down",
        "{n} that is moving down",
        "{n} going downwards",
        "{n} that goes down",
    ),
    "stops": ("{n} that stops", "{n} that stops moving", "{n} coming to rest", "{n} which comes to a stop"),
    "starts": (
        "{n} that starts",
        "{n} that starts moving",
        "{n} starting to move",
        "{n} which begins to move",
    ),
    "grows": (
        "growing {n}",
        "{n} that grows",
        "{n} getting bigger",
        "{n} that is growing",
        "{n} which gets larger",
    ),
    "shrinks": (
        "shrinking {n}",
        "{n} that shrinks",
        "{n} getting smaller",
        "{n} that is shrinking",
        "{n} which gets smaller",
    ),
}
"""Ways to say what an object does, where {n} is what it looks like."""

_UNNECESSARY: Final = {*_ANYTHING, *"a the that which is does in from to and".split()}
_ACTIONS: Final = {word for phrases in _PHRASES.values() for phrase in phrases for word in phrase.split()}

MOTION_WORD_TYPES: Final = {
    **{word: kind for word, kind in WORD_TYPES.items() if kind in {"entity", "attribute"}},
    **dict.fromkeys(sorted(_ACTIONS - _UNNECESSARY - {"{n}"}), "action"),
    **dict.fromkeys(sorted(_UNNECESSARY), "unnecessary"),
}
"""Every word of motion sentences with its true type.

Whatever says what an object does is an action, the direction ("left") and "not" included. What only joins
is unnecessary, and so is a noun that fits everything ("thing").
"""


def say_motion(description: Description, action: str, rng: np.random.Generator) -> str:
    """Put into words which of the objects of some looks is meant.

    Args:
        description: the looks.
        action: what the object does, a key of `motion_truth.ACTIONS`.
        rng: chooses among synonyms, word orders, and whether there is an article.
    """
    nouns = SHAPES[description.shape] if description.shape else _ANYTHING
    words = [SIZES[description.size][0]] if description.size else []
    words += [COLOURS[description.colour][0]] if description.colour else []
    looks = " ".join(one_of(rng, synonyms) for synonyms in (*words, nouns))
    phrase = one_of(rng, _PHRASES[action]).format(n=looks)
    return f"the {phrase}" if rng.random() < 0.5 else phrase


def motion_word_types(sentence: str) -> tuple[str, ...]:
    """The true type of each word of a motion sentence."""
    return tuple(MOTION_WORD_TYPES[word] for word in sentence.split())
