"""A table that is printed, written as CSV and put into JSON alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Cell", "Column", "Table", "written"]

Cell = str | int | float | None


class Column(NamedTuple):
    """A column: its key in files, its head in print ("" leaves it out), how numbers are written."""

    key: str
    head: str
    form: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under columns.

    Args:
        name: in file names and JSON.
        title: in print.
        columns: of the rows.
        rows: a cell a column; None is printed as –.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands above the columns that are printed."""
        return tuple(column.head for column in self.columns if column.head)

    def printed(self) -> list[list[str]]:
        """The cells of the columns that are printed, as text."""
        return [
            [
                written(cell, column.form)
                for cell, column in zip(row, self.columns, strict=True)
                if column.head
            ]
            for row in self.rows
        ]

    def records(self) -> list[Mapping[str, Cell]]:
        """The rows by the keys of their columns."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


def written(cell: Cell, form: str) -> str:
    """A cell as text; what is not known is –."""
    return "–" if cell is None else format(cell, form)
