"""What every text encoder gives: one vector per word, l_t of the paper, and a vector of the sentence."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import torch
from torch import Tensor, nn

from .tokens import Word


@dataclass(frozen=True)
class TextFeatures:
    """The words of B expressions as vectors, padded on the right to a common length T.

    Args:
        words: (B, T, C_l) one vector per word, l_t; zero where `is_word` is False.
        is_word: (B, T) bool, True for a real word. Every expression has at least one.
        sentence: (B, C_l) the encoder's own vector of the whole expression.
        tokens: the words as kept, B lists.
        spans: their (start, end) character offsets in the expression, B lists.
        n_dropped: how many words of each expression were lost to the limit.

    Raises:
        ValueError: if the shapes disagree.
    """

    words: Tensor
    is_word: Tensor
    sentence: Tensor
    tokens: tuple[tuple[str, ...], ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]
    n_dropped: tuple[int, ...]

    def __post_init__(self) -> None:
        batch, length, width = self.words.shape
        if self.is_word.shape != (batch, length):
            raise ValueError(
                f"words has (B, T) = {(batch, length)} but is_word is {tuple(self.is_word.shape)}"
            )
        if self.sentence.shape != (batch, width):
            raise ValueError(
                f"words has (B, C_l) = {(batch, width)} but sentence is {tuple(self.sentence.shape)}"
            )
        if not len(self.tokens) == len(self.spans) == len(self.n_dropped) == batch:
            raise ValueError(f"words has B = {batch} but there are {len(self.tokens)} lists of tokens")

    def __len__(self) -> int:
        return len(self.tokens)


class TextEncoder(nn.Module, ABC):
    """A module that turns expressions into `TextFeatures`.

    The contract: one vector per word as `split_words` has them, whatever the sub-word scheme; padding and the
    other expressions of a batch never change a result; what is cut is reported in `n_dropped`.
    """

    name: str
    width: int
    max_words: int
    provenance: Mapping[str, Any] = MappingProxyType({})
    """What whoever filled the weights in tells of them, as JSON."""

    @abstractmethod
    def encode(self, expressions: Sequence[str]) -> TextFeatures:
        """Encode B expressions of one word or more.

        Raises:
            ExpressionEmpty: if an expression holds no word.
        """

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """Everything but the weights, as JSON: `from_config` builds the same encoder from it."""

    @classmethod
    @abstractmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the encoder that `config` describes, with fresh weights."""

    def stored_elsewhere(self) -> frozenset[str]:
        """The names in `state_dict` of the tensors that `from_config` brings by itself; none if not told.

        A checkpoint does not hold them: `config` says where they are from, and by a hash, which they are.
        """
        return frozenset()

    def forward(self, expressions: Sequence[str]) -> TextFeatures:
        """Encode B expressions: see `encode`."""
        return self.encode(expressions)


def pad_words(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Lay B lists of numbers side by side, padded on the right with zeros.

    Returns:
        The numbers (B, T) int64 and `is_word` (B, T) bool.

    Raises:
        ValueError: if B is 0.
    """
    if not rows:
        raise ValueError("no expressions to encode: expected at least one")
    longest = max(len(row) for row in rows)
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], device=device)
    lengths = torch.tensor([len(row) for row in rows], device=device)
    return ids, torch.arange(longest, device=device) < lengths[:, None]


def kept_words(words: Sequence[Sequence[Word]], limit: int | Sequence[int]) -> dict[str, Any]:
    """The fields of `TextFeatures` that tell which words were kept, for words cut to `limit`, one or B."""
    limits = [limit] * len(words) if isinstance(limit, int) else limit
    kept = [row[:most] for row, most in zip(words, limits, strict=True)]
    return {
        "tokens": tuple(tuple(word.text for word in row) for row in kept),
        "spans": tuple(tuple((word.start, word.end) for word in row) for row in kept),
        "n_dropped": tuple(len(whole) - len(row) for whole, row in zip(words, kept, strict=True)),
    }
