"""The published counts are what the sources say, and say who says so."""

import pytest

from refseg_cli.data.datasets import DATASET_NAMES
from refseg_cli.data.look.published import published_counts


@pytest.mark.parametrize("name", DATASET_NAMES)
def test_every_count_has_a_source_and_is_of_something_that_we_count(name: str) -> None:
    for row in published_counts(name):
        assert row.what in {"expressions", "references", "pictures"}
        assert row.source
        assert all(count > 0 for count in row.counts.values())


def test_a_dataset_of_ones_own_has_none() -> None:
    assert published_counts("mine") == []


@pytest.mark.parametrize(("name", "total"), [("unc", 142210), ("unc+", 141564), ("gref-umd", 95010)])
def test_the_splits_add_up_to_what_is_known_of_the_whole(name: str, total: int) -> None:
    splits = next(
        row.counts for row in published_counts(name) if row.what == "expressions" and "val" in row.counts
    )
    assert sum(splits.values()) == total


def test_sources_may_differ_and_each_is_kept() -> None:
    said = {row.source: row.counts for row in published_counts("unc") if row.what == "expressions"}
    assert {"all": 142209} in said.values()
    assert len(said) == 2
