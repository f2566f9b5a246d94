"""Types of words by parts of speech in `refseg eval`: whatever is asked together, and as predict has them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask as coco_mask
import pytest
from little_tagger import write_little_tagger
from predicting import mask_at
from refer_folders import write_refer_folder
from tiny_checkpoint import write_tiny_checkpoint
from typer.testing import CliRunner

from refseg_cli.app import app
from refseg_cli.data.readers.refer import read_refer
from refseg_cli.engine.forced_types import load_tagger

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Refseg = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refseg]:
    """Run refseg on a tiny checkpoint and a tiny dataset, with a pipeline at hand: what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    write_little_tagger(tmp_path / "home")
    write_refer_folder(Path("dogs"))
    write_tiny_checkpoint(Path("tiny.safetensors"))
    load_tagger.cache_clear()

    def run(*arguments: str | Path, code: int = 0) -> str:
        result = CliRunner().invoke(app, [*map(str, arguments), "-c", "tiny.safetensors"])
        assert result.exit_code == code, (result.stderr, result.exception)
        return result.stderr if code else result.stdout

    yield run
    load_tagger.cache_clear()


def evaluated(run: Refseg, out: str, *options: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    run("eval", "--dataset", "dogs", "--save-masks", "--out", out, *options)
    (report,) = Path(out).glob("*original*.json")
    lines = report.with_suffix(".samples.jsonl").read_text().splitlines()
    return json.loads(report.read_text()), [json.loads(line) for line in lines]


def test_the_batch_changes_no_type(run: Refseg) -> None:
    alone = evaluated(run, "1", "--word-types", "pos")
    together = evaluated(run, "2", "--word-types", "pos", "--batch-size", "2")
    assert [record["word_types"] for record in alone[1]] == [record["word_types"] for record in together[1]]
    assert {tuple(record["word_types"]) for record in alone[1]} == {
        ("relation", "entity"),  # "left dog": spaCy takes "left" for a verb
        ("attribute", "entity"),
    }
    for one, other in zip(alone[1], together[1], strict=True):
        assert abs(one["intersection"] - other["intersection"]) <= 1


def test_the_report_tells_types_and_tagger_and_has_a_name_of_its_own(run: Refseg) -> None:
    report, _ = evaluated(run, "pos", "--word-types", "pos")
    assert report["settings"]["word_types"] == "pos"
    assert report["settings"]["tagger"].startswith("en_")
    assert len(list(Path("pos").glob("*-original--pos.json"))) == 1
    learned, _ = evaluated(run, "learned")
    assert "tagger" not in learned["settings"]


@pytest.mark.parametrize("mode", ["pos", "random"])
def test_predict_finds_what_eval_scores(run: Refseg, mode: str) -> None:
    evaluated(run, "eval", "--word-types", mode)
    (kept,) = Path("eval").glob("*.masks.jsonl")
    masks = {line["id"]: line["rle"] for line in map(json.loads, kept.read_text().splitlines())}
    for sample in read_refer(Path("dogs"), "refs(unc).p", "val"):
        told = run("predict", sample.image_path, sample.expression, "--json", "--force", "--word-types", mode)
        mask = mask_at(json.loads(told)["mask"])
        np.testing.assert_array_equal(coco_mask.decode(masks[sample.sample_id]).astype(bool), mask)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_without_a_pipeline_nothing_is_scored(
    run: Refseg, processes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "empty"))
    told = run("eval", "--dataset", "dogs", "--word-types", "pos", "--nproc", processes, code=3)
    assert told.splitlines()[-1].endswith("refseg download spacy")
    assert not Path("eval").exists()
