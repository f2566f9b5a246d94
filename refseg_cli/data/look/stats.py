"""`refseg data stats`: the counts of a dataset beside those that others have published, and histograms."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from refseg_cli import console
from refseg_cli.data.datasets import find_dataset

from .categories import categories_of
from .published import ALL, Published, published_counts
from .reading import all_sources, likely_splits, read_split, readable_splits
from .tally import MOST_WORDS, Tally, tally, together

# The edges of all bins at which the literature splits its tables: 1–2, 3, 4–5, 6–20 (UNC), 1, 2, 3–4, 5–20
# (ReferIt) and 1–5, 6–7, 8–10, 11–20 (G-Ref) are sums of these.
_LENGTHS = (1, 2, 3, 4, 5, 7, 10, MOST_WORDS)
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_MOST_CATEGORIES = 20

Rows = list[tuple[str, int]]


@dataclass(frozen=True)
class Comparison:
    """One published count and what is here; `difference` is how many more are here."""

    what: str
    split: str
    source: str
    published: int
    here: int

    @property
    def difference(self) -> int:
        """How many more are here; negative for fewer."""
        return self.here - self.published


@dataclass(frozen=True)
class Stats:
    """The counts of a dataset.

    Attributes:
        name: of the dataset.
        splits: what is in each.
        whole: whether these are all of its splits.
        published: what others say.
        category_names: by number, as far as they are known.
    """

    name: str
    splits: Mapping[str, Tally]
    whole: bool
    published: Sequence[Published] = ()
    category_names: Mapping[int, str] = field(default_factory=dict)

    def columns(self) -> dict[str, Tally]:
        """Each split, those that a source counts together, and all where all were counted."""
        columns = dict(self.splits)
        keys = dict.fromkeys(key for row in self.published for key in row.counts)
        for key in keys:
            if "+" in key and set(key.split("+")) <= set(self.splits):
                columns[key] = together(self.splits[split] for split in key.split("+"))
        if self.whole and (len(self.splits) > 1 or ALL in keys):
            columns[ALL] = self.everything()
        return columns

    def everything(self) -> Tally:
        """All splits that were counted as one."""
        return together(self.splits.values())

    def comparisons(self) -> Iterator[Comparison]:
        """Every published count that there is one here to compare with."""
        columns = self.columns()
        for row in self.published:
            for split, count in row.counts.items():
                if split in columns:
                    here = columns[split].counts()[row.what]
                    yield Comparison(row.what, split, row.source, count, here)

    def document(self) -> dict[str, Any]:
        """The counts as JSON."""
        everything = self.everything()
        return {
            "dataset": self.name,
            "splits": {column: counted.document() for column, counted in self.columns().items()},
            "published": [
                {**vars(comparison), "difference": comparison.difference} for comparison in self.comparisons()
            ],
            "lengths": dict(length_rows(everything)),
            "categories": dict(category_rows(everything, self.category_names)),
            "mask_shares": dict(share_rows(everything)),
        }


def count_dataset(name: str, root: Path, splits: Sequence[str] = ()) -> Stats:
    """Count what is in a dataset, whether or not its pictures are there.

    Args:
        name: a known name, or the path of a dataset.
        root: folder under which known datasets lie.
        splits: only these; all when none is given.

    Raises:
        DataError: there is no such dataset or split, or a file of annotations is missing or broken.
    """
    reader = find_dataset(name, root)
    if not splits and not all_sources(reader):
        console.say("making every split, which takes a minute the first time; --split makes one alone")
    wanted = ((split, read_split(reader, split)) for split in splits)
    found = wanted if splits else readable_splits(reader, likely_splits(reader))
    counted = {split: tally(samples, split) for split, samples in found}
    names = categories_of(reader, counted)
    whole = not splits and set(reader.splits()) <= set(counted)
    return Stats(reader.name, counted, whole, published_counts(name), names)


def length_rows(counted: Tally) -> Rows:
    """How many sentences have how many words."""
    counts = [0] * (len(_LENGTHS) + 1)
    for length, n in counted.lengths.items():
        counts[bisect_left(_LENGTHS, length)] += n
    edges = zip((0, *_LENGTHS), _LENGTHS, strict=False)
    labels = [str(high) if high - low == 1 else f"{low + 1}–{high}" for low, high in edges]
    return list(zip([*labels, f"over {MOST_WORDS}"], counts, strict=True))


def share_rows(counted: Tally) -> Rows:
    """How many masks fill which part of their picture."""
    counts = [0] * (len(_SHARES) + 2)
    for share in counted.shares:
        counts[bisect_left(_SHARES, share) + 1 if share > 0 else 0] += 1
    edges = [f"{edge:.0%}" for edge in _SHARES]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    labels = ["nothing", f"up to {edges[0]}", *between, f"over {edges[-1]}"]
    rows = list(zip(labels, counts, strict=True))
    return rows if counts[0] else rows[1:]


def category_rows(counted: Tally, names: Mapping[int, str]) -> Rows:
    """How many of the objects named are of which category: the most frequent, and the rest as one.

    Returns:
        Nothing where the dataset does not say.
    """
    known = [(category, n) for category, n in counted.categories.most_common() if category != -1]
    rows = [(_category(category, names), n) for category, n in known[:_MOST_CATEGORIES]]
    if others := known[_MOST_CATEGORIES:]:
        rows.append((f"{len(others)} other{'s' * (len(others) > 1)}", sum(n for _, n in others)))
    if known and counted.categories[-1]:
        rows.append(("not stated", counted.categories[-1]))
    return rows


def _category(category: str | int, names: Mapping[int, str]) -> str:
    return category if isinstance(category, str) else names.get(category, f"category {category}")
