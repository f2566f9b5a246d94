"""A table of the paper made again: which networks it needs, what is missing for them, and what they score."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from refseg.models.word_type_modes import WordTypes
from refseg_cli import console
from refseg_cli.data.datasets import find_dataset, read_samples
from refseg_cli.data.paper_tables import PaperTable
from refseg_cli.errors import DataError, RefsegError, UsageError

from .eval_settings import Settings
from .kept_levels import KeptLevels
from .reproduce_runs import FOLDER, Run, evaluate_run, plan_run, train_run
from .reproduce_tables import CLIPS, PHOTOS, Row, choose_rows, find_table, generated_dataset, is_of_videos
from .training_plan import TrainingRequest
from .word_vectors import read_word_vectors

_PRESETS: Final = {PHOTOS: "small", CLIPS: "small-video"}
_PRESET: Final = "official"
_TEST: Final = "test"


@dataclass(frozen=True)
class ReproduceRequest:
    """What was asked for.

    Attributes:
        table: Such as "table5".
        dataset: The generated one of the table, or one of those that it tells of.
        rows: Their numbers; empty for all.
        seeds: Each row is trained once with each.
        settings: `section.key=value` over the preset of every row.
        data: Data root.
        runs: Folder of all runs.
        device: Where networks run.
        quiet: Whether to say nothing but results.
    """

    table: str
    dataset: str
    rows: tuple[int, ...] = ()
    seeds: tuple[int, ...] = (0,)
    settings: tuple[str, ...] = ()
    data: Path = Path("data")
    runs: Path = Path("runs")
    device: str = "auto"
    quiet: bool = False


@dataclass(frozen=True)
class PlannedRow:
    """A row, and its run with each seed."""

    row: Row
    runs: Sequence[Run]


@dataclass(frozen=True)
class TablePlan:
    """All that a table needs.

    Attributes:
        request: What was asked for.
        table: What the paper prints.
        rows: In the order asked for.
    """

    request: ReproduceRequest
    table: PaperTable
    rows: Sequence[PlannedRow]

    @property
    def runs(self) -> list[Run]:
        """Each run once, though rows share them."""
        return list({run.path: run for planned in self.rows for run in planned.runs}.values())

    @property
    def is_generated(self) -> bool:
        """Whether it is made on a generated dataset, of which the paper does not tell."""
        return self.request.dataset in _PRESETS

    @property
    def metrics(self) -> list[str]:
        """What is told of a dataset of the paper: oIoU, and of videos all that the table has."""
        of_table = list(dict.fromkeys(column.metric for column in self.table.columns))
        return of_table if is_of_videos(self.table) else ["oIoU"]

    @property
    def splits(self) -> list[str]:
        """What is scored: of a dataset of the paper, the splits that the table has."""
        columns = [column for column in self.table.columns if column.dataset == self.request.dataset]
        return list(dict.fromkeys(column.split for column in columns)) or [_TEST]

    @property
    def markdown(self) -> Path:
        """Where the finished table is written."""
        asked = self.request
        parts = [asked.table]
        parts += ["-".join(["rows", *map(str, asked.rows)])] if asked.rows else []
        parts += ["-".join(["seeds", *map(str, asked.seeds)])] if asked.seeds != (0,) else []
        return asked.runs / asked.dataset / FOLDER / f"{'--'.join(parts)}.md"


@dataclass(frozen=True)
class RowResult:
    """What a row has come to.

    Attributes:
        planned: The row.
        figures: Each between 0 and 1, by what it is: one for each seed.
    """

    planned: PlannedRow
    figures: Mapping[str, Sequence[float]]


def plan_table(request: ReproduceRequest) -> TablePlan:
    """Decide what a table needs; nothing is read or written.

    Raises:
        UsageError: If there is no such table or row, a seed is given twice, or the paper's table does not
            tell of the dataset.
        DataError: If the table cannot be made here.
        ConfigError: If a setting is wrong.
    """
    table = find_table(request.table)
    datasets = list(dict.fromkeys([generated_dataset(table), *(column.dataset for column in table.columns)]))
    if request.dataset not in datasets:
        raise UsageError(
            f"{request.table} of the paper does not tell of {request.dataset}; "
            f"choose one: --dataset {'|'.join(datasets)}"
        )
    rows = [
        PlannedRow(row, [plan_run(_training(row, request), seed) for seed in request.seeds])
        for row in choose_rows(table, request.rows)
    ]
    return TablePlan(request, table, rows)


def _training(row: Row, request: ReproduceRequest) -> TrainingRequest:
    preset = _PRESETS.get(request.dataset, _PRESET)
    return TrainingRequest(
        dataset=request.dataset,
        preset=f"{preset},{row.paper.preset}",
        settings=(*row.paper.settings, *request.settings),
        data=request.data,
        runs=request.runs,
        device=request.device,
        quiet=request.quiet,
    )


def missing_parts(plan: TablePlan) -> list[str]:
    """What has to be there before anything can be trained: each a sentence that ends with how to get it."""
    return list(dict.fromkeys(_missing(plan)))


def _missing(plan: TablePlan) -> Iterator[str]:
    root = plan.runs[0].plan.root
    training = plan.runs[0].plan.config.data.sources[0].split
    for split in dict.fromkeys([training, *plan.splits]):
        try:
            read_samples(find_dataset(plan.request.dataset, root), split)
        except DataError as error:
            yield str(error)
    for glove in dict.fromkeys(run.plan.config.text.glove for run in plan.runs):
        yield from _missing_vectors(glove, root)


def _missing_vectors(glove: str, root: Path) -> Iterator[str]:
    if not glove or (root / glove).is_file():
        return
    try:
        read_word_vectors(glove, root, only=())
    except RefsegError as error:
        yield str(error)


def reproduce(plan: TablePlan) -> list[RowResult]:
    """Train and score what has not been yet, row after row.

    Raises:
        DataError: If something is missing, with all that is.
        UsageError: If a run with other settings is in the place of one of these.
        Interrupted: If it was asked to stop.
        RefsegError: What training and evaluation raise.
    """
    for run in plan.runs:
        run.steps_done()  # before any work: whether it is what is asked for
    if missing := missing_parts(plan):
        raise DataError("; ".join(missing))
    kept = KeptLevels()
    return [_result(plan, planned, kept) for planned in plan.rows]


def _result(plan: TablePlan, planned: PlannedRow, kept: KeptLevels) -> RowResult:
    console.say(f"{plan.request.table}, row {planned.row.number}: {planned.row.what}")
    by_seed = []
    for run in planned.runs:
        train_run(run, kept)
        by_seed.append(_figures(plan, planned.row, run))
    return RowResult(planned, {name: [figures[name] for figures in by_seed] for name in by_seed[0]})


def _figures(plan: TablePlan, row: Row, run: Run) -> dict[str, float]:
    """What a run scores, by what it is."""
    word_types = cast("WordTypes", row.paper.word_types)
    settings = Settings(word_types=word_types, seed=run.plan.config.training.seed)
    if plan.is_generated:
        return _of_scenes(evaluate_run(run, _TEST, settings))
    as_paper = replace(settings, protocol="cmpc", crf=bool(plan.table.crf))
    way = "cmpc, CRF" if plan.table.crf else "cmpc"
    figures = {}
    for split in plan.splits:
        report, like_paper = evaluate_run(run, split, settings), evaluate_run(run, split, as_paper)
        for metric in plan.metrics:
            figures[f"{metric} {split}"] = report["scores"][metric]
            figures[f"{metric} {split} ({way})"] = (like_paper["crf"] or like_paper)["scores"][metric]
    return figures


def _of_scenes(report: Mapping[str, Any]) -> dict[str, float]:
    """How well masks fit, and how often the named object is the one that they overlap best, also by group."""
    named = report["named_object"]
    return {
        "oIoU": report["scores"]["oIoU"],
        **{f"oIoU {kind}": group["scores"]["oIoU"] for kind, group in report["kinds"].items()},
        "right object": named["right"]["value"],
        **{f"right object {kind}": group["right"]["value"] for kind, group in named["kinds"].items()},
    }
