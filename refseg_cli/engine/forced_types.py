"""Types that words are to have for certain: told by a user, or by their part of speech."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from refseg.encoders.tokens import split_words
from refseg_cli.data.parts_of_speech import DEFAULT_PIPELINE, Tagger
from refseg_cli.data.pos_word_types import word_type_of
from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS
from refseg_cli.errors import UsageError

from .config_reader import near

if TYPE_CHECKING:
    from refseg.models.word_type_modes import ForcedTypes, WordTypes

TypesFrom = Literal["learned", "random", "uniform", "pos"]
"""Where the types of words come from; "pos" leaves a word of which no type is expected as it was learned."""


_ALL_TYPES = tuple(WORD_TYPE_COLOURS)  # of photos and videos; networks have them too, and load PyTorch


def network_types(types_from: TypesFrom) -> "WordTypes":
    """What the network itself is to do, before any type is forced."""
    return "learned" if types_from == "pos" else types_from


def forced_types(
    types_from: TypesFrom, root: Path, told: Mapping[str, str] | None = None, *, actions: bool = False
) -> "ForcedTypes | None":
    """Which words are of one type for certain; None where none are.

    Args:
        types_from: "pos" for the types that parts of speech let one expect.
        root: data root, where spaCy's pipeline may lie.
        told: types by word, over these.
        actions: whether the network tells actions from relations, as those for videos do.

    Raises:
        TaggerMissing: if the words are to be tagged, and the pipeline is not there.
    """
    tagger = load_tagger(root) if types_from == "pos" else None
    if tagger is None and not told:
        return None

    def forced(expression: str) -> list[str | None]:
        types = [(told or {}).get(word.text.strip()) for word in split_words(expression)]
        if tagger is None:
            return types
        # each sentence alone: what is tagged beside it might otherwise change the last bits of a score
        (tags,) = tagger.tag([expression])
        return [one or word_type_of(tag, actions) for one, tag in zip(types, tags, strict=True)]

    return forced


@cache
def load_tagger(root: Path) -> Tagger:
    """The tagger of words, loaded once.

    Raises:
        TaggerMissing: if the pipeline is not there.
    """
    return Tagger.load(DEFAULT_PIPELINE, root)


def read_set_types(settings: Sequence[str], expressions: Sequence[str]) -> dict[str, str]:
    """The types by word that `--set-type word=type` asks for; the last of two for one word counts.

    Raises:
        UsageError: if there is no such type, or no expression has the word.
    """
    words = dict.fromkeys(
        word.text.strip() for text in expressions if text.strip() for word in split_words(text)
    )
    told = {}
    for setting in settings:
        word, equals, name = (part.strip() for part in setting.rpartition("="))
        if not equals or not word:
            raise UsageError(f"--set-type takes word=type, got {setting!r}: for example holding=relation")
        if name not in _ALL_TYPES:
            raise UsageError(f"--set-type {setting}: there is no type {name!r}{near(name, _ALL_TYPES)}")
        if word.lower() not in words:
            there = near(word.lower(), [each for each in words if each.isalnum()])
            raise UsageError(f"--set-type {setting}: no sentence has the word {word!r}{there}")
        told[word.lower()] = name
    return told


def check_told_types(told: Mapping[str, str], names: Collection[str]) -> None:
    """Refuse a type that the network does not have: only those for videos know actions.

    Raises:
        UsageError: if there is one.
    """
    for word, name in told.items():
        if name not in names:
            known = ", ".join(names)
            raise UsageError(f"--set-type {word}={name}: this checkpoint's types are {known}; choose one")
