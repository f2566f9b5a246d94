"""Histograms of text."""

from refseg_cli.data.look.bars import bars


def test_the_longest_bar_is_full_and_what_is_there_is_seen() -> None:
    lines = bars("words", [("1", 1000), ("2–3", 500), ("4", 1), ("5", 0)])
    assert lines[0] == "words"
    assert [line.count("#") for line in lines[1:]] == [40, 20, 1, 0]
    assert lines[1].split()[:3] == ["1", "1,000", "66.6%"]


def test_labels_and_counts_stand_below_each_other() -> None:
    lines = bars("words", [("1", 1000), ("2–3", 5)])[1:]
    assert lines[0].index("%") == lines[1].index("%")


def test_nothing_to_count_is_no_error() -> None:
    assert bars("words", []) == ["words"]
    assert bars("words", [("1", 0)])[1].split() == ["1", "0", "0.0%"]
