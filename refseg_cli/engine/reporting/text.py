"""Tables as text: for a terminal, for Markdown, and as CSV for programs."""

import csv
import html
import io
from collections.abc import Sequence

from .tables import LABELS, Cell, Figure, Line, Table

_GAP = "  "
_CSV_HEADS = ("table", "run", "on", "of", "column", "value", "low", "high", "deviation")


def terminal(tables: Sequence[Table]) -> str:
    """Draw tables with blanks: each number with its interval or deviation below it."""
    return "\n\n".join(_drawn(table) for table in tables)


def markdown(title: str, tables: Sequence[Table]) -> str:
    """Write tables as Markdown under a heading."""
    parts = [f"# {_safe(title)}", *(_in_markdown(table) for table in tables)]
    return "\n\n".join(parts) + "\n"


def comma_separated(tables: Sequence[Table]) -> str:
    """Write one line for each number of each table, in percent and unrounded."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_CSV_HEADS)
    for table in tables:
        for line in table.lines:
            for head, cell in line.cells.items():
                writer.writerow([table.title, *line.labels, head, *_numbers(cell)])
    return stream.getvalue()


def _numbers(cell: Cell) -> list[str]:
    if isinstance(cell, str):
        return [cell, "", "", ""]
    numbers = (cell.value, *(cell.interval or (None, None)), cell.deviation)
    return ["" if number is None else f"{number:.6g}" for number in numbers]


def _drawn(table: Table) -> str:
    labels = table.labels
    rows = [[LABELS[number] for number in labels] + table.heads]
    for line in table.lines:
        rows += _two_rows(line, labels, table.heads)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    drawn = [
        _GAP.join(
            cell.ljust(width) if column < len(labels) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([table.heading, *drawn, *table.notes])


def _two_rows(line: Line, labels: Sequence[int], heads: Sequence[str]) -> list[list[str]]:
    """The numbers, and below them how sure they are, where that is known."""
    cells = [line.cells.get(head, "") for head in heads]
    first = [_printable(line.labels[number]) for number in labels]
    first += [_printable(cell) if isinstance(cell, str) else cell.text() for cell in cells]
    spreads = [cell.spread() if isinstance(cell, Figure) else "" for cell in cells]
    return [first, [""] * len(labels) + spreads] if any(spreads) else [first]


def _in_markdown(table: Table) -> str:
    labels = table.labels
    heads = [LABELS[number] for number in labels] + table.heads
    ruler = ["---"] * len(labels) + ["--:"] * len(table.heads)
    rows = [
        [_safe(line.labels[number]) for number in labels]
        + [_cell(line.cells.get(head, "")) for head in table.heads]
        for line in table.lines
    ]
    lines = ["| " + " | ".join(row) + " |" for row in (map(_safe, heads), ruler, *rows)]
    notes = [f"\n{_safe(note)}" for note in table.notes]
    return "\n".join([f"## {_safe(table.heading)}", "", *lines, *notes])


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _safe(cell)
    return f"{cell.text()} ({cell.spread()})" if cell.spread() else cell.text()


def _safe(text: str) -> str:
    """Text that means nothing in Markdown but itself."""
    plain = html.escape(_printable(text), quote=False)
    return "".join(f"\\{letter}" if letter in "\\`*_[]|" else letter for letter in plain)


def _printable(text: str) -> str:
    """Text on one line without anything that a terminal obeys."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
