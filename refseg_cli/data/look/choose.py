"""Chooses a few of many: evenly spread, or by chance with a seed."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from refseg_cli.data.samples import Sample

Item = TypeVar("Item")
Named = tuple[Path, int, int, str]


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """Choose some of many, evenly spread from the first to the last; all where there are few."""
    places = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int)
    return [items[place] for place in places]


def one_each(samples: Iterable[Sample]) -> dict[Named, Sample]:
    """The first sample of each thing that is named, by what tells the thing from others.

    A sentence of which the dataset does not say what it names has a thing for itself.
    """
    first: dict[Named, Sample] = {}
    for sample in samples:
        numbers = (sample.ref_id, -1) if sample.ref_id >= 0 else (-1, sample.ann_id)
        known = max(numbers) >= 0
        first.setdefault((sample.image_path, *numbers, "" if known else sample.sample_id), sample)
    return first


def draw_by_chance(samples: Sequence[Sample], count: int, seed: int) -> list[Sample]:
    """Choose samples by chance, and each picture once before any comes again.

    Args:
        samples: to choose from.
        count: how many; all where there are fewer.
        seed: the same gives the same.

    Returns:
        The chosen, in the order of `samples`.
    """
    n_seen: dict[Path, int] = {}
    turns: list[tuple[int, int]] = []  # how often its picture came before, and its place
    for place in np.random.default_rng(seed).permutation(len(samples)).tolist():
        path = samples[place].image_path
        turns.append((n_seen.get(path, 0), place))
        n_seen[path] = n_seen.get(path, 0) + 1
    turns.sort(key=lambda turn: turn[0])  # stable: within a turn the order of chance stays
    return [samples[place] for place in sorted(place for _, place in turns[:count])]
