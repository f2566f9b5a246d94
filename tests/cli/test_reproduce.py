"""`refseg reproduce`: tables of the paper, in seconds: a few scenes, tiny widths, three steps a row."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from refseg_cli.app import app
from refseg_cli.data import datasets
from refseg_cli.data.shapes import reader
from refseg_cli.data.shapes.reader import ShapesReader
from refseg_cli.engine.train import Trainer

STEPS = 3
TINY = (
    # one by one, the first would not fit those of the preset
    "head={visual_width=16,multimodal_width=16,level_width=12,word_type_width=8,grid=[4,4],score_bias=0}",
    "text.encoder={embedding_width=8,width=16,trained_embeddings=true}",
    *("preprocess.size=64", "loss.target_grid=16", "data.images_per_step=2", "training.validation_samples=0"),
    *("training.save_every=1", f"training.steps={STEPS}"),
)
ROW2, ROW4 = "runs/shapes/reproduce/c5-ep-seed0", "runs/shapes/reproduce/c5-ep-rar-seed0"

Reproduce = Callable[..., tuple[int, str, str]]


@pytest.fixture
def reproduce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reproduce:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))  # whose index holds all scenes elsewhere
    monkeypatch.setattr(reader, "SCENES", 2)
    monkeypatch.setitem(datasets._NAMED, "shapes", lambda _: ShapesReader(4))

    def run(*arguments: str) -> tuple[int, str, str]:
        settings = [word for setting in TINY for word in ("--set", setting)]
        words = ["reproduce", *arguments, *settings, "--device", "cpu"]
        result = CliRunner().invoke(app, words, catch_exceptions=False)
        return result.exit_code, result.stdout, result.stderr

    return run


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of each step that is made, in all runs."""
    made: list[int] = []
    before = Trainer.step

    def step(self: Trainer, batches: Any) -> None:
        before(self, batches)
        made.append(self.done)

    monkeypatch.setattr(Trainer, "step", step)
    return made


def cells(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines() if "\t" in line]


def test_rows_are_trained_and_scored_once_and_stand_beside_the_papers(
    reproduce: Reproduce, steps: list[int]
) -> None:
    code, out, err = reproduce("table5", "--dataset", "shapes", "--rows", "4,2")
    assert code == 0, err
    heads, *rows = cells(out)
    assert heads[:3] == ["row", "what", "oIoU"]
    assert {"oIoU relation", "right object", "right object attribute", "paper, unc val"} <= set(heads)
    assert [(row[0], row[1], row[-1]) for row in rows] == [("4", "EP, RAR", "55.38"), ("2", "EP", "49.06")]
    path = Path(out.splitlines()[-1])
    assert path == Path("runs/shapes/reproduce/table5--rows-4-2.md")
    assert f"| {' | '.join(rows[0])} |" in path.read_text()
    assert len(steps) == 2 * STEPS
    again = reproduce("table5", "--dataset", "shapes", "--rows", "4,2")
    assert again[:2] == (0, out)
    assert len(steps) == 2 * STEPS
    assert "scoring" not in again[2]


def test_what_was_interrupted_goes_on_when_it_is_typed_again(
    reproduce: Reproduce, steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Trainer.step

    def stop_in_the_second_row(self: Trainer, batches: Any) -> None:
        counted(self, batches)
        if len(steps) == STEPS + 1:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Trainer, "step", stop_in_the_second_row)
    code, out, err = reproduce("table5", "--dataset", "shapes", "--rows", "2,4")
    assert (code, out) == (130, "")
    assert err.splitlines()[-1].endswith(
        f"stopped in {ROW4}, everything is saved; to go on, type the same again"
    )
    done = [
        row[-1] for row in cells(reproduce("table5", "--dataset", "shapes", "--rows", "2,4", "--dry-run")[1])
    ]
    assert done == ["done", str(STEPS), "1"]
    first = Path(ROW2, "checkpoints/last.safetensors").stat()
    code, out, err = reproduce("table5", "--dataset", "shapes", "--rows", "2,4")
    assert (code, len(cells(out))) == (0, 3), err
    assert steps == [1, 2, 3, 1, 2, 3]
    assert Path(ROW2, "checkpoints/last.safetensors").stat() == first
    assert f"going on with {ROW4}" in err


