from pathlib import Path

import pytest
from made_reports import write_evaluation, write_run

from refseg_cli.engine.reporting.runs import Run, read_runs
from refseg_cli.engine.reporting.scores import all_scores, beside_the_paper, breakdowns, what_runs_are
from refseg_cli.engine.reporting.tables import Figure
from refseg_cli.errors import DataError, UsageError

HITS = (90, 80, 70, 60)


def one(folder: Path, preset: str = "official", split: str = "val", **asked: object) -> Run:
    write_evaluation(write_run(folder, preset=preset) / "eval" / "a.json", HITS, split=split, **asked)
    return read_runs([folder])[0]


def test_a_run_tells_what_it_was_and_how_it_went(tmp_path: Path) -> None:
    (line,) = what_runs_are([one(tmp_path / "run")]).lines
    cells = line.cells
    assert (cells["preset"], cells["data"], cells["steps"], cells["loss"]) == (
        "official",
        "unc",
        "10 of 10",
        "0.1",
    )
    assert cells["best validation oIoU"] == Figure(25)


def test_scores_are_those_of_the_report_in_percent_with_a_warning_of_what_they_hide(tmp_path: Path) -> None:
    run = one(tmp_path / "run", crf=(100, 100, 100, 100))
    table = next(all_scores([run]))
    plain, refined = table.lines
    report = run.evaluations[0].report
    assert plain.cells["oIoU"] == Figure(75.0, tuple(100 * x for x in report["intervals"]["oIoU"]))
    assert (refined.what, refined.cells["mIoU"]) == ("with CRF", Figure(100, (100, 100)))
    assert any("contaminated" in note for note in table.notes)


def beside(run: Run) -> tuple[dict[str, dict[str, Figure]], tuple[str, ...]]:
    """The lines of the table beside the paper, by what they are, and its notes."""
    table = beside_the_paper([run])
    assert table is not None
    figures = {
        line.what: {head: cell for head, cell in line.cells.items() if isinstance(cell, Figure)}
        for line in table.lines
    }
    return figures, table.notes


def test_the_paper_stands_beside_with_the_difference_with_and_without_crf(tmp_path: Path) -> None:
    lines, _ = beside(one(tmp_path / "run", crf=(50, 50, 50, 50)))
    assert lines["paper, table 1: Ours"] == {"oIoU": Figure(62.47, digits=2)}
    assert (lines["ours"]["oIoU"].text(), lines["ours, with CRF"]["oIoU"].text()) == ("75.00", "50.00")
    assert lines["ours − paper"]["oIoU"].text() == "+12.53"
    assert lines["ours − paper, with CRF"]["oIoU"].text() == "-12.47"


def test_an_ablation_stands_beside_its_own_row_with_every_score_of_it(tmp_path: Path) -> None:
    lines, _ = beside(one(tmp_path / "run", preset="official,ablations/table5-row04"))
    printed = {head: figure.value for head, figure in lines["paper, table 5: 4 EP, RAR"].items()}
    assert (printed["oIoU"], printed["P@0.9"], len(printed)) == (55.38, 7.24, 6)
    assert list(lines["ours"]) == list(lines["ours − paper"])
    assert set(lines["ours"]) == set(printed)


def test_on_other_data_no_difference_is_told(tmp_path: Path) -> None:
    lines, notes = beside(one(tmp_path / "run", preset="official,ablations/table5-row04", split="testA"))
    assert list(lines) == ["paper, table 5: 4 EP, RAR, unc val is the paper's data", "ours"]
    assert "other data" in notes[-1]


def test_groups_have_tables_of_their_own(tmp_path: Path) -> None:
    run = one(tmp_path / "run")
    (table,) = breakdowns(run, run.evaluations[0])
    assert table.heading == "By kind: run, unc val"
    assert [(line.what, line.cells["sentences"]) for line in table.lines] == [
        ("colour", "2"),
        ("relation", "2"),
    ]


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / data / "official") for data in ("unc", "gref")]
    assert [run.name for run in read_runs(folders)] == ["unc/official", "gref/official"]


def test_a_line_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    with (folder / "metrics.jsonl").open("a") as lines:
        lines.write('{"step": 11, "los')
    assert read_runs([folder])[0].steps_done == 10


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the folder of a run"):
        read_runs([tmp_path])
    with pytest.raises(UsageError, match="no such run"):
        read_runs([tmp_path / "none"])
    with pytest.raises(UsageError, match="named twice"):
        read_runs([tmp_path, tmp_path / ".." / tmp_path.name])
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(DataError, match="holds no table"):
        read_runs([tmp_path / "a.json"])
    (tmp_path / "a.json").write_text('{"schema_version": 0}')
    with pytest.raises(DataError, match="no report"):
        read_runs([tmp_path / "a.json"])
