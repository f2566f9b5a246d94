"""The work behind `refseg report`: read runs, gather what there is of them, and write it in every form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from PIL import Image

from refseg_cli import console
from refseg_cli.errors import RefsegError, UsageError
from refseg_cli.files import refuse_to_replace, write_text

from .compare import comparison
from .curves import curves, write_curves
from .drawings import drawings
from .examples import examples
from .page import Answers, Section, page
from .runs import Evaluation, Run, read_runs
from .scores import all_scores, beside_the_paper, breakdowns, what_runs_are
from .seeds import over_seeds
from .tables import Table
from .text import comma_separated, markdown, terminal

_LONGEST = 480  # pixels of a picture of the validation


@dataclass(frozen=True)
class ReportRequest:
    """What was typed.

    Attributes:
        runs: Folders of runs and reports of `refseg eval`.
        compare: Whether to tell what sets them apart.
        out: The page; None for the usual place.
        curve: Where to draw the curves of the one run instead.
        data: Folder under which named datasets lie; None for that of the training.
        force: Whether to overwrite.
    """

    runs: Sequence[Path]
    compare: bool = False
    out: Path | None = None
    curve: Path | None = None
    data: Path | None = None
    force: bool = False

    def page(self) -> Path:
        """Where the page goes: into the folder of a run that is alone.

        Raises:
            UsageError: If it has another ending than .html.
        """
        if self.out is not None and self.out.suffix != ".html":
            raise UsageError(f"--out names the page, which ends in .html: {self.out.with_suffix('.html')}")
        alone = len(self.runs) == 1 and self.runs[0].is_dir()
        return self.out or (self.runs[0] if alone else Path()) / "report.html"


def make_report(request: ReportRequest) -> str:
    """Write the report as a page, as Markdown and as CSV, or the curves alone.

    Args:
        request: What was typed.

    Returns:
        What the command is to print: the tables, and the files that were written.

    Raises:
        UsageError: If a path is no run, runs cannot be compared, or a file is there already.
        DataError: If a file is broken or cannot be written.
    """
    if request.curve is not None:
        return _curve(request, request.curve)
    path = request.page()
    files = [path, path.with_suffix(".md"), path.with_suffix(".csv")]
    for file in files:
        refuse_to_replace(file, request.force)
    runs = read_runs(request.runs)
    compared = comparison(runs) if request.compare else []
    tables = [*compared, *_common(runs)]
    sections = [_section(run, request.data) for run in runs]
    every = [*tables, *(table for section in sections for table in section.tables)]
    title = "Report on " + ", ".join(run.name for run in runs)
    write_text(files[0], page(title, tables, sections))
    write_text(files[1], markdown(title, every))
    write_text(files[2], comma_separated(every))
    for section in sections:
        for sentence in section.sentences:
            console.say(f"{section.title}: {sentence}")
    return "\n\n".join([terminal(tables), "\n".join(map(str, files))])


def _curve(request: ReportRequest, path: Path) -> str:
    if len(request.runs) != 1:
        raise UsageError("--curve draws one run: name one")
    refuse_to_replace(path, request.force)
    write_curves(read_runs(request.runs)[0].records, path)
    return str(path)


def _common(runs: Sequence[Run]) -> list[Table]:
    """The tables with all runs in them."""
    found = [what_runs_are(runs), *all_scores(runs), beside_the_paper(runs), over_seeds(runs)]
    return [table for table in found if table is not None]


def _section(run: Run, data: Path | None) -> Section:
    config = "" if run.folder is None else (run.folder / "config.toml").read_text(encoding="utf-8")
    return Section(
        title=run.name,
        sentences=tuple(_missing(run)),
        curves=curves(run.records),
        validation=list(_last_validation(run)),
        answers=[_answers(run, evaluation, data) for evaluation in run.evaluations],
        tables=[table for evaluation in run.evaluations for table in breakdowns(run, evaluation)],
        config=config,
    )


def _missing(run: Run) -> Iterator[str]:
    """What could be there and is not, each with the command that makes it."""
    if run.folder is None:
        return
    resume = f"refseg train --resume {quote(str(run.folder))}"
    steps = run.config["training"]["steps"]
    if run.steps_done < steps:
        yield f"Training has told of step {run.steps_done:,} of {steps:,}; to go on: {resume}"
    if not any("scores" in record for record in run.records):
        yield (
            "There is no validation in its curves: it comes every training.validate_every steps where the "
            "dataset has a split val; see refseg config show."
        )
    if not run.checkpoints:
        yield f"No checkpoint has been saved, so nothing can be evaluated; to go on: {resume}"
    elif not run.evaluations:
        yield f"It has not been evaluated; to do so: {_evaluate(run, run.checkpoints[0], run.folder)}"


def _evaluate(run: Run, checkpoint: Path, folder: Path) -> str:
    sources = run.config["data"]["sources"]
    dataset = sources[0]["dataset"] or sources[0]["folder"] if len(sources) == 1 else "NAME"
    return (
        f"refseg eval --checkpoint {quote(str(checkpoint))} --dataset {quote(dataset)} --split val "
        f"--out {quote(str(folder / 'eval'))}"
    )


def _last_validation(run: Run) -> Iterator[tuple[str, Image.Image]]:
    """The pictures that training has drawn last, each with its sentence as far as its name has it."""
    folders = [] if run.folder is None else list((run.folder / "overlays").glob("step-*"))
    if not folders:
        return
    last = max(folders, key=lambda folder: int(folder.name.removeprefix("step-")))
    for path in sorted(last.glob("*.jpg")):
        with Image.open(path) as picture:
            picture.thumbnail((_LONGEST, _LONGEST))
            yield path.stem.partition("-")[2].replace("-", " "), picture.copy()


def _answers(run: Run, evaluation: Evaluation, data: Path | None) -> Answers:
    title = ", ".join(filter(None, (evaluation.data, evaluation.how)))
    records = evaluation.samples()
    if not records:
        samples = evaluation.path.with_suffix(".samples.jsonl")
        return Answers(title, sentences=(f"{samples} is missing; refseg eval --force writes it again.",))
    chosen = examples(records)
    try:
        drawn = drawings(run, evaluation, [example.sample_id for example in chosen], data)
    except RefsegError as error:
        return Answers(title, chosen, sentences=(f"There are no pictures of them: {error}.",))
    return Answers(title, chosen, drawn)
