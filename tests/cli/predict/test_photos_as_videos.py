"""`refseg predict` on photos with a checkpoint for videos, which knows five types of words."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from little_tagger import write_little_tagger
from PIL import Image
from predicting import Done, Predict, picture
from tiny_checkpoint import write_tiny_video_checkpoint

from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS
from refseg_cli.engine.forced_types import load_tagger

NOTE = "video.safetensors is a checkpoint for videos: it takes a photo for a video in which nothing moves\n"


@pytest.fixture(scope="session")
def video_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_video_checkpoint(tmp_path_factory.mktemp("checkpoint") / "video.safetensors")


@pytest.fixture
def ask(predict: Predict, video_checkpoint: Path) -> Predict:
    Path("video.safetensors").symlink_to(video_checkpoint)

    def run(*arguments: str | Path) -> Done:
        return predict(*arguments, "--checkpoint", "video.safetensors", "--force")

    return run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    load_tagger.cache_clear()
    yield tmp_path / "home"
    load_tagger.cache_clear()


def test_it_is_said_once_that_nothing_moves_in_them(ask: Predict, photo: Path) -> None:
    picture(20, 30).save(photo.with_name("second.png"))
    assert ask("*.png", "dog", "--no-overlay").err == NOTE
    assert ask(photo, "dog", "--quiet").err == ""


def test_without_the_stage_for_actions_one_frame_is_all_that_it_sees(predict: Predict, photo: Path) -> None:
    write_tiny_video_checkpoint(Path("still.safetensors"), action_reasoning=False)
    assert predict(photo, "dog", "--checkpoint", "still.safetensors").err == ""


def test_words_may_be_actions(ask: Predict, photo: Path) -> None:
    record = ask(photo, "dog jumping", "--json", "--set-type", "jumping=action").record()
    jumping = record["words"][1]
    assert (jumping["type"], jumping["probabilities"]["action"]) == ("action", 1)
    told = ask(photo, "dog jumping", "--set-type", "jumping=action", "--show-words").out
    assert told[-1].split() == ["jumping", "action", "1.00"]


def test_verbs_are_expected_to_be_actions(ask: Predict, photo: Path, home: Path) -> None:
    write_little_tagger(home)
    record = ask(photo, "holding dog", "--json", "--word-types", "pos").record()
    assert [word["type"] for word in record["words"]] == ["action", "entity"]


def test_the_explanation_has_the_fifth_type(ask: Predict, predict: Predict, photo: Path) -> None:
    def n_of_actions(done: Done) -> int:
        with Image.open(done.out[0]) as drawn:
            assert drawn.width == 1680
            return int((np.asarray(drawn) == WORD_TYPE_COLOURS["action"]).all(axis=-1).sum())

    assert n_of_actions(ask(photo, "left dog", "--explain")) > 500
    assert n_of_actions(predict(photo, "left dog", "--explain", "--force")) == 0
