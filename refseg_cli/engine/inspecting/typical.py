"""The words that stand for each learned type."""

from collections import defaultdict

import numpy as np

from .corpus import Corpus
from .tables import Column, Table

__all__ = ["type_counts", "typical_words"]

_PER_TYPE = 10


def type_counts(corpus: Corpus) -> Table:
    """Count the words of each type, and say how sure the network is of them."""
    all_words = [word for word, _ in corpus.words]
    rows = []
    for name in corpus.types:
        sure = [word.p for word in all_words if word.type == name]
        mean = float(np.mean(sure)) if sure else None
        rows.append((name, len(sure), len(sure) / len(all_words), mean))
    columns = (
        Column("type", "type"),
        Column("words", "words", ",d"),
        Column("share", "%", ".1%"),
        Column("mean_probability", "mean p", ".2f"),
    )
    return Table("types", "Learned types", columns, tuple(rows))


def typical_words(corpus: Corpus) -> Table:
    """List the words that are most typical of each type.

    Words are ordered by n · p · log2(p / P): how often the word comes, its mean probability of the type, and
    how many times more that is than the type's share P of all words: those come first that come often and
    are of this type rather than of others. Each word is listed for its likeliest type alone.
    """
    probabilities: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for word, _ in corpus.words:
        probabilities[word.text].append(word.probabilities)
    texts = list(probabilities)
    counts = np.array([len(probabilities[text]) for text in texts])
    means = np.array([np.mean(probabilities[text], axis=0) for text in texts])
    shares = (counts @ means) / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        typicality = np.nan_to_num(counts[:, None] * means * np.log2(means / shares), nan=0.0, neginf=0.0)
    typicality[means < means.max(axis=1, keepdims=True)] = 0
    rows = []
    for k, name in enumerate(corpus.types):
        rows += [
            (name, texts[i], int(counts[i]), float(means[i, k]), float(typicality[i, k]))
            for i in np.argsort(-typicality[:, k], kind="stable")[:_PER_TYPE]
            if typicality[i, k] > 0
        ]
    columns = (
        Column("type", "type"),
        Column("word", "word"),
        Column("words", "times", ",d"),
        Column("mean_probability", "mean p", ".2f"),
        Column("typicality", ""),
    )
    return Table("typical_words", "Most typical words of each type", columns, tuple(rows))
