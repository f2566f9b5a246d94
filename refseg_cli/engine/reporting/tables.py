"""A table as it is shown on a page, in a terminal, in Markdown and as CSV."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number in percent.

    Attributes:
        value: In percent.
        interval: The 95 % interval in percent.
        deviation: From seed to seed, in points.
        signed: Whether it is a difference, whose sign is said.
        digits: After the point.
    """

    value: float
    interval: tuple[float, float] | None = None
    deviation: float | None = None
    signed: bool = False
    digits: int = 1

    def text(self) -> str:
        """The number."""
        return self._written(self.value)

    def spread(self) -> str:
        """How sure it is; empty where nothing is known of that."""
        if self.interval is not None:
            low, high = map(self._written, self.interval)
            return f"{low} – {high}"
        return "" if self.deviation is None else f"± {self.deviation:.{self.digits}f}"

    def _written(self, number: float) -> str:
        return f"{number:{'+' if self.signed else ''}.{self.digits}f}"


Cell = str | Figure


@dataclass(frozen=True)
class Line:
    """One line: what it is of, and a cell under each head; those it has none for stay empty.

    Attributes:
        run: Which run.
        data: What it was evaluated on.
        what: What else there is to tell it from other lines.
        cells: By head.
    """

    run: str
    data: str
    what: str
    cells: Mapping[str, Cell]

    @property
    def labels(self) -> tuple[str, str, str]:
        """What it is of."""
        return self.run, self.data, self.what


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        title: What it shows.
        lines: From top to bottom.
        notes: What one has to know to read it, a sentence each.
        about: Labels that all lines share, which the heading says once.
    """

    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    about: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The title, and what the table is about."""
        about = ", ".join(filter(None, self.about))
        return f"{self.title}: {about}" if about else self.title

    @property
    def heads(self) -> list[str]:
        """Of the cells, in the order in which the lines first have them."""
        return list(dict.fromkeys(head for line in self.lines for head in line.cells))

    @property
    def labels(self) -> list[int]:
        """Which of the three labels say anything that the heading does not."""
        said = {"", *self.about}
        return [number for number in range(3) if {line.labels[number] for line in self.lines} - said]


LABELS = ("run", "on", "")


def percent(scores: Mapping[str, float], intervals: Mapping[str, tuple[float, float]]) -> dict[str, Figure]:
    """Figures from scores and their intervals between 0 and 1."""
    return {
        name: Figure(100 * value, (100 * intervals[name][0], 100 * intervals[name][1]))
        for name, value in scores.items()
    }
