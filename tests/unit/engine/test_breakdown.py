"""Samples are sorted into groups that people can tell apart."""

from pathlib import Path

import pytest

from refseg_cli.data.samples import Sample
from refseg_cli.engine.breakdown import (
    breakdown,
    length_group,
    n_words,
    relation_group,
    size_group,
    types_group,
)
from refseg_cli.engine.measure import Measured
from refseg_cli.engine.metrics import Overlap


def sample(expression: str, number: int = 0, dataset: str = "unc", category: int = 18) -> Sample:
    return Sample(str(number), 1, Path("1.jpg"), expression, {}, 4, 4, category, dataset=dataset)


def measured(area: int = 9, word_types: tuple[str, ...] = ("entity",)) -> Measured:
    return Measured(Overlap("0", 1, 1, 2), None, area, 1.0, word_types, 0)


@pytest.mark.parametrize(
    ("dataset", "groups"),
    [
        ("unc", ["1-2", "1-2", "3", "4-5", "4-5", "6+", "6+"]),
        ("gref", ["1-5", "1-5", "1-5", "1-5", "1-5", "6-7", "11+"]),
        ("referit", ["1", "2", "3-4", "3-4", "5+", "5+", "5+"]),
    ],
)
def test_lengths_are_grouped_as_in_the_papers_on_the_dataset(dataset: str, groups: list[str]) -> None:
    lengths = (1, 2, 3, 4, 5, 6, 21)
    assert [length_group(length, dataset) for length in lengths] == groups


def test_punctuation_is_no_word() -> None:
    assert n_words("dog, left!") == 2
    assert length_group(n_words("?"), "unc") == "1-2"


@pytest.mark.parametrize(
    ("area", "group"),
    [(0, "0"), (1, "1 to 32²"), (1023, "1 to 32²"), (1024, "32² to 96²"), (9216, "96² and more")],
)
def test_sizes_are_those_of_coco(area: int, group: str) -> None:
    assert size_group(area) == group


def test_unnecessary_words_do_not_make_a_group() -> None:
    assert types_group(("unnecessary", "relation", "entity", "entity")) == "entity + relation"
    assert types_group(("unnecessary",)) == "none"


@pytest.mark.parametrize(
    ("expression", "group"),
    [("left dog", "none"), ("dog behind the car", "some"), ("left of the dog", "some"), ("dog", "none")],
)
def test_a_word_that_relates_two_things_is_found(expression: str, group: str) -> None:
    assert relation_group(expression) == group


def test_each_sample_is_in_one_group_of_each_kind() -> None:
    samples = [sample("dog", 0), sample("dog behind the car", 1, category=3), sample("dog", 2, category=-1)]
    found = breakdown(samples, [measured(), measured(0, ("relation",)), measured(10**4)], {18: "dog"})
    assert found == {
        "length": {"1-2": [0, 2], "4-5": [1]},
        "size": {"0": [1], "1 to 32²": [0], "96² and more": [2]},
        "word types": {"entity": [0, 2], "relation": [1]},
        "relation words": {"none": [0, 2], "some": [1]},
        "category": {"-1": [2], "3": [1], "dog": [0]},
    }


def test_groups_stand_in_the_order_of_their_numbers() -> None:
    samples = [sample("dog " * length, dataset="gref") for length in (12, 9, 6, 1)]
    found = breakdown(samples, [measured() for _ in samples], {})
    assert list(found["length"]) == ["1-5", "6-7", "8-10", "11+"]


def test_masks_of_other_tools_have_no_word_types() -> None:
    assert "word types" not in breakdown([sample("dog")], [measured(word_types=())], {})
