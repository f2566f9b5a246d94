import sys
from pathlib import Path

import pytest

from refseg_cli.engine.metrics_log import MetricsLog
from refseg_cli.errors import MissingExtra

TRAINED = {"step": 2, "losses": {"total": 0.5}, "learning_rate": 1e-3, "seconds": 1.0}
SCORED = {"step": 2, "scores": {"oIoU": 0.25}, "subset": "2 of 9 sentences, by a hash"}


def log(folder: Path, n_lines: int = 0, tensorboard: bool = False) -> MetricsLog:
    return MetricsLog(folder, ["total"], ["oIoU"], n_lines, tensorboard)


def test_a_line_goes_into_both_files_at_once(tmp_path: Path) -> None:
    metrics = log(tmp_path)
    metrics.write(TRAINED)
    metrics.write(SCORED)
    assert (tmp_path / "metrics.csv").read_text().splitlines() == [
        "step,total,oIoU,learning_rate,samples_per_second,memory_gib,seconds",
        "2,0.5,,0.001,,,1.0",
        "2,,0.25,,,,",
    ]
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == metrics.n_lines == 2


def test_lines_after_a_saved_state_are_cut_off_half_lines_too(tmp_path: Path) -> None:
    metrics = log(tmp_path)
    metrics.write(TRAINED)
    before = [(tmp_path / f"metrics.{kind}").read_text() for kind in ("jsonl", "csv")]
    metrics.write(SCORED)
    with (tmp_path / "metrics.jsonl").open("a") as lines:
        lines.write('{"step": 4, "los')
    assert log(tmp_path, n_lines=1).n_lines == 1
    assert [(tmp_path / f"metrics.{kind}").read_text() for kind in ("jsonl", "csv")] == before


def test_without_its_package_tensorboard_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtra, match=r"pip install 'refseg\[tensorboard\]'"):
        log(tmp_path, tensorboard=True)


def test_tensorboard_gets_losses_and_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, float, int]] = []

    class SummaryWriter:
        def __init__(self, folder: str, purge_step: int) -> None:
            written.append((folder, 0.0, purge_step))

        def add_scalar(self, name: str, value: float, step: int) -> None:
            written.append((name, value, step))

        def flush(self) -> None:
            pass

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", type(sys)("tensorboard"))
    monkeypatch.setattr(sys.modules["torch.utils.tensorboard"], "SummaryWriter", SummaryWriter, raising=False)
    metrics = log(tmp_path, tensorboard=True)
    metrics.write(TRAINED)
    metrics.write(SCORED)
    assert written[0] == (str(tmp_path / "tensorboard"), 0.0, 1)
    assert ("total", 0.5, 2) in written
    assert ("oIoU", 0.25, 2) in written
    log(tmp_path, n_lines=2, tensorboard=True)
    assert written[-1][2] == 3  # what a killed run wrote after step 2 is taken back
