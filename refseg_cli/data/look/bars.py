"""Draws histograms as lines of text."""

from collections.abc import Sequence

_WIDTH = 40


def bars(title: str, rows: Sequence[tuple[str, int]]) -> list[str]:
    """Draw one bar a row, the longest `_WIDTH` wide, each with its count and its share of all.

    Args:
        title: what is counted.
        rows: what, and how many; may be empty.

    Returns:
        Lines of text.
    """
    total, most = sum(count for _, count in rows), max((count for _, count in rows), default=0)
    label_width = max((len(label) for label, _ in rows), default=0)
    count_width = len(f"{most:,}")
    return [title] + [
        f"  {label:<{label_width}}  {count:>{count_width},}  {count / max(1, total):6.1%}  "
        f"{'#' * _length(count, most)}".rstrip()
        for label, count in rows
    ]


def _length(count: int, most: int) -> int:
    """Of a bar; what is there at all is seen."""
    return max(1, round(_WIDTH * count / most)) if count else 0
