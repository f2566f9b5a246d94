"""Splits an expression into words, in one way for every encoder: "word t" means the same everywhere."""

import re
from typing import NamedTuple

from .errors import ExpressionEmpty

_RUNS = re.compile(r"\w+|\W+", re.ASCII)


class Word(NamedTuple):
    """A word in lower case and where it stands in the expression: characters `start` to `end`."""

    text: str
    start: int
    end: int


def split_words(expression: str) -> list[Word]:
    """Split an expression into runs of letters and digits and runs of anything else.

    A run of punctuation is a word of its own and keeps its blanks (", "); runs of blanks are dropped, and so
    is a final "." unless it is all there is.

    Reference: the authors' `text_processing.tokenize_sentence`, where `\\W` is ASCII, as in Python 2;
        differs: an expression of a single "." keeps it, where the authors' code fails.

    Raises:
        ExpressionEmpty: if there is nothing but blanks.
    """
    start, end = len(expression) - len(expression.lstrip()), len(expression.rstrip())
    runs = [match for match in _RUNS.finditer(expression, start, max(start, end)) if match.group().strip()]
    words = [Word(match.group().lower(), match.start(), match.end()) for match in runs]
    if not words:
        raise ExpressionEmpty('the expression is empty: give some words, for example "man on the left"')
    if len(words) > 1 and words[-1].text == ".":
        words.pop()
    return words
