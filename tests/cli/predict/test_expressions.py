"""What `refseg predict` makes of expressions: none, blank, long, many, strange."""

import json
from pathlib import Path

import pytest
from predicting import MAX_WORDS, Predict, picture


def test_an_expression_given_twice_is_done_once(predict: Predict, photo: Path) -> None:
    assert len(predict(photo, "dog", "dog").out) == 2


def test_many_expressions_are_done_in_batches(predict: Predict, photo: Path) -> None:
    expressions = [f"dog {number}" for number in range(20)]
    done = predict(photo, *expressions, "--json", "--no-overlay")
    assert [json.loads(line)["expression"] for line in done.out] == expressions


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("blank", ["", "  ", "\t\n", "\u3000"])
def test_a_blank_expression_is_a_usage_error(blank: str, predict: Predict, photo: Path) -> None:
    predict(photo, "dog", blank).refused(2, "expression 2 is empty")


def test_no_expression_is_a_usage_error(predict: Predict, photo: Path) -> None:
    predict(photo).refused(2, "EXPRESSION")


@pytest.mark.usefixtures("no_network")
def test_an_image_for_an_expression_hints_at_the_pattern(predict: Predict, photo: Path) -> None:
    picture().save(photo.with_name("second.png"))
    predict("photo.png", "second.png", "dog").refused(2, 'quote the pattern: refseg predict "*.jpg"')


@pytest.mark.usefixtures("no_network", "photo")
def test_image_and_expression_the_wrong_way_round_are_noticed(predict: Predict) -> None:
    predict("the dog", "photo.png").refused(2, 'refseg predict photo.png "the dog"')


@pytest.mark.usefixtures("no_network")
def test_an_expression_that_is_no_text_is_a_usage_error(predict: Predict, photo: Path) -> None:
    predict(photo, "dog \udcff").refused(2, "not valid UTF-8")


def test_of_300_words_the_first_are_kept_and_the_loss_is_said_once(predict: Predict, photo: Path) -> None:
    picture().save(photo.with_name("second.png"))
    done = predict("*.png", "dog " * 300, "--json", "--quiet")
    assert done.code == 0
    for record in map(json.loads, done.out):
        assert (len(record["words"]), record["n_dropped"]) == (MAX_WORDS, 300 - MAX_WORDS)
    assert done.err.count("\n") == 1
    assert f"kept the first {MAX_WORDS} words and dropped {300 - MAX_WORDS}" in done.err


@pytest.mark.parametrize("expression", ["?!", ".", "🐕", "🐕 ❤️ 🐈", "左边的狗", "-- 'dog'"])
def test_punctuation_and_emoji_are_words(expression: str, predict: Predict, photo: Path) -> None:
    record = predict("--json", "--", photo, expression).record()
    assert record["expression"] == expression
    assert record["words"]
    assert Path(record["mask"]).name.isascii()
