"""The figures that the paper prints in its tables 1 to 11, each under its dataset, split and metric."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

WHOLE_MODEL = "paper"
"""The preset of rows in which nothing is left out."""


class Column(NamedTuple):
    """What a figure is of."""

    dataset: str
    split: str
    metric: str


@dataclass(frozen=True)
class PaperRow:
    """One row of a table.

    Attributes:
        table: The number of its table.
        name: As the paper has it, or as near as words come to its ticks.
        figures: In percent; what the paper leaves out is not there.
        ours: Whether it is the authors' own model.
        preset: What trains it here: `WHOLE_MODEL`, or a preset of `ablations/` laid over a whole one. Empty
            where nothing does.
        settings: Over the preset, as `--set` has them.
        word_types: Where the types of words come from while it is evaluated.
    """

    table: int
    name: str
    figures: Mapping[Column, float]
    ours: bool = False
    preset: str = ""
    settings: tuple[str, ...] = ()
    word_types: str = "learned"


@dataclass(frozen=True)
class PaperTable:
    """One table.

    Attributes:
        number: 1 to 11.
        title: In our words.
        columns: In the paper's order.
        rows: In the paper's order.
        crf: Whether masks were refined by a DenseCRF; None where the paper does not say.
        note: What one has to know to compare, in sentences.
    """

    number: int
    title: str
    columns: tuple[Column, ...]
    rows: tuple[PaperRow, ...]
    crf: bool | None = None
    note: str = ""


@cache
def paper_tables() -> Mapping[int, PaperTable]:
    """All tables by their numbers."""
    text = files(__package__).joinpath("paper_tables.toml").read_text(encoding="utf-8")
    return {table["number"]: _table(table) for table in tomllib.loads(text)["table"]}


def find_row(layers: Iterable[str], settings: Iterable[str], word_types: str = "learned") -> PaperRow | None:
    """Find the row that a run is to be compared with.

    Args:
        layers: The presets that the run laid over each other.
        settings: The values that it set besides.
        word_types: Where the types of words came from while it was evaluated.

    Returns:
        The row of its ablation, else that of the whole model; None where the paper has no such row.
    """
    ablations = {layer for layer in layers if layer.startswith("ablations/")} or {WHOLE_MODEL}
    set_besides = set(settings)
    fitting = [
        row
        for table in paper_tables().values()
        for row in table.rows
        if row.preset in ablations and row.word_types == word_types and set(row.settings) <= set_besides
    ]
    return max(fitting, key=lambda row: len(row.settings), default=None)


def _table(table: Mapping[str, Any]) -> PaperTable:
    places = [place.split() for place in table["on"]]
    columns = tuple(
        Column(dataset, split, metric) for dataset, split in places for metric in table["metrics"]
    )
    rows = tuple(_row(table["number"], columns, row) for row in table["rows"])
    return PaperTable(table["number"], table["title"], columns, rows, table.get("crf"), table.get("note", ""))


def _row(number: int, columns: tuple[Column, ...], row: Mapping[str, Any]) -> PaperRow:
    printed = zip(columns, row["figures"], strict=True)
    return PaperRow(
        table=number,
        name=row["name"],
        figures={column: figure for column, figure in printed if figure != "-"},
        ours=row.get("ours", False),
        preset=row.get("preset", ""),
        settings=tuple(row.get("settings", ())),
        word_types=row.get("word_types", "learned"),
    )
