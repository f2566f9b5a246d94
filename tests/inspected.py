"""Corpora made by hand for the tests of `refseg inspect-words`: each word is of the type written down."""

from refseg.encoders.tokens import split_words
from refseg_cli.data.parts_of_speech import WordTag
from refseg_cli.data.pos_word_types import word_type_of
from refseg_cli.engine.inspecting.corpus import Corpus, InspectedSentence, InspectedWord

TYPES = ("entity", "attribute", "relation", "unnecessary")


def sentence(text: str, types: str, parts: str = "", p: float = 0.7, gold: str = "") -> InspectedSentence:
    """A sentence whose words have types by initials ("ea"), parts of speech ("NOUN ADJ"), true types."""
    words = []
    for i, word in enumerate(split_words(text)):
        kind = named(types[i])
        rest = (1 - p) / (len(TYPES) - 1)
        tag = WordTag(word.text, word.start, word.end, parts.split()[i], "", "dep", "") if parts else None
        words.append(
            InspectedWord(
                text=word.text,
                start=word.start,
                end=word.end,
                probabilities=tuple(p if name == kind else rest for name in TYPES),
                type=kind,
                tag=tag,
                expected=word_type_of(tag) if tag else None,
                gold=named(gold[i]) if gold else None,
            )
        )
    return InspectedSentence(text, tuple(words), 0)


def corpus(*sentences: InspectedSentence, name: str = "tiny") -> Corpus:
    tagged = any(word.tag for each in sentences for word in each.words)
    return Corpus(name, "en_little 1.0" if tagged else None, TYPES, sentences)


def named(initial: str) -> str:
    return next(name for name in TYPES if name.startswith(initial))
