"""Sentences whose words have a learned type, a part of speech and perhaps a true type, side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from refseg.encoders.tokens import split_words
from refseg.models.segmenter import Segmenter
from refseg_cli.data.parts_of_speech import Tagger, WordTag
from refseg_cli.data.pos_word_types import word_type_of

from .learned import TypedSentence, typed_sentences

__all__ = ["Asked", "Corpus", "InspectedSentence", "InspectedWord", "inspect_sentences"]


@dataclass(frozen=True)
class Asked:
    """A sentence, and the true types of its words where they are known."""

    text: str
    gold: tuple[str, ...] = ()


@dataclass(frozen=True)
class InspectedWord:
    """A word and all that is known of it.

    Args:
        text: as kept, in lower case.
        start: its first character in the sentence.
        end: the one after its last.
        probabilities: of the types, in the order of the network.
        type: the likeliest.
        tag: of spaCy; None where no pipeline was at hand.
        expected: the type that the tag lets one expect; None where it lets one expect none.
        gold: the true type; None where it is not known.
    """

    text: str
    start: int
    end: int
    probabilities: tuple[float, ...]
    type: str
    tag: WordTag | None
    expected: str | None
    gold: str | None

    @property
    def p(self) -> float:
        """Probability of the likeliest type."""
        return max(self.probabilities)

    @property
    def differs(self) -> bool:
        """Whether the part of speech lets one expect another type."""
        return self.expected not in (None, self.type)


@dataclass(frozen=True)
class InspectedSentence:
    """A sentence with its words; `n_dropped` more than the encoder takes were left out."""

    text: str
    words: tuple[InspectedWord, ...]
    n_dropped: int


@dataclass(frozen=True)
class Corpus:
    """Sentences as one checkpoint and one pipeline see them.

    Args:
        checkpoint: its name.
        pipeline: of spaCy; None where none was at hand.
        types: the names of the network's types.
        sentences: in the order asked; one that was asked twice is there twice.
    """

    checkpoint: str
    pipeline: str | None
    types: tuple[str, ...]
    sentences: tuple[InspectedSentence, ...]

    @cached_property
    def words(self) -> tuple[tuple[InspectedWord, InspectedSentence], ...]:
        """Every word with its sentence."""
        return tuple((word, sentence) for sentence in self.sentences for word in sentence.words)

    @property
    def n_dropped(self) -> int:
        """How many words the encoder did not take."""
        return sum(sentence.n_dropped for sentence in self.sentences)


def inspect_sentences(
    name: str, segmenter: Segmenter, tagger: Tagger | None, asked: Sequence[Asked]
) -> Corpus:
    """Let a network and a tagger say what the words are; each distinct sentence is looked at once.

    Args:
        name: of the checkpoint.
        segmenter: the network.
        tagger: None for no parts of speech.
        asked: sentences of one word or more.

    Raises:
        ExpressionEmpty: if a sentence holds no word.
    """
    types = segmenter.head.word_type_names
    typed = typed_sentences(segmenter, (each.text for each in asked))
    tags = dict(zip(typed, tagger.tag(list(typed)), strict=True)) if tagger else {}
    done: dict[Asked, InspectedSentence] = {}
    for each in asked:
        if each not in done:
            words = _words(each, typed[each.text], tags.get(each.text, ()), types)
            done[each] = InspectedSentence(each.text, tuple(words), typed[each.text].n_dropped)
    return Corpus(name, tagger.name if tagger else None, types, tuple(done[each] for each in asked))


def _words(
    asked: Asked, typed: TypedSentence, tags: Sequence[WordTag], types: Sequence[str]
) -> Iterator[InspectedWord]:
    """Bring together what is said of each word, by where it stands in the sentence."""
    tag_at: Mapping[int, WordTag] = {tag.start: tag for tag in tags}
    starts = [word.start for word in split_words(asked.text)]
    gold_at = dict(zip(starts, asked.gold, strict=True)) if len(starts) == len(asked.gold) else {}
    for text, (start, end), probabilities in zip(typed.words, typed.spans, typed.probabilities, strict=True):
        tag = tag_at.get(start)
        yield InspectedWord(
            text=text,
            start=start,
            end=end,
            probabilities=probabilities,
            type=types[int(np.argmax(probabilities))],
            tag=tag,
            expected=word_type_of(tag, "action" in types) if tag else None,
            gold=gold_at.get(start),
        )
