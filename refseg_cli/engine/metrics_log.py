"""The record of a run, in several forms: a line for each time that losses are told, and each validation."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from refseg_cli.errors import MissingExtra
from refseg_cli.files import write_text

Record = Mapping[str, Any]
_FIRST = ("step",)
_LAST = ("learning_rate", "samples_per_second", "memory_gib", "seconds")


class MetricsLog:
    """Writes `metrics.jsonl`, `metrics.csv` and, where it is asked for, events for TensorBoard.

    Args:
        folder: of the run.
        terms: names of the losses' terms.
        scores: names of the validation's scores.
        n_lines: that are there already and stay, counted in `metrics.jsonl`; later ones are cut off.
        tensorboard: also write events.

    Raises:
        MissingExtra: if TensorBoard is asked for and not installed.
        OSError, DataError: if a file cannot be written.
    """

    def __init__(
        self, folder: Path, terms: Sequence[str], scores: Sequence[str], n_lines: int, tensorboard: bool
    ) -> None:
        self.n_lines = n_lines
        self._lines, self._table = folder / "metrics.jsonl", folder / "metrics.csv"
        self._columns = [*_FIRST, *terms, *scores, *_LAST]
        text = self._lines.read_text(encoding="utf-8") if n_lines else ""
        kept = text.splitlines()[:n_lines]
        write_text(self._lines, "".join(f"{line}\n" for line in kept))
        rows = [self._row(json.loads(line)) for line in kept]
        write_text(self._table, ",".join(self._columns) + "\n" + "".join(rows))
        last = json.loads(kept[-1])["step"] if kept else 0
        # events after the last line that stays are taken back
        self._events = (
            find_tensorboard()(str(folder / "tensorboard"), purge_step=last + 1) if tensorboard else None
        )

    def write(self, record: Record) -> None:
        """Add a line. It has left this process when this returns."""
        with self._lines.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record) + "\n")
        with self._table.open("a", encoding="utf-8") as table:
            table.write(self._row(record))
        self.n_lines += 1
        if self._events is not None:
            for name, value in _flat(record).items():
                if isinstance(value, float):
                    self._events.add_scalar(name, value, record["step"])
            self._events.flush()

    def _row(self, record: Record) -> str:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, self._columns, extrasaction="ignore", lineterminator="\n")
        writer.writerow(_flat(record))
        return stream.getvalue()


def _flat(record: Record) -> dict[str, Any]:
    """The values of a record and of the tables in it, by their own names."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        flat |= value if isinstance(value, Mapping) else {name: value}
    return flat


def find_tensorboard() -> Any:
    """What writes events for TensorBoard: a class.

    Raises:
        MissingExtra: if it is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise MissingExtra(
            "training.tensorboard needs a package more: pip install 'refseg[tensorboard]'"
        ) from None
    return SummaryWriter
