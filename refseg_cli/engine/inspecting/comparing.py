"""Two checkpoints on the same sentences: how far their types agree, and which words changed type."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from .agreement import cohens_kappa, contingency
from .corpus import Corpus, InspectedSentence, InspectedWord
from .tables import Cell, Column, Table

__all__ = ["agreement_between", "changed_words", "type_changes"]

_LONGEST = 12


def _pairs(a: Corpus, b: Corpus) -> Iterator[tuple[InspectedWord, InspectedWord, InspectedSentence]]:
    """The words that both encoders take, by where they stand."""
    for one, other in zip(a.sentences, b.sentences, strict=True):
        there = {word.start: word for word in other.words}
        for word in one.words:
            if word.start in there:
                yield word, there[word.start], one


def _all_types(a: Corpus, b: Corpus) -> list[str]:
    return list(dict.fromkeys((*a.types, *b.types)))


def agreement_between(a: Corpus, b: Corpus) -> Mapping[str, Cell]:
    """Measure how far two checkpoints agree on the types of the same words.

    Returns:
        `n_words` that both see; `same`, the share with one likeliest type; `kappa` of them.
    """
    names = _all_types(a, b)
    table = contingency(((x.type, y.type) for x, y, _ in _pairs(a, b)), names, names)
    n = int(table.sum())
    return {
        "n_words": n,
        "same": float(np.trace(table) / n) if n else None,
        "kappa": cohens_kappa(table),
    }


def type_changes(a: Corpus, b: Corpus) -> Table:
    """Count the types of the first checkpoint against those of the second."""
    table = contingency(((x.type, y.type) for x, y, _ in _pairs(a, b)), a.types, b.types)
    columns = (Column("a", "A \\ B"), *(Column(name, name, ",d") for name in b.types))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *(int(n) for n in row)) for name, row in zip(a.types, table, strict=True)
    )
    return Table("type_changes", "Types of A (rows) and of B", columns, rows)


def changed_words(a: Corpus, b: Corpus) -> Table:
    """List the words that changed type most: by how much probability moved in all where they did."""
    times: Counter[tuple[str, str, str]] = Counter()
    moved: dict[tuple[str, str, str], float] = {}
    example: dict[tuple[str, str, str], str] = {}
    uses: Counter[str] = Counter()
    for x, y, sentence in _pairs(a, b):
        uses[x.text] += 1
        if x.type == y.type:
            continue
        key = (x.text, x.type, y.type)
        times[key] += 1
        moved[key] = moved.get(key, 0.0) + _distance(a, x, b, y)
        example.setdefault(key, sentence.text)
    ordered = sorted(moved, key=lambda key: -moved[key])[:_LONGEST]
    rows = tuple((*key, times[key], uses[key[0]], moved[key], example[key]) for key in ordered)
    columns = (
        Column("word", "word"),
        Column("a", "type of A"),
        Column("b", "type of B"),
        Column("times", "times", ",d"),
        Column("of", "of", ",d"),
        Column("moved", ""),
        Column("example", "such as"),
    )
    return Table("changed_words", "Words that changed type most", columns, rows)


def _distance(a: Corpus, x: InspectedWord, b: Corpus, y: InspectedWord) -> float:
    """How much probability lies elsewhere, 0 to 1."""
    p, q = dict(zip(a.types, x.probabilities, strict=True)), dict(zip(b.types, y.probabilities, strict=True))
    return sum(abs(p.get(name, 0.0) - q.get(name, 0.0)) for name in _all_types(a, b)) / 2
