"""Chance that gives the same on every machine: the few ways in which the generator draws lots."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")


def generator(*numbers: int) -> np.random.Generator:
    """A source of chance of its own for each row of whole numbers, 0 or greater."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(numbers)))


def one_of(rng: np.random.Generator, things: Sequence[_T]) -> _T:
    """Choose one, each as likely as the others."""
    return things[int(rng.integers(len(things)))]


def shuffled(rng: np.random.Generator, things: Sequence[_T]) -> list[_T]:
    """All of them, in any order."""
    return [things[index] for index in np.argsort(rng.random(len(things)))]
