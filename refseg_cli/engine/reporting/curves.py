"""Curves of a training: its losses, its learning rate and its validations, as pictures of lines."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from refseg_cli.errors import DataError, UsageError
from refseg_cli.files import written_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Record = Mapping[str, Any]
Panel = tuple[str, Callable[["Axes", Sequence[Record]], None]]

FORMATS = (".svg", ".png")
_PANEL = (5.0, 3.2)  # inches
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",  # letters stay letters: small, and they can be searched
    "svg.hashsalt": "refseg",  # the same curves give the same file
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "font.size": 9.0,
}
_DECLARATIONS = re.compile(r"^.*?(?=<svg)|\sxmlns(:\w+)?=\"[^\"]*\"|<metadata>.*?</metadata>", re.DOTALL)


def curves(records: Sequence[Record]) -> list[str]:
    """Draw what there is to draw.

    Args:
        records: The lines of `metrics.jsonl`.

    Returns:
        An SVG element for each, to stand in a page, without the address of anything.
    """
    return [
        _DECLARATIONS.sub("", _drawn([panel], records, "svg").decode("utf-8")) for panel in _panels(records)
    ]


def write_curves(records: Sequence[Record], path: Path) -> None:
    """Draw all side by side into one file.

    Args:
        records: The lines of `metrics.jsonl`.
        path: Ends in one of `FORMATS`.

    Raises:
        UsageError: If it ends otherwise.
        DataError: If there is nothing to draw, or the file cannot be written.
    """
    if path.suffix not in FORMATS:
        raise UsageError(f"--curve writes {' or '.join(FORMATS)}, not {path.name}")
    panels = list(_panels(records))
    if not panels:
        raise DataError("training has told nothing yet, so there is no curve: refseg train --resume RUN")
    with written_whole(path) as stream:
        stream.write(_drawn(panels, records, path.suffix[1:]))


def _drawn(panels: Sequence[Panel], records: Sequence[Record], kind: str) -> bytes:
    """The file of a picture with panels side by side."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    stream, width = io.BytesIO(), len(panels) * _PANEL[0]
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type")) if kind == "svg" else None
    with rc_context(_STYLE):
        figure = Figure((width, _PANEL[1]), layout="constrained")
        places = figure.subplots(1, len(panels), squeeze=False)[0]
        for place, (title, draw) in zip(places, panels, strict=True):
            draw(place, records)
            place.set_title(title)
        figure.savefig(stream, format=kind, dpi=150, metadata=metadata)
    return stream.getvalue()


def _panels(records: Sequence[Record]) -> Iterator[Panel]:
    if any("losses" in record for record in records):
        yield "Loss", _draw_losses
        yield "Learning rate", _draw_rate
    if any("scores" in record for record in records):
        yield "Validation", _draw_scores


def _draw_losses(axes: "Axes", records: Sequence[Record]) -> None:
    told = [record for record in records if "losses" in record]
    for name in told[0]["losses"]:
        values = [record["losses"].get(name, float("nan")) for record in told]
        _line(axes, told, values, name, 2.0 if name == "total" else 1.0)
    axes.set_yscale("log")
    _labelled(axes, "loss")


def _draw_rate(axes: "Axes", records: Sequence[Record]) -> None:
    told = [record for record in records if "learning_rate" in record]
    _line(axes, told, [record["learning_rate"] for record in told], "", 2.0)
    axes.set_ylim(bottom=0)
    _labelled(axes, "learning rate")


def _draw_scores(axes: "Axes", records: Sequence[Record]) -> None:
    told = [record for record in records if "scores" in record]
    for name in told[0]["scores"]:
        _line(
            axes,
            told,
            [100 * record["scores"][name] for record in told],
            name,
            2.0 if name == "oIoU" else 1.0,
        )
    axes.set_ylim(0, 100)
    _labelled(axes, "%")


def _line(axes: "Axes", told: Sequence[Record], values: Sequence[float], name: str, width: float) -> None:
    steps = [record["step"] for record in told]
    marker = "." if len(steps) < 30 else ""
    axes.plot(steps, values, label=name.replace("$", r"\$"), linewidth=width, marker=marker)


def _labelled(axes: "Axes", height: str) -> None:
    axes.set_xlabel("step")
    axes.set_ylabel(height)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
