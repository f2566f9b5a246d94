"""Counts what is in the splits of a dataset: sentences, words, objects, pictures, kinds, sizes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from refseg.encoders.errors import ExpressionEmpty
from refseg.encoders.tokens import split_words
from refseg_cli.console import track
from refseg_cli.data.drawn import MOTION, SHAPES
from refseg_cli.data.samples import Sample
from refseg_cli.errors import RefsegError

from .choose import Named, one_each, spread

MOST_WORDS = 20
"""The paper's network and most others read no more words of a sentence."""

MOST_DECODED = 300
"""Where masks must be decoded to be measured, those of so many objects of a split are, evenly spread."""


@dataclass(frozen=True)
class Tally:
    """What there is.

    Attributes:
        lengths: how many sentences have how many words.
        vocabulary: every word.
        kinds: how many sentences are of which kind.
        references: everything that sentences name, each once, as far as the dataset says what they name.
        pictures: every photo or clip.
        clips: whether they are clips.
        categories: how many references are of which category, by name or number; -1 where it is not known.
        shares: which part of its picture each mask fills, 0 to 1, of the references that were measured.
    """

    lengths: Counter[int] = field(default_factory=Counter)
    vocabulary: frozenset[str] = frozenset()
    kinds: Counter[str] = field(default_factory=Counter)
    references: frozenset[tuple[str, Named]] = frozenset()
    pictures: frozenset[Path] = frozenset()
    clips: bool = False
    categories: Counter[str | int] = field(default_factory=Counter)
    shares: tuple[float, ...] = ()

    @property
    def n_expressions(self) -> int:
        """Number of sentences."""
        return self.lengths.total()

    @property
    def mean_length(self) -> float:
        """Words in a sentence, on average."""
        return sum(length * n for length, n in self.lengths.items()) / max(1, self.n_expressions)

    @property
    def n_cut(self) -> int:
        """Number of sentences of which the last words are not read."""
        return sum(n for length, n in self.lengths.items() if length > MOST_WORDS)

    def counts(self) -> dict[str, int]:
        """What others count too."""
        return {
            "expressions": self.n_expressions,
            "references": len(self.references),
            "pictures": len(self.pictures),
        }

    def document(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            **self.counts(),
            "words_per_expression": round(self.mean_length, 3),
            "longest_expression": max(self.lengths, default=0),
            "vocabulary": len(self.vocabulary),
            f"expressions_over_{MOST_WORDS}_words": self.n_cut,
            "lengths": {str(length): n for length, n in sorted(self.lengths.items())},
            "kinds": dict(self.kinds.most_common()),
            "references_measured": len(self.shares),
        }


def tally(samples: Sequence[Sample], split: str) -> Tally:
    """Count what is in one split. Pictures are not opened, masks only where no area is given."""
    lengths: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    vocabulary: set[str] = set()
    pictures: set[Path] = set()
    for sample in samples:  # once, as each is made anew when it is asked for
        words = _words(sample.expression)
        lengths[len(words)] += 1
        kinds[sample.kind] += 1
        vocabulary.update(words)
        pictures.add(sample.image_path)
    named = one_each(samples)
    return Tally(
        lengths=lengths,
        vocabulary=frozenset(vocabulary),
        kinds=kinds,
        references=frozenset((split, key) for key in named if not key[-1]),
        pictures=frozenset(pictures),
        clips=any(sample.clip for sample in named.values()),
        categories=Counter(_category(sample) for sample in named.values()),
        shares=tuple(_shares(list(named.values()))),
    )


def _category(sample: Sample) -> str | int:
    """The name of what is named; else the number of its category."""
    if recipe := sample.annotation.get(SHAPES) or sample.annotation.get(MOTION):
        return str(recipe["things"][recipe["thing"]][0])
    category: str | int = sample.annotation.get("category", sample.category_id)
    return category


def together(tallies: Iterable[Tally]) -> Tally:
    """Count several splits as one; a picture in two of them counts once."""
    return reduce(_added, tallies, Tally())


def _added(one: Tally, other: Tally) -> Tally:
    return Tally(
        lengths=one.lengths + other.lengths,
        vocabulary=one.vocabulary | other.vocabulary,
        kinds=one.kinds + other.kinds,
        references=one.references | other.references,
        pictures=one.pictures | other.pictures,
        clips=one.clips or other.clips,
        categories=one.categories + other.categories,
        shares=one.shares + other.shares,
    )


def _words(expression: str) -> list[str]:
    """The words as every text encoder splits them."""
    try:
        return [word.text.strip() for word in split_words(expression)]
    except ExpressionEmpty:
        return []


def _shares(samples: Sequence[Sample]) -> Iterable[float]:
    """Which part of its picture each mask fills; those that cannot be told are left out."""
    told = [sample for sample in samples if "area" in sample.annotation]
    for sample in told:
        yield float(sample.annotation["area"]) / (sample.height * sample.width)
    rest = [sample for sample in samples if "area" not in sample.annotation]
    for sample in track(spread(rest, MOST_DECODED), "measuring masks"):
        if (share := _measured(sample)) is not None:
            yield share


def _measured(sample: Sample) -> float | None:
    """Decode a mask, of a clip that in the middle, and measure it; None where there is none to read."""
    frame = None
    if sample.clip:
        if not sample.clip.annotated:
            return None
        frame = sample.clip.annotated[len(sample.clip.annotated) // 2]
    try:
        return float(sample.mask(frame).mean())
    except RefsegError:
        return None
