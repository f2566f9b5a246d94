"""What every encoder gives is checked when it is made."""

import dataclasses

import pytest
import torch
from heads import make_text

from refseg.encoders.base import TextFeatures, kept_words, pad_words
from refseg.encoders.tokens import split_words


def test_features_know_how_many_expressions_they_hold() -> None:
    assert len(make_text([3, 1])) == 2


def test_features_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_text([1]).tokens = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("is_word", torch.ones(2, 4, dtype=torch.bool), r"\(B, T\) = \(2, 3\) but is_word is \(2, 4\)"),
        ("is_word", torch.ones(1, 3, dtype=torch.bool), r"\(B, T\) = \(2, 3\) but is_word is \(1, 3\)"),
        ("sentence", torch.zeros(2, 9), r"\(B, C_l\) = \(2, 10\) but sentence is \(2, 9\)"),
        ("sentence", torch.zeros(3, 10), r"\(B, C_l\) = \(2, 10\) but sentence is \(3, 10\)"),
        ("tokens", (("a",),), "B = 2 but there are 1 lists of tokens"),
        ("spans", (((0, 1),),), "B = 2"),
        ("n_dropped", (0, 0, 0), "B = 2"),
    ],
)
def test_shapes_that_disagree_are_refused(field: str, value: object, message: str) -> None:
    features: TextFeatures = make_text([3, 2])
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(features, **{field: value})


def test_words_are_padded_on_the_right() -> None:
    ids, is_word = pad_words([[5], [6, 7, 8]], torch.device("cpu"))
    assert ids.tolist() == [[5, 0, 0], [6, 7, 8]]
    assert is_word.tolist() == [[True, False, False], [True, True, True]]


def test_no_expressions_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="no expressions to encode"):
        pad_words([], torch.device("cpu"))


def test_words_beyond_the_limit_are_counted() -> None:
    kept = kept_words([split_words("one two three"), split_words("one")], limit=2)
    assert kept == {
        "tokens": (("one", "two"), ("one",)),
        "spans": (((0, 3), (4, 7)), ((0, 3),)),
        "n_dropped": (1, 0),
    }
