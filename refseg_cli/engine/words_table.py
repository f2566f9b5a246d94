"""The words of a sentence with their types, as lines for people."""

from collections.abc import Mapping, Sequence
from typing import Any


def words_table(words: Sequence[Mapping[str, Any]]) -> str:
    """A line for each word: itself, its likeliest type ("-" where all are equal) and the probability of that.

    Args:
        words: as in `prediction_record`.
    """
    rows = [
        (each["word"].strip(), each["type"] or "-", f"{max(each['probabilities'].values()):.2f}")
        for each in words
    ]
    longest = max(len(word) for word, _, _ in rows)
    kinds = max(len(kind) for _, kind, _ in rows)
    return "\n".join(f"  {word:<{longest}}  {kind:<{kinds}}  {share}" for word, kind, share in rows)
