from collections.abc import Sequence
from pathlib import Path

import pytest
from made_reports import write_evaluation, write_run

from refseg_cli.engine.metrics import Overlap, paired_difference
from refseg_cli.engine.reporting.compare import comparison
from refseg_cli.engine.reporting.differences import RIGHT
from refseg_cli.engine.reporting.runs import read_runs
from refseg_cli.engine.reporting.seeds import over_seeds
from refseg_cli.engine.reporting.tables import Figure, Table
from refseg_cli.errors import DataError, UsageError

HIGH, LOW = (90, 80, 70, 60, 50, 40), (30, 20, 70, 10, 50, 0)


def run(folder: Path, hits: Sequence[int], seed: int = 0, **asked: object) -> Path:
    settings = asked.pop("settings", ())
    write_evaluation(write_run(folder, seed, settings=settings) / "eval" / "a.json", hits, **asked)
    return folder


def figures(table: Table, what: str) -> dict[str, Figure]:
    (line,) = (line for line in table.lines if line.what == what)
    return {name: cell for name, cell in line.cells.items() if isinstance(cell, Figure)}


def test_the_difference_is_that_of_the_evaluation_with_its_interval(tmp_path: Path) -> None:
    runs = read_runs([run(tmp_path / "high", HIGH), run(tmp_path / "low", LOW)])
    (table,) = comparison(runs)
    assert table.title == "high − low"
    sides = [[Overlap(f"unc/{n}", n // 2, hit, 100) for n, hit in enumerate(hits)] for hits in (HIGH, LOW)]
    for name, (value, low, high) in paired_difference(*sides).items():
        figure = figures(table, "all")[name]
        assert figure.value == pytest.approx(100 * value)
        assert figure.interval == pytest.approx((100 * low, 100 * high))
    assert figures(table, "all")["oIoU"].value == pytest.approx(35)


def test_each_kind_of_sentence_is_compared_and_the_object_that_is_meant(tmp_path: Path) -> None:
    runs = read_runs([run(tmp_path / "high", HIGH), run(tmp_path / "low", LOW)])
    (table,) = comparison(runs)
    assert figures(table, "kind: colour")["mIoU"].value == pytest.approx((90 + 70 + 50 - 30 - 70 - 50) / 3)
    assert figures(table, "kind: relation")["mIoU"].value == pytest.approx((80 + 60 + 40 - 20 - 10) / 3)
    right = figures(table, "all")[RIGHT]
    assert right.value == pytest.approx(100 * (5 - 2) / 6)
    assert right.interval is not None
    assert right.interval[0] <= right.value <= right.interval[1]


def test_where_all_photos_differ_alike_the_interval_of_the_meant_object_has_no_width(tmp_path: Path) -> None:
    (table,) = comparison(read_runs([run(tmp_path / "a", [90, 40] * 3), run(tmp_path / "b", [30, 40] * 3)]))
    right = figures(table, "all")[RIGHT]
    assert (right.value, right.interval) == (50, (50, 50))


def test_masks_after_a_crf_are_compared_where_both_have_them(tmp_path: Path) -> None:
    runs = read_runs([run(tmp_path / "high", HIGH, crf=LOW), run(tmp_path / "low", LOW, crf=HIGH)])
    (table,) = comparison(runs)
    assert figures(table, "with CRF")["oIoU"].value == pytest.approx(-35)


def test_a_run_compared_with_itself_differs_by_nothing(tmp_path: Path) -> None:
    (table,) = comparison(read_runs([run(tmp_path / "a", HIGH), run(tmp_path / "b", HIGH)]))
    assert {(f.value, f.interval) for f in figures(table, "all").values()} == {(0, (0, 0))}


def test_learned_and_random_types_of_one_checkpoint_are_compared_by_their_reports(tmp_path: Path) -> None:
    folder = run(tmp_path / "one", HIGH)
    write_evaluation(folder / "eval" / "b.json", LOW, word_types="random")
    runs = read_runs([folder / "eval" / "a.json", folder / "eval" / "b.json"])
    assert [each.name for each in runs] == ["one", "one, random word types"]
    (table,) = comparison(runs)
    assert "They were asked in two ways: as usual; random word types." in table.notes


def test_two_runs_are_compared_on_each_question_that_both_were_asked(tmp_path: Path) -> None:
    folders = [run(tmp_path / "high", HIGH), run(tmp_path / "low", LOW)]
    for folder in folders:
        write_evaluation(folder / "eval" / "c.json", HIGH, split="testA")
    write_evaluation(folders[0] / "eval" / "d.json", LOW, split="testB")
    assert [table.about for table in comparison(read_runs(folders))] == [("unc val",), ("unc testA",)]


def test_the_seeds_of_two_configurations_are_taken_together(tmp_path: Path) -> None:
    one = [run(tmp_path / f"one-seed{seed}", HIGH, seed) for seed in (0, 1)]
    other = [run(tmp_path / f"other{s}", LOW, s, settings=["head.graph_layers=2"]) for s in (0, 1)]
    table, by_seed = comparison(read_runs([*one[::-1], *other]))
    assert table.title == "one-seed{0,1} − other0 + other1"
    assert figures(table, "all")["oIoU"].value == pytest.approx(35)
    assert figures(table, "kind: colour")[RIGHT].value == pytest.approx(100 * (3 - 2) / 3)
    assert table.lines[0].cells["sentences"] == "6"
    assert "Means over seeds (0, 1 against 0, 1); the interval is over photos alone." in table.notes
    assert {figure.deviation for figure in figures(by_seed, "all").values()} == {0}
    with pytest.raises(UsageError, match="as many seeds of both, not 2 and 1"):
        comparison(read_runs([*one, other[0]]))


def test_with_several_seeds_the_difference_is_the_mean_of_each_seeds_own(tmp_path: Path) -> None:
    better = [run(tmp_path / f"a{s}", [40 + 20 * s, 50] * 3, s) for s in (0, 1, 2)]
    worse = [run(tmp_path / f"b{s}", [40, 50] * 3, s, settings=["head.graph_layers=2"]) for s in (0, 1, 2)]
    table, by_seed = comparison(read_runs([*better, *worse]))
    assert figures(table, "all")["oIoU"].value == pytest.approx(10)  # of 0, 10 and 20
    assert figures(table, "all")["oIoU"].interval == pytest.approx((10, 10))  # all photos alike
    figure = figures(by_seed, "kind: colour")["oIoU"]
    assert (figure.value, figure.deviation) == (pytest.approx(20), pytest.approx(20))
    assert figures(by_seed, "kind: relation")[RIGHT].deviation == 0


def test_two_ways_of_asking_the_seeds_of_one_configuration_are_compared_by_their_reports(
    tmp_path: Path,
) -> None:
    folders = [run(tmp_path / f"one-seed{seed}", HIGH, seed) for seed in (0, 1)]
    for folder in folders:
        write_evaluation(folder / "eval" / "b.json", LOW, word_types="random")
    reports = [folder / "eval" / f"{name}.json" for name in ("a", "b") for folder in folders]
    table, _ = comparison(read_runs(reports))
    assert table.title == "one-seed{0,1} − one-seed{0,1}, random word types"
    assert figures(table, "all")["oIoU"].value == pytest.approx(35)


def test_each_length_of_sentence_is_compared(tmp_path: Path) -> None:
    folders = [run(tmp_path / "high", HIGH), run(tmp_path / "low", LOW)]
    for folder in folders:
        path = folder / "eval" / "a.samples.jsonl"
        lines = path.read_text().splitlines()
        path.write_text(
            "\n".join([line.replace('"length": 6', '"length": 1') for line in lines[:2]] + lines[2:])
        )
    (table,) = comparison(read_runs(folders))
    assert figures(table, "length: 1-2")["mIoU"].value == pytest.approx((90 + 80 - 30 - 20) / 2)
    assert "length: 6+" in [line.what for line in table.lines]


def test_the_checkpoints_of_a_run_are_told_apart_and_never_taken_for_each_other(tmp_path: Path) -> None:
    folders = [run(tmp_path / "a", HIGH), run(tmp_path / "b", LOW)]
    path = write_evaluation(folders[0] / "eval" / "l.json", LOW)
    path.write_text(path.read_text().replace('"name": "best"', '"name": "last"'))
    for seed in (0, 1):
        write_evaluation(folders[0] / "eval" / f"r{seed}.json", LOW, word_types="random", seed=seed)
    first, _ = runs = read_runs(folders)
    assert [each.how for each in first.evaluations] == [
        "checkpoint best",
        "checkpoint last",
        "seed 0, random word types",
        "seed 1, random word types",
    ]
    with pytest.raises(UsageError, match="not asked the same"):
        comparison(runs)


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    one, other = run(tmp_path / "one", HIGH), run(tmp_path / "other", HIGH[:4])
    with pytest.raises(DataError, match="other sentences"):
        comparison(read_runs([one, other]))
    with pytest.raises(UsageError, match="two runs"):
        comparison(read_runs([one]))
    with pytest.raises(UsageError, match="not asked the same"):
        comparison(read_runs([one, write_run(tmp_path / "new")]))
    (other / "eval" / "a.samples.jsonl").unlink()
    with pytest.raises(DataError, match=r"a\.samples\.jsonl is missing"):
        comparison(read_runs([one, other]))


def test_seeds_are_shown_as_mean_and_deviation(tmp_path: Path) -> None:
    hits = ([50] * 4, [60] * 4, [70] * 4)
    folders = [run(tmp_path / f"seed{seed}", each, seed) for seed, each in enumerate(hits)]
    table = over_seeds(read_runs(folders))
    assert table is not None
    (line,) = table.lines
    figure = line.cells["oIoU"]
    assert isinstance(figure, Figure)
    assert (figure.value, figure.deviation) == (pytest.approx(60), pytest.approx(10))
    assert line.cells["seeds"] == "0, 1, 2"


def test_runs_that_differ_in_more_than_the_seed_are_no_seeds_of_one(tmp_path: Path) -> None:
    one = run(tmp_path / "one", HIGH, 0)
    other = run(tmp_path / "other", HIGH, 1, settings=["head.graph_layers=2"])
    assert over_seeds(read_runs([one, other])) is None
