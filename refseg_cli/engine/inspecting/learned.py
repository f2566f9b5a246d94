"""The types that a network gives to words; no photo is needed, as its classifier sees words alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from refseg.encoders.tokens import split_words
from refseg.models.segmenter import Segmenter
from refseg_cli import console

__all__ = ["TypedSentence", "typed_sentences"]

_BATCH = 256


@dataclass(frozen=True)
class TypedSentence:
    """The words of one sentence as a network sees them.

    Args:
        words: as kept, in lower case.
        spans: where each stands in the sentence, in characters.
        probabilities: for each word one number per type; they sum to 1.
        n_dropped: how many words more there were than the encoder takes.
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    probabilities: tuple[tuple[float, ...], ...]
    n_dropped: int


def typed_sentences(segmenter: Segmenter, sentences: Iterable[str]) -> dict[str, TypedSentence]:
    """Give each word of each sentence its types; sentences of like length go through the network together.

    Args:
        segmenter: of which only the text encoder and the classifier of words run.
        sentences: one word or more each; one that comes again is looked at once.

    Returns:
        By sentence, in the order in which they first came.

    Raises:
        ExpressionEmpty: if a sentence holds no word.
    """
    distinct = list(dict.fromkeys(sentences))
    by_length = sorted(distinct, key=lambda sentence: len(split_words(sentence)))
    typed: dict[str, TypedSentence] = {}
    with torch.inference_mode(), console.progress(len(distinct), "word types") as advance:
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            typed |= _typed(segmenter, batch)
            advance(len(batch))
    return {sentence: typed[sentence] for sentence in distinct}


def _typed(segmenter: Segmenter, batch: Sequence[str]) -> dict[str, TypedSentence]:
    text = segmenter.encode_text(batch)
    types = segmenter.head.type_words(text).word_types.float().tolist()  # (B, T, K)
    return {
        sentence: TypedSentence(
            words=text.tokens[i],
            spans=text.spans[i],
            probabilities=tuple(tuple(row) for row in types[i][: len(text.tokens[i])]),
            n_dropped=text.n_dropped[i],
        )
        for i, sentence in enumerate(batch)
    }
