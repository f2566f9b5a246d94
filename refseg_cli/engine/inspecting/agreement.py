"""How far two ways of sorting the same words agree: Cohen's κ and mutual information."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "chance_information", "cohens_kappa", "contingency", "entropy", "mutual_information"]

Counts = NDArray[np.int64]


def contingency(pairs: Iterable[tuple[str, str]], rows: Sequence[str], columns: Sequence[str]) -> Counts:
    """Count pairs.

    Args:
        pairs: (row, column) each, by name.
        rows: R names.
        columns: C names.

    Returns:
        (R, C).
    """
    row_of = {name: i for i, name in enumerate(rows)}
    column_of = {name: i for i, name in enumerate(columns)}
    table = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for row, column in pairs:
        table[row_of[row], column_of[column]] += 1
    return table


def cohens_kappa(table: Counts) -> float | None:
    """Cohen's κ, the agreement beyond chance: (p_o − p_e) / (1 − p_e); 1 is perfect, 0 is chance.

    Args:
        table: (K, K) counts: what one says × what the other says, the names in the same order.

    Returns:
        None where it is not defined: nothing was counted, or both always say one and the same.
    """
    n = table.sum()
    if n == 0:
        return None
    observed = np.trace(table) / n
    by_chance = (table.sum(axis=0) / n) @ (table.sum(axis=1) / n)
    return None if by_chance >= 1 else float((observed - by_chance) / (1 - by_chance))


def entropy(counts: Counts) -> float:
    """The bits that it takes on average to say which of the things counted one of them is."""
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def mutual_information(table: Counts) -> float:
    """The bits that one way of sorting tells of the other, from counts (R, C)."""
    return max(0.0, entropy(table.sum(axis=0)) + entropy(table.sum(axis=1)) - entropy(table))


def chance_information(table: Counts) -> float:
    """The bits of mutual information that counts (R, C) would show by chance alone if there were none.

    To first order (R − 1)(C − 1) / (2 n ln 2), over the rows and columns that have counts.
    """
    n = table.sum()
    free = (np.count_nonzero(table.sum(axis=0)) - 1) * (np.count_nonzero(table.sum(axis=1)) - 1)
    return float(free / (2 * n * np.log(2))) if n else 0.0
