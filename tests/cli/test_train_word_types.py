"""`refseg train --word-type-supervision`: what the types of words are nudged towards."""

import json
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from little_tagger import PARTS, write_little_tagger
from safetensors.torch import load_file
from tiny_training import Train, run_train, write_tiny_training

from refseg.models.checkpoint import load_checkpoint
from refseg_cli.data.parts_of_speech import Tagger

OPTION = "--word-type-supervision"
RUN = Path("runs", "mixture", "official")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def train(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.chdir(tmp_path)
    write_little_tagger(home)
    return partial(run_train, write_tiny_training(tmp_path))


def newest(run: Path) -> dict[str, torch.Tensor]:
    return load_file(max(run.glob("trainer/step-*.safetensors"), key=lambda path: path.stat().st_mtime_ns))


def losses(run: Path) -> list[dict[str, float]]:
    return [json.loads(line)["losses"] for line in run.joinpath("metrics.jsonl").read_text().splitlines()]


def settings(run: Path) -> tuple[str, float]:
    config: dict[str, Any] = tomllib.loads(run.joinpath("config.toml").read_text())
    return config["data"]["word_types"], config["loss"]["word_type_weight"]


def test_each_source_nudges_otherwise_and_the_run_and_its_checkpoint_tell_which(train: Train) -> None:
    first = {}
    for asked in ("pos:0.2", "lexicon:0.2"):
        name = asked.partition(":")[0]
        code, _, told = train(OPTION, asked, "--name", name)
        assert code == 0, told
        run = RUN.with_name(name)
        assert settings(run) == (name, 0.2)
        config = load_checkpoint(run / "checkpoints/last.safetensors").provenance["config"]
        assert (config["data"]["word_types"], config["loss"]["word_type_weight"]) == (name, 0.2)
        first[name] = losses(run)[0]["word_types"]
        assert ("tagging the words of 2 sentences with en_" in told) == (name == "pos")
    assert first["pos"] != first["lexicon"]


def test_no_supervision_asks_no_tagger(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tagger, "load", lambda *_: pytest.fail("a tagger was loaded"))
    for asked in ("none", "pos:0"):
        assert train(OPTION, asked, "--force")[0] == 0
        assert settings(RUN)[1] == 0
        assert "word_types" not in losses(RUN)[0]


def test_a_run_with_tagged_words_goes_on_as_if_it_had_never_stopped(train: Train) -> None:
    assert train(OPTION, "pos", "--name", "whole", "--set", "training.steps=8")[0] == 0
    assert train(OPTION, "pos", "--name", "cut")[0] == 0
    whole, cut = RUN.with_name("whole"), RUN.with_name("cut")
    config = cut / "config.toml"
    config.write_text(config.read_text().replace("steps = 4\n", "steps = 8\n"))
    assert "going on after step 4" in train("--resume", str(cut))[2]
    one, other = newest(whole), newest(cut)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert losses(cut) == losses(whole)


def test_a_pipeline_that_tags_otherwise_is_noticed(train: Train, home: Path) -> None:
    assert train(OPTION, "pos")[0] == 0
    write_little_tagger(home, {**PARTS, "left": "ADJ"})
    code, _, told = train("--resume", str(RUN))
    assert code == 3
    assert "the types of words (told by the data, or by spaCy) changed since the run started" in told


def test_a_missing_pipeline_is_told_before_anything_is_written(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "empty"))
    code, out, told = train(OPTION, "pos")
    assert (code, out) == (3, "")
    assert told.splitlines()[-1].endswith("refseg download spacy")
    assert not Path("runs").exists()


def test_gold_types_that_nobody_has_told_are_a_clear_error(train: Train) -> None:
    code, _, told = train(OPTION, "gold")
    assert code == 2
    assert "dogs does not tell the true types of words (dogs/" in told
    assert told.endswith("refseg train --word-type-supervision pos, or lexicon\n")
    assert not Path("runs").exists()


def test_a_wrong_source_is_a_usage_error_and_a_resumed_run_has_its_own(train: Train) -> None:
    assert "none, or one of lexicon, pos, gold" in train(OPTION, "spacy")[2]
    assert train(OPTION, "spacy")[0] == 2
    assert f"leave out {OPTION}" in train("--resume", str(RUN), OPTION, "pos")[2]
