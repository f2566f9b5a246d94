"""Types of words in `refseg predict`: shown, forced, taken from parts of speech."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from little_tagger import write_little_tagger
from predicting import Predict, mask_at

from refseg_cli.engine.forced_types import load_tagger


@pytest.fixture
def tagger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    load_tagger.cache_clear()
    yield write_little_tagger(tmp_path / "home")
    load_tagger.cache_clear()


def types(record: dict[str, Any]) -> list[tuple[str, float]]:
    return [(word["type"], max(word["probabilities"].values())) for word in record["words"]]


def test_words_are_shown_once_a_sentence_below_the_first_files(predict: Predict, photo: Path) -> None:
    (photo.parent / "more").mkdir()
    for name in ("a.png", "b.png"):
        (photo.parent / "more" / name).write_bytes(photo.read_bytes())
    record = predict(photo, "the left dog", "--json").record()
    out = predict("more", "the left dog", "dog", "--no-overlay", "--show-words").out
    assert [line.split() for line in out[1:4]] == [
        [word["word"], word["type"] or "-", f"{max(word['probabilities'].values()):.2f}"]
        for word in record["words"]
    ]
    assert [line.startswith("  ") for line in out] == [False, True, True, True, False, True, False, False]
    assert predict(photo, "the left dog", "--force", "--no-overlay").out == [
        "refseg-out/photo--the-left-dog.mask.png"
    ]


def test_words_of_no_likeliest_type_are_shown_without_one(predict: Predict, photo: Path) -> None:
    out = predict(photo, "dog, left", "--show-words", "--word-types", "uniform", "--no-overlay").out
    assert out[1:] == ["  dog   -  0.25", "  ,     -  0.25", "  left  -  0.25"]


def test_a_word_is_forced_to_a_type_and_the_others_are_left_alone(predict: Predict, photo: Path) -> None:
    free = predict(photo, "left dog", "--json", "--force").record()
    record = predict(photo, "left dog", "--json", "--force", "--set-type", "Left=entity").record()
    assert (record["word_types"], record["set_types"]) == ("learned", {"left": "entity"})
    assert types(record)[0] == ("entity", 1.0)
    assert record["words"][1] == free["words"][1]
    assert record["rle"] != free["rle"] or record["score"] != free["score"]


def test_several_words_are_forced_also_over_random_types(predict: Predict, photo: Path) -> None:
    options = ("--set-type", "left=relation", "--set-type", "dog=unnecessary", "--word-types", "random")
    record = predict(photo, "left dog left", "--json", *options).record()
    assert types(record) == [("relation", 1.0), ("unnecessary", 1.0), ("relation", 1.0)]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("left=relations", "did you mean 'relation'?"),
        ("lift=relation", "did you mean 'left'?"),
        ("left", "takes word=type"),
    ],
)
def test_a_type_or_word_that_there_is_not_is_a_usage_error(
    setting: str, words: str, predict: Predict, photo: Path
) -> None:
    predict(photo, "left dog", "--set-type", setting).refused(2, words)
    assert not Path("refseg-out").exists()


@pytest.mark.usefixtures("no_network")
def test_an_explanation_is_of_learned_types(predict: Predict, photo: Path) -> None:
    done = predict(photo, "left dog", "--explain", "--set-type", "left=entity")
    done.refused(2, "leave out --set-type")


@pytest.mark.usefixtures("tagger")
def test_parts_of_speech_give_the_types_and_words_without_one_keep_theirs(
    predict: Predict, photo: Path
) -> None:
    free = predict(photo, "left the dog", "--json", "--force").record()
    record = predict(photo, "left the dog", "--json", "--force", "--word-types", "pos").record()
    assert record["word_types"] == "pos"
    assert (types(record)[0], types(record)[2]) == (("relation", 1.0), ("entity", 1.0))
    assert record["words"][1] == free["words"][1]


@pytest.mark.usefixtures("tagger")
def test_parts_of_speech_are_the_types_that_one_could_set_by_hand(predict: Predict, photo: Path) -> None:
    by_pos = predict(photo, "left dog", "--json", "--word-types", "pos").record()
    mask = mask_at(by_pos["mask"])
    told = ("--set-type", "left=relation", "--set-type", "dog=entity")
    by_hand = predict(photo, "left dog", "--json", "--force", *told).record()
    assert by_pos["words"] == by_hand["words"]
    np.testing.assert_array_equal(mask, mask_at(by_hand["mask"]))


@pytest.mark.usefixtures("no_network")
def test_without_a_pipeline_the_command_that_gets_it_is_told(
    predict: Predict, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "empty"))
    load_tagger.cache_clear()
    predict(photo, "left dog", "--word-types", "pos").refused(3, "refseg download spacy")
    assert not Path("refseg-out").exists()
