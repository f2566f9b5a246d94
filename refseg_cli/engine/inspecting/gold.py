"""Learned types against the true ones, where a dataset knows them; and how spaCy and chance would do."""

from collections.abc import Mapping, Sequence

import numpy as np

from .agreement import Counts, cohens_kappa, contingency
from .corpus import Corpus
from .tables import Cell, Column, Table

__all__ = ["gold_accuracy", "gold_confusions"]

NONE = "none"
"""Of words whose part of speech lets one expect no type: always wrong."""

_WAYS = {"learned": "learned types", "pos": "types expected of POS", "random": "random types"}


def _said(corpus: Corpus, seed: int) -> Mapping[str, list[tuple[str, str]]]:
    """(gold, said) for each word whose true type is known, by who says it."""
    words = [(word, word.gold) for word, _ in corpus.words if word.gold is not None]
    drawn = np.random.default_rng(seed).integers(len(corpus.types), size=len(words))
    said = {"learned": [(gold, word.type) for word, gold in words]}
    if corpus.pipeline is not None:
        said["pos"] = [(gold, word.expected or NONE) for word, gold in words]
    # the likeliest of probabilities that are drawn evenly is each type equally often
    said["random"] = [(gold, corpus.types[k]) for (_, gold), k in zip(words, drawn, strict=True)]
    return said


def _confusion(pairs: Sequence[tuple[str, str]], types: Sequence[str]) -> tuple[list[str], Counts]:
    """The names of rows and columns, NONE last, and the counts."""
    names = [*types, *sorted({gold for gold, _ in pairs} - set(types)), NONE]
    return names, contingency(pairs, names, names)


def gold_accuracy(corpus: Corpus, seed: int = 0) -> Table:
    """Say which share of the words of each true type is recognised, by the network, by spaCy and by chance.

    Args:
        corpus: with true types.
        seed: of the random types.

    Returns:
        A row for each way; `all` is the share of all words, `mean` that of the types alike.
    """
    rows: list[tuple[Cell, ...]] = []
    present: list[str] = []
    for way, pairs in _said(corpus, seed).items():
        names, table = _confusion(pairs, corpus.types)
        totals = table.sum(axis=1)
        present = [name for name, total in zip(names, totals, strict=True) if total]
        recalls = [float(table[i, i] / totals[i]) for i in range(len(names)) if totals[i]]
        share = float(np.trace(table) / table.sum())
        rows.append((_WAYS[way], *recalls, share, float(np.mean(recalls)), cohens_kappa(table)))
    columns = [Column("by", "by"), *(Column(name, name, ".1%") for name in present)]
    columns += [
        Column("all", "all", ".1%"),
        Column("mean", "mean of types", ".1%"),
        Column("kappa", "κ", ".3f"),
    ]
    return Table("gold_accuracy", "Share of words whose true type is recognised", tuple(columns), tuple(rows))


def gold_confusions(corpus: Corpus) -> list[Table]:
    """Count true against learned types, and against those expected of parts of speech."""
    tables = []
    for way, pairs in _said(corpus, 0).items():
        if way == "random":
            continue
        names, counts = _confusion(pairs, corpus.types)
        said = [name for j, name in enumerate(names) if name in corpus.types or counts[:, j].any()]
        columns = [Column("gold", "true"), Column("words", "words", ",d")]
        columns += [Column(name, name, ",d") for name in said]
        table: tuple[tuple[Cell, ...], ...] = tuple(
            (name, int(counts[i].sum()), *(int(counts[i, names.index(each)]) for each in said))
            for i, name in enumerate(names)
            if counts[i].any()
        )
        tables.append(Table(f"gold_{way}", f"True types (rows) and {_WAYS[way]}", tuple(columns), table))
    return tables
