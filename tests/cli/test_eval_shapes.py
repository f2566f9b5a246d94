"""`refseg eval` on the generated benchmark, where the report also tells which object each mask goes for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_checkpoint import write_tiny_checkpoint
from typer.testing import CliRunner

from refseg_cli.app import app
from refseg_cli.data.shapes import reader

Evaluate = Callable[..., tuple[str, dict[str, Any]]]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Run `refseg eval --checkpoint tiny.safetensors --dataset shapes …`: its table, and its report."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))  # whose index holds all scenes elsewhere
    monkeypatch.setattr(reader, "SCENES", 4)
    write_tiny_checkpoint(Path("tiny.safetensors"))

    def run(*arguments: str) -> tuple[str, dict[str, Any]]:
        words = ["eval", "-c", "tiny.safetensors", "--dataset", "shapes", "--force", *arguments]
        result = CliRunner().invoke(app, words, catch_exceptions=False)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout, json.loads(Path(result.stdout.splitlines()[-1]).read_text())

    return run


def block(out: str) -> list[str]:
    """The lines from "Which object?" to the next empty one."""
    lines = out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Which object?"))
    return lines[start : lines.index("", start)]


def test_the_report_tells_which_objects_the_masks_go_for(evaluate: Evaluate) -> None:
    out, report = evaluate("--split", "test")
    named = report["named_object"]
    assert list(named["kinds"]) == ["attribute", "location", "relation"]
    for group in (named, *named["kinds"].values()):
        low, high = group["right"]["interval"]
        assert 0 <= low <= group["right"]["value"] <= high <= 1
        assert 0 < group["chance"] <= 1
        assert group["ratio"] == group["oIoU"] / group["oracle_oIoU"]
    assert named["oIoU"] == report["scores"]["oIoU"]
    assert named["n_expressions"] == 12
    assert [line.split()[0] for line in block(out)[2:]] == ["all", "attribute", "location", "relation"]
    assert block(out)[2].split()[2] == f"{100 * named['right']['value']:.1f}"


def test_each_sample_says_whether_it_is_right(evaluate: Evaluate) -> None:
    _, report = evaluate("--split", "test")
    (path,) = Path("eval").glob("*.samples.jsonl")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert {type(record["named_object"]) for record in records} == {bool}
    n_right = sum(record["named_object"] for record in records)
    assert n_right / len(records) == report["named_object"]["right"]["value"]


@pytest.mark.parametrize(("split", "groups"), [("test-relation", 1), ("test-unseen", 3)])
def test_the_other_splits_are_scored_alike(evaluate: Evaluate, split: str, groups: int) -> None:
    out, report = evaluate("--split", split)
    assert len(report["named_object"]["kinds"]) == groups
    assert len(block(out)) == 3 + (groups if groups > 1 else 0)
