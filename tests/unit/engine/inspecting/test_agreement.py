from itertools import product
from math import log2

import numpy as np
import pytest

from refseg_cli.engine.inspecting.agreement import (
    Counts,
    chance_information,
    cohens_kappa,
    contingency,
    entropy,
    mutual_information,
)


def counts(*rows: list[int]) -> Counts:
    return np.array(rows, dtype=np.int64)


def brute_kappa(table: Counts) -> float:
    """κ pair by pair; by chance means every judgement of the one with every one of the other."""
    pairs = [(i, j) for i, j in np.ndindex(*table.shape) for _ in range(table[i, j])]
    agree = sum(i == j for i, j in pairs) / len(pairs)
    chance = sum(i == j for (i, _), (_, j) in product(pairs, pairs)) / len(pairs) ** 2
    return (agree - chance) / (1 - chance)


def brute_information(table: Counts) -> float:
    p = table / table.sum()
    return sum(
        p[i, j] * log2(p[i, j] / (p[i].sum() * p[:, j].sum())) for i, j in np.ndindex(*p.shape) if p[i, j]
    )


def test_kappa_of_a_table_computed_by_hand() -> None:
    # 50 judged twice: both yes 20, both no 15; p_o = 0.7, p_e = 0.5·0.6 + 0.5·0.4 = 0.5, so (0.7 − 0.5) / 0.5
    assert cohens_kappa(counts([20, 5], [10, 15])) == pytest.approx(0.4)


def test_kappa_is_one_where_all_agree_zero_at_chance_and_below_where_they_avoid_each_other() -> None:
    assert cohens_kappa(counts([3, 0], [0, 4])) == 1
    assert cohens_kappa(counts([4, 4], [2, 2])) == pytest.approx(0)
    assert cohens_kappa(counts([0, 5], [5, 0])) == pytest.approx(-1)


def test_kappa_of_nothing_or_of_one_word_for_all_is_not_defined() -> None:
    assert cohens_kappa(counts([0, 0], [0, 0])) is None
    assert cohens_kappa(counts([7, 0], [0, 0])) is None


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_information_equal_their_definitions_taken_literally(seed: int) -> None:
    table = np.random.default_rng(seed).integers(0, 6, (4, 4))
    assert cohens_kappa(table) == pytest.approx(brute_kappa(table))
    assert mutual_information(table) == pytest.approx(brute_information(table))
    assert mutual_information(table[:3]) == pytest.approx(brute_information(table[:3]))


def test_information_is_all_there_is_or_nothing() -> None:
    assert mutual_information(counts([2, 0], [0, 2])) == pytest.approx(1)
    assert mutual_information(counts([3, 6], [1, 2])) == pytest.approx(0)
    assert entropy(counts([1, 1, 1, 1])) == pytest.approx(2)
    assert entropy(counts([0, 0])) == 0


def test_unrelated_sortings_show_about_the_information_that_is_put_down_to_chance() -> None:
    rng = np.random.default_rng(0)
    shown = []
    for _ in range(200):
        table = np.zeros((5, 4), dtype=np.int64)
        np.add.at(table, (rng.integers(5, size=300), rng.integers(4, size=300)), 1)
        shown.append(mutual_information(table))
    assert np.mean(shown) == pytest.approx(chance_information(table), rel=0.15)
    assert chance_information(counts([0, 0])) == 0


def test_pairs_are_counted_by_name() -> None:
    table = contingency([("a", "x"), ("b", "y"), ("a", "x")], ["a", "b"], ["x", "y", "z"])
    assert table.tolist() == [[2, 0, 0], [0, 1, 0]]
