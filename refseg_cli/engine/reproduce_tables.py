"""What each row of the paper's tables is made of, in terms of refseg's presets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from refseg_cli.data.paper_tables import WHOLE_MODEL, PaperRow, PaperTable, paper_tables
from refseg_cli.errors import DataError, UsageError

PHOTOS: Final = "shapes"
CLIPS: Final = "shapes-motion"
"""The generated datasets, which need no download and fit small computers; the paper does not tell of them."""

_VIDEOS: Final = frozenset({"a2d", "jhmdb", "refer-youtube-vos"})
_WHOLE: Final = "ablations/table5-row15"
_THREE_ROUNDS: Final = "head.exchange_rounds=3"


@dataclass(frozen=True)
class Row:
    """One of the authors' own rows of a table.

    Attributes:
        number: From the top, as `--rows` takes it; rows of other methods are not counted.
        what: What it is.
        paper: What the paper prints, and what makes it here.
    """

    number: int
    what: str
    paper: PaperRow


def find_table(name: str) -> PaperTable:
    """Find a table that can be made, by its name, such as "table5".

    Raises:
        DataError: If it compares with other methods on videos, and has no row that is made here.
        UsageError: If the paper has no such table.
    """
    tables = {f"table{number}": table for number, table in paper_tables().items()}
    made = ", ".join(each for each, table in tables.items() if _can_be_made(table))
    if name not in tables:
        raise UsageError(f"the paper has no {name}; choose one of {made}: refseg reproduce table5")
    if not _can_be_made(tables[name]):
        raise DataError(
            f"{name} compares methods on videos, and is not made here: train and score, such as with "
            f"refseg train --dataset a2d; choose one of {made}: refseg reproduce table6"
        )
    return tables[name]


def is_of_videos(table: PaperTable) -> bool:
    """Whether a table is of videos, and not of photos."""
    return table.columns[0].dataset in _VIDEOS


def generated_dataset(table: PaperTable) -> str:
    """The generated dataset on which a table can be made by anybody."""
    return CLIPS if is_of_videos(table) else PHOTOS


def _can_be_made(table: PaperTable) -> bool:
    return any(row.preset for row in table.rows)


def choose_rows(table: PaperTable, numbers: Sequence[int]) -> list[Row]:
    """Choose rows by their numbers, in that order; all if none is chosen.

    Raises:
        UsageError: If there is no such row.
    """
    own = [row for row in table.rows if row.preset]
    rows = {
        number: Row(number, row.name.removeprefix(f"{number} "), _laid_over(row))
        for number, row in enumerate(own, 1)
    }
    if unknown := [str(number) for number in numbers if number not in rows]:
        there = ",".join(map(str, rows))
        raise UsageError(f"table{table.number} has no row {', '.join(unknown)}: choose of --rows {there}")
    return [rows[number] for number in numbers or rows]


def _laid_over(row: PaperRow) -> PaperRow:
    """The whole model as a preset that can be laid over any other; it has three rounds of exchange."""
    if row.preset != WHOLE_MODEL:
        return row
    return replace(row, preset=_WHOLE, settings=(_THREE_ROUNDS, *row.settings))


def read_numbers(text: str, option: str) -> tuple[int, ...]:
    """Read whole numbers with commas between, each given once.

    Raises:
        UsageError: If it is something else.
    """
    numbers = [int(part) for part in text.split(",") if part.strip().isdecimal()]
    if len(set(numbers)) != text.count(",") + 1:
        raise UsageError(f"{option} takes whole numbers, each once, not {text!r}: try {option} 1,2")
    return tuple(numbers)
