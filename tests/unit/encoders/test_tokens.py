"""Word splitting as the authors' code does it, and where each word stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseg.encoders.errors import ExpressionEmpty
from refseg.encoders.tokens import split_words


def texts(expression: str) -> list[str]:
    return [word.text for word in split_words(expression)]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("man on the left", ["man", "on", "the", "left"]),
        ("Man in RED", ["man", "in", "red"]),
        ("man, left", ["man", ", ", "left"]),  # punctuation keeps its blank, so it is rarely a known word
        ("man left.", ["man", "left"]),
        ("man left .", ["man", "left", " ."]),  # not exactly "."
        ("man left..", ["man", "left", ".."]),
        ("man left!", ["man", "left", "!"]),
        ("the man's hat", ["the", "man", "'", "s", "hat"]),
        ("t-shirt #2", ["t", "-", "shirt", " #", "2"]),
        ("snake_case", ["snake_case"]),
        ("café", ["caf", "é"]),  # letters are those of ASCII
        ("черный кот", ["черный кот"]),
        ("dog 🐕", ["dog", " 🐕"]),
        ("🐕🐈", ["🐕🐈"]),
        ("?!", ["?!"]),
        (".", ["."]),
        (". .", [". ."]),
        ("  man \t left\n", ["man", "left"]),
        (". man", [". ", "man"]),
    ],
)
def test_words_are_those_of_the_official_splitter(expression: str, words: list[str]) -> None:
    assert texts(expression) == words


@pytest.mark.parametrize("expression", ["", " ", "\t\n", "\u00a0", "\u2003 "])
def test_an_expression_of_blanks_is_refused_with_an_example(expression: str) -> None:
    with pytest.raises(ExpressionEmpty, match=r"the expression is empty.*man on the left") as caught:
        split_words(expression)
    assert caught.value.exit_code == 2


@given(st.text(max_size=40))
def test_each_word_points_to_its_place(expression: str) -> None:
    if not expression.strip():
        return
    words = split_words(expression)
    assert words
    end = 0
    for word in words:
        assert word.text.strip()
        assert expression[word.start : word.end].lower() == word.text
        assert expression[end : word.start].strip() == ""
        end = word.end
    assert expression[end:].strip() in ("", ".")


def test_three_hundred_words_are_three_hundred_words() -> None:
    assert len(split_words("dog " * 300)) == 300
