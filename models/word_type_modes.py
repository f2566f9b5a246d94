"""Word types that are given instead of learned: to see what the learned ones are worth (paper, Table 11)."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from refseg.encoders.base import TextFeatures

from .cmpc.words import WORD_TYPES

WordTypes = Literal["learned", "random", "uniform"]

ForcedTypes = Callable[[str], Sequence[str | None]]
"""Tells of an expression the type that each word is to have for certain; None leaves a word as it is."""


def given_word_types(
    mode: WordTypes,
    expressions: Sequence[str],
    text: TextFeatures,
    seed: int,
    names: Sequence[str] = WORD_TYPES,
) -> Tensor | None:
    """Word types for B expressions, (B, T, K), or None to use the learned ones.

    "uniform" gives each word each type equally; "random" draws each word's probabilities evenly from
    all possible ones, from the seed and the expression alone, so that neither order nor batch changes them.
    The `names` are those of the network's K types.

    Raises:
        ValueError: if there is no such mode.
    """
    if mode == "learned":
        return None
    shape = (*text.is_word.shape, len(names))
    if mode == "uniform":
        return torch.full(shape, 1 / len(names), device=text.words.device)
    if mode != "random":
        raise ValueError(f'word_types must be "learned", "random" or "uniform", got {mode!r}')
    types = np.zeros(shape, dtype=np.float32)
    for row, expression, words in zip(types, expressions, text.tokens, strict=True):
        row[: len(words)] = _generator(seed, expression).dirichlet(np.ones(len(names)), len(words))
    return torch.from_numpy(types).to(text.words.device)


def with_forced_types(
    word_types: Tensor,
    forced: ForcedTypes,
    expressions: Sequence[str],
    text: TextFeatures,
    names: Sequence[str] = WORD_TYPES,
) -> Tensor:
    """A copy of the word types (B, T, K) of B expressions in which some words are of one type for certain.

    The `names` are those of the network's K types.

    Raises:
        ValueError: if there is no such type.
    """
    types = word_types.clone()
    for row, expression, words in zip(types, expressions, text.tokens, strict=True):
        for place, name in enumerate(forced(expression)[: len(words)]):
            if name is not None:
                row[place] = 0
                row[place, names.index(name)] = 1
    return types


def _generator(seed: int, expression: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}:{expression}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))