def test_rows_of_other_tables_that_are_the_same_network_share_its_run(
    reproduce: Reproduce, steps: list[int]
) -> None:
    first = reproduce("table5", "--dataset", "shapes", "--rows", "2", "--json")
    second = reproduce("table10", "--dataset", "shapes", "--rows", "1", "--json")
    documents = [json.loads(out) for _, out, _ in (first, second)]
    assert len(steps) == STEPS
    rows = [document["rows"][0] for document in documents]
    assert rows[0]["figures"] == rows[1]["figures"]
    assert rows[0]["runs"] == rows[1]["runs"] == [ROW2]
    assert rows[1]["paper"] == {"unc val oIoU": 0.4906, "gref val oIoU": 0.365}


def test_several_seeds_give_a_mean_and_a_deviation(reproduce: Reproduce, steps: list[int]) -> None:
    words = ("table10", "--dataset", "shapes", "--rows", "1", "--seeds", "0,3")
    code, out, _ = reproduce(*words, "--json")
    assert (code, len(steps)) == (0, 2 * STEPS)
    row = json.loads(out)["rows"][0]
    assert row["runs"] == [ROW2, ROW2.replace("seed0", "seed3")]
    first, second = row["figures"]["oIoU"]["by_seed"]
    assert row["figures"]["oIoU"]["mean"] == pytest.approx((first + second) / 2)
    assert row["figures"]["oIoU"]["deviation"] == pytest.approx(abs(first - second) / 2**0.5)
    table = reproduce(*words)[1]
    assert " ± " in cells(table)[1][2]
    assert table.splitlines()[-1] == "runs/shapes/reproduce/table10--rows-1--seeds-0-3.md"


def test_random_word_types_are_asked_of_the_same_network(reproduce: Reproduce, steps: list[int]) -> None:
    code, out, _ = reproduce("table11", "--dataset", "shapes", "--json")
    assert (code, len(steps)) == (0, STEPS)
    random, learned = json.loads(out)["rows"]
    assert random["runs"] == learned["runs"] == ["runs/shapes/reproduce/c3c4c5-ep-rar-tgfe3-clstm-cmf-seed0"]
    reports = Path(random["runs"][0], "eval").glob("*original*.json")
    settings = [json.loads(path.read_text())["settings"] for path in reports]
    assert sorted(each["word_types"] for each in settings) == ["learned", "random"]


def test_a_run_with_other_settings_is_not_taken_for_the_same(reproduce: Reproduce, steps: list[int]) -> None:
    words = ("table5", "--dataset", "shapes", "--rows", "2")
    assert reproduce(*words)[0] == 0
    for dry in ((), ("--dry-run",)):
        code, out, err = reproduce(*words, *dry, "--set", "optimizer.learning_rate=1")
        assert (code, out) == (2, "")
        assert "was trained with optimizer.learning_rate 0.001" in err
    assert len(steps) == STEPS


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("table2", "--dataset", "shapes"), 3, "refseg train --dataset a2d"),
        (("table6", "--dataset", "shapes"), 2, "--dataset shapes-motion|a2d"),
        (("table12", "--dataset", "shapes"), 2, "the paper has no table12"),
        (("table5", "--dataset", "gref"), 2, "--dataset shapes|unc"),
        (("table5", "--dataset", "shapes", "--rows", "4,16"), 2, "has no row 16"),
        (("table5", "--dataset", "shapes", "--rows", "4,4"), 2, "--rows takes whole numbers"),
        (("table5", "--dataset", "shapes", "--seeds", "one"), 2, "--seeds takes whole numbers"),
        (("table5", "--dataset", "unc"), 3, "refseg download unc"),
        (("table5", "--dataset", "unc"), 3, "refseg download glove"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    reproduce: Reproduce, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = reproduce(*arguments)
    assert done[:2] == (code, "")
    assert told in done[2].splitlines()[-1]


def test_a_dry_run_lists_the_runs_and_what_is_missing_and_leaves_nothing(reproduce: Reproduce) -> None:
    code, out, err = reproduce("table10", "--dataset", "gref", "--dry-run")
    assert code == 0
    assert [row[2] for row in cells(out)[1:]] == [
        f"runs/gref/reproduce/c5-ep{graph}-seed0" for graph in ("", "-rar", "-rar2", "-rar3")
    ]
    assert "missing: gref: " in out
    assert "refseg download gref" in out
    assert f"{4 * STEPS} steps are left to train" in err
    document = json.loads(reproduce("table10", "--dataset", "gref", "--dry-run", "--json")[1])
    assert (document["steps_left"], len(document["missing"])) == (4 * STEPS, 1)
    assert not Path("runs").exists()
