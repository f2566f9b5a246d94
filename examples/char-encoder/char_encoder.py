"""A text encoder for refseg that knows no vocabulary: it looks at how words are spelled."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Self
from zlib import crc32

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from refseg.encoders import TextEncoder, TextFeatures, kept_words, split_words


class CharEncoder(TextEncoder):
    """A word is the mean of its trigrams ("dog": <do, dog, og>); a GRU then reads word after word.

    Args:
        width: length of a word's vector.
        max_words: words kept of an expression.
        n_vectors: that all trigrams share.
    """

    name = "char"

    def __init__(self, width: int = 128, max_words: int = 20, n_vectors: int = 4096) -> None:
        super().__init__()
        self.width, self.max_words, self.n_vectors = width, max_words, n_vectors
        self.trigrams = nn.EmbeddingBag(n_vectors, width, mode="mean")
        self.reader = nn.GRU(width, width, batch_first=True)

    def encode(self, expressions: Sequence[str]) -> TextFeatures:
        """Give each word of each expression a vector."""
        kept = kept_words([split_words(expression) for expression in expressions], self.max_words)
        lengths = [len(words) for words in kept["tokens"]]
        spelled = self.spell([word for words in kept["tokens"] for word in words]).split(lengths)

        # Padding stands on the right and the GRU reads from the left, so no word ever sees it.
        outputs, _ = self.reader(pad_sequence(spelled, batch_first=True))
        last = torch.tensor(lengths, device=outputs.device) - 1
        is_word = torch.arange(max(lengths), device=outputs.device) <= last[:, None]
        sentence = outputs[torch.arange(len(lengths), device=outputs.device), last]
        return TextFeatures(words=outputs * is_word[..., None], is_word=is_word, sentence=sentence, **kept)

    def spell(self, words: Sequence[str]) -> Tensor:
        """The vectors (N, C) of N words, each from its letters alone."""
        rows = [[self.number(f"<{word}>"[i : i + 3]) for i in range(len(word))] for word in words]
        starts = [0, *accumulate(map(len, rows))][:-1]
        numbers = torch.tensor([*chain(*rows)], device=self.trigrams.weight.device)
        vectors: Tensor = self.trigrams(numbers, torch.tensor(starts, device=numbers.device))
        return vectors

    def number(self, trigram: str) -> int:
        """Which vector a trigram has; the same in every process, as Python's `hash` is not."""
        return crc32(trigram.encode("utf-8", "surrogatepass")) % self.n_vectors

    def config(self) -> dict[str, Any]:
        """Everything but the weights, as a checkpoint keeps it."""
        sizes = {"width": self.width, "max_words": self.max_words, "n_vectors": self.n_vectors}
        return {"name": self.name, **sizes}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build one: from a checkpoint's `config()`, or from the options that somebody typed."""
        return cls(**{key: value for key, value in config.items() if key != "name"})
