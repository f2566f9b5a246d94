"""What a run shows of itself on sentences that it does not train on."""

import json
import os
import pickle
import signal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tiny_training import CONFIG, write_tiny_training
from typer.testing import CliRunner

from refseg.models.checkpoint import load_checkpoint
from refseg.models.predictor import Predictor
from refseg_cli.app import app
from refseg_cli.data.mixture import DataConfig, SourceConfig
from refseg_cli.engine.validation import choose_validation

RUN = Path("runs/dogs/official")


@pytest.fixture
def dogs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Photo 1 to train on, photo 2 to validate on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "cache"))
    write_tiny_training(tmp_path)
    source = 'sources = [{ folder = "dogs", refs = "refs(unc).p", split = "val" }]\n'
    (tmp_path / "tiny.toml").write_text(CONFIG.replace(source, ""))
    refs = tmp_path / "dogs" / "refs(unc).p"
    references = pickle.loads(refs.read_bytes())
    for reference in references:
        reference["split"] = "train" if reference["image_id"] == 1 else "val"
    refs.write_bytes(pickle.dumps(references, 2))
    return tmp_path


def train(*arguments: str, code: int = 0) -> str:
    new = ["--dataset", "dogs", "--config", "tiny.toml", "--data", ".", "--device", "cpu"]
    new += ["--name", "official"]
    done = CliRunner().invoke(app, ["train", *([] if "--resume" in arguments else new), *arguments])
    assert done.exit_code == code, done.stderr
    return done.stderr


def lines(folder: Path = RUN) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("dogs")
def test_each_epoch_is_scored_drawn_and_labelled_with_its_subset() -> None:
    told = train("--set", "training.steps=3", "--set", "training.validate_every=2")
    scored = [line for line in lines() if "scores" in line]
    assert [line["step"] for line in scored] == [2, 3]
    label = "2 of 2 sentences of dogs val, by a hash of their photos"
    assert {line["subset"] for line in scored} == {label}
    assert label in told
    assert "best oIoU" in told.splitlines()[-3]
    assert sorted(path.name for path in (RUN / "overlays/step-3").iterdir()) == [
        "1-left-dog.jpg",
        "2-right-dog.jpg",
    ]
    with Image.open(RUN / "overlays/step-3/1-left-dog.jpg") as overlay:
        assert overlay.size == (60, 40)
    table = (RUN / "metrics.csv").read_text().splitlines()
    column = table[0].split(",").index("oIoU")
    assert [bool(row.split(",")[column]) for row in table[1:]] == ["scores" in line for line in lines()]


@pytest.mark.usefixtures("dogs")
def test_the_best_checkpoint_is_that_of_the_best_score() -> None:
    train("--set", "training.steps=6", "--set", "training.validate_every=1")
    scores = {line["step"]: line["scores"]["oIoU"] for line in lines() if "scores" in line}
    best = load_checkpoint(RUN / "checkpoints/best.safetensors").provenance
    assert scores[best["steps"]] == max(scores.values()) == best["validation"]["oIoU"]
    assert best["steps"] == min(step for step, score in scores.items() if score == max(scores.values()))


@pytest.mark.usefixtures("dogs")
def test_validation_changes_nothing_that_is_learned() -> None:
    train("--name", "with", "--set", "training.validate_every=1")
    train("--name", "without", "--set", "training.validation_samples=0")
    with_it, without = (
        load_checkpoint(f"runs/dogs/{name}/checkpoints/last.safetensors").segmenter.state_dict()
        for name in ("with", "without")
    )
    assert all((with_it[name] == without[name]).all() for name in without)
    assert not Path("runs/dogs/without/checkpoints/best.safetensors").exists()


@pytest.mark.usefixtures("dogs")
def test_a_validation_that_is_interrupted_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ("--set", "training.validate_every=2", "--set", "training.save_every=3")
    train(*settings, "--name", "whole")
    segment, asked = Predictor.segment_many, []

    def interrupted(self: Predictor, *arguments: Any, **options: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return segment(self, *arguments, **options)

    monkeypatch.setattr(Predictor, "segment_many", interrupted)
    assert "stopped after step 2" in train(*settings, code=130)
    train("--resume", str(RUN))
    told = [
        [(line["step"], line.get("losses"), line.get("scores")) for line in lines(folder)]
        for folder in (RUN, Path("runs/dogs/whole"))
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 4


@pytest.mark.usefixtures("dogs")
def test_a_split_val_that_cannot_be_read_costs_the_validation_only() -> None:
    refs = Path("dogs/refs(unc).p")
    references = [each for each in pickle.loads(refs.read_bytes()) if each["split"] == "train"]
    refs.write_bytes(pickle.dumps(references, 2))
    assert "without it there is no validation and no best checkpoint" in train()


def test_rows_of_one_s_own_that_are_marked_val_are_validated_on(dogs: Path) -> None:
    photo = next((dogs / "dogs" / "images").iterdir()).relative_to(dogs)
    row = {"image": str(photo), "text": "dog", "bbox": [1, 1, 9, 9]}
    (dogs / "mine.jsonl").write_text(f"{json.dumps(row)}\n{json.dumps(row | {'split': 'val'})}\n")
    data = DataConfig(sources=(SourceConfig(dataset="mine.jsonl"),))
    found = choose_validation(data, dogs, 5, "float32")
    assert found is not None
    assert [sample.sample_id for sample in found.samples] == ["mine/2"]
