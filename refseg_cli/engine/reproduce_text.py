"""A reproduced table as cells, as JSON and as Markdown: our figures beside the paper's."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from refseg_cli.data.paper_tables import Column
from refseg_cli.files import write_text

from .plan import make_folder
from .reproduce import PlannedRow, RowResult, TablePlan
from .reproduce_tables import CLIPS

Cells = tuple[list[str], list[list[str]]]
"""The heads of a table, and its rows."""

_ON_SCENES = (
    "oIoU in percent, and in percent of the sentences how often the mask overlaps the named object better "
    "than any other object of its scene (`right object`), on the split `test` and by kind of sentence. The "
    "paper's figures are of photos: what can be compared is the order of the rows. Here no row starts from "
    "GloVe, so rows that differ in it alone are one run."
)
_ON_CLIPS = (
    "oIoU in percent, and in percent of the sentences how often the mask overlaps the named object better "
    "than any other object (`right object`), on the middle frame of each clip of the split `test`, by kind "
    "of sentence too: `order-free` sentences say what the frames tell in any order, `order` ones what only "
    "their order does. The paper's figures are of A2D Sentences: what can be compared is the order of the "
    "rows. Here no row starts from GloVe."
)
_ON_PHOTOS = (
    "In percent: first logits resized to the photo or frame and thresholded once, then (`cmpc`) measured the "
    "way the authors do, which is what the paper's figures compare with."
)


def outlook_table(plan: TablePlan) -> Cells:
    """Tell of each run how far it is."""
    heads = ["row", "what", "run", "steps", "done"]
    first_rows: dict[Path, int] = {}
    cells = []
    for planned in plan.rows:
        for run in planned.runs:
            first = first_rows.setdefault(run.path, planned.row.number)
            state = f"as row {first}" if first != planned.row.number else f"{max(run.steps_done(), 0):,}"
            cells.append([*_named(planned), str(run.path), f"{run.steps:,}", state])
    return heads, cells


def outlook_document(plan: TablePlan, missing: Sequence[str]) -> dict[str, Any]:
    """The same in JSON's terms, with what is missing."""
    return {
        **_head(plan),
        "missing": list(missing),
        "steps_left": steps_left(plan),
        "rows": [
            {
                **_row(planned),
                "runs": [
                    {"path": str(run.path), "steps": run.steps, "done": max(run.steps_done(), 0)}
                    for run in planned.runs
                ],
            }
            for planned in plan.rows
        ],
    }


def steps_left(plan: TablePlan) -> int:
    """How many steps are to be made in all."""
    return sum(run.steps - max(run.steps_done(), 0) for run in plan.runs)


def result_table(plan: TablePlan, results: Sequence[RowResult]) -> Cells:
    """Our figures, with the deviation between seeds where there are several, and the paper's."""
    columns = paper_columns(plan)
    names = list(results[0].figures)
    heads = ["row", "what", *names, *map(_head_of, columns)]
    cells = []
    for result in results:
        ours = [_told(result.figures[name]) for name in names]
        paper = [f"{result.planned.row.paper.figures[column]:.2f}" for column in columns]
        cells.append([*_named(result.planned), *ours, *paper])
    return heads, cells


def _head_of(column: Column) -> str:
    metric = "" if column.metric == "oIoU" else f" {column.metric}"
    return f"paper, {column.dataset} {column.split}{metric}"


def paper_columns(plan: TablePlan) -> list[Column]:
    """Those of the dataset; beside generated scenes, the first of each dataset that the paper has."""
    if not plan.is_generated:
        of_dataset = (column for column in plan.table.columns if column.dataset == plan.request.dataset)
        return [column for column in of_dataset if column.metric in plan.metrics]
    columns = [column for column in plan.table.columns if column.metric == "oIoU"]
    return list({column.dataset: column for column in reversed(columns)}.values())[::-1]


def result_document(plan: TablePlan, results: Sequence[RowResult]) -> dict[str, Any]:
    """All that came out, in JSON's terms; scores are between 0 and 1."""
    return {
        **_head(plan),
        "rows": [
            {
                **_row(result.planned),
                "figures": {name: _statistics(values) for name, values in result.figures.items()},
                "runs": [str(run.path) for run in result.planned.runs],
            }
            for result in results
        ],
        "file": str(plan.markdown),
    }


def write_markdown(plan: TablePlan, results: Sequence[RowResult]) -> None:
    """Write the table beside its runs.

    Raises:
        DataError: If it cannot be written.
    """
    heads, cells = result_table(plan, results)
    asked = plan.request
    lines = [
        f"# Table {plan.table.number} on {asked.dataset}: {plan.table.title}",
        "",
        _meaning(plan),
        *([f"Of the paper's table: {plan.table.note}"] if plan.table.note else []),
        _trained(plan),
        "",
        _line(heads),
        _line(["---"] * len(heads)),
        *map(_line, cells),
        "",
        *(f"- row {result.planned.row.number}: {_runs(result)}" for result in results),
    ]
    make_folder(plan.markdown.parent)
    write_text(plan.markdown, "\n".join(lines) + "\n")


def _meaning(plan: TablePlan) -> str:
    if not plan.is_generated:
        return _ON_PHOTOS
    return _ON_CLIPS if plan.request.dataset == CLIPS else _ON_SCENES


def _trained(plan: TablePlan) -> str:
    asked = plan.request
    steps = ", ".join(f"{steps:,}" for steps in sorted({run.steps for run in plan.runs}))
    seeds = ", ".join(map(str, asked.seeds))
    told = f"Each network was trained for {steps} steps with seed {seeds}"
    told += "; ± is the deviation between seeds." if len(asked.seeds) > 1 else "."
    if any(planned.row.paper.word_types == "random" for planned in plan.rows):
        told += " Random word types are drawn with the seed of the network."
    settings = ", ".join(f"`{setting}`" for setting in asked.settings)
    return f"{told} Settings: {settings}." if settings else told


def _head(plan: TablePlan) -> dict[str, Any]:
    asked = plan.request
    return {
        "table": asked.table,
        "title": plan.table.title,
        "dataset": asked.dataset,
        "splits": plan.splits,
        "seeds": list(asked.seeds),
        "settings": list(asked.settings),
    }


def _row(planned: PlannedRow) -> dict[str, Any]:
    figures = planned.row.paper.figures
    paper = {
        f"{dataset} {split} {metric}": round(figure / 100, 4)
        for (dataset, split, metric), figure in figures.items()
    }
    return {
        "row": planned.row.number,
        "what": planned.row.what,
        "word_types": planned.row.paper.word_types,
        "paper": paper,
    }


def _named(planned: PlannedRow) -> list[str]:
    return [str(planned.row.number), planned.row.what]


def _statistics(values: Sequence[float]) -> dict[str, Any]:
    deviation = stdev(values) if len(values) > 1 else None
    return {"mean": fmean(values), "deviation": deviation, "by_seed": list(values)}


def _told(values: Sequence[float]) -> str:
    mean = f"{100 * fmean(values):.2f}"
    return f"{mean} ± {100 * stdev(values):.2f}" if len(values) > 1 else mean


def _runs(result: RowResult) -> str:
    return ", ".join(f"`{run.path.name}`" for run in result.planned.runs)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
