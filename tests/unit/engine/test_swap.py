import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from refer_folders import DOGS, HEIGHT, SIDES, WIDTH, write_refer_folder

from refseg_cli.data.readers.refer import read_instances
from refseg_cli.data.samples import Sample
from refseg_cli.data.swap_pairs import SwapPair, swap_pairs
from refseg_cli.engine.answers import Answer, Answered
from refseg_cli.engine.protocols import Mask
from refseg_cli.engine.swap import (
    SwapResult,
    always_leftmost,
    category_only,
    judge,
    swap_scores,
    swap_scores_by_kind,
    swap_test,
)
from refseg_cli.errors import DataError

EMPTY = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)


@pytest.fixture
def pairs(tmp_path: Path) -> list[SwapPair]:
    folder = write_refer_folder(tmp_path / "tiny")
    return swap_pairs(read_instances(folder / "instances.json"), folder / "images")


def dog(image_id: int, side: int) -> Mask:
    left, top, width, height = DOGS[image_id][side]
    mask = EMPTY.copy()
    mask[top : top + height, left : left + width] = True
    return mask


def answer_by(choose: Callable[[Sample], Mask]) -> Answer:
    return lambda samples: [Answered(choose(sample)) for sample in samples]


def test_there_are_a_pair_of_sides_and_a_pair_of_sizes_in_each_photo(pairs: list[SwapPair]) -> None:
    assert [(pair.image_id, pair.kind) for pair in pairs] == [
        (1, "left-right"),
        (1, "size"),
        (2, "left-right"),
        (2, "size"),
    ]


def test_a_pair_counts_only_when_both_masks_are_nearer_to_the_thing_named(pairs: list[SwapPair]) -> None:
    left, right = dog(1, 0), dog(1, 1)
    assert judge(pairs[0], (left, right)).right == (True, True)
    assert judge(pairs[0], (left, left)).right == (True, False)
    assert judge(pairs[0], (right, left)).right == (False, False)


def test_a_mask_of_both_or_of_neither_names_nothing(pairs: list[SwapPair]) -> None:
    even = EMPTY.copy()
    even[12:24, 4:16] = even[12:24, 40:52] = True  # 144 pixels of the one (400) and of the other (144)
    assert judge(pairs[0], (EMPTY, EMPTY)).right == (False, False)
    assert judge(pairs[0], (even, even)).right == (False, True)


def test_who_understands_the_words_passes_and_who_mixes_them_up_fails(pairs: list[SwapPair]) -> None:
    named = answer_by(lambda sample: sample.mask())
    knows_sides = answer_by(lambda sample: dog(sample.image_id, int(sample.expression != SIDES[0])))
    assert all(all(result.right) for result in swap_test(pairs, named))
    assert [result.right for result in swap_test(pairs, knows_sides)] == [
        (True, True),
        (False, True),  # of the sizes, both sentences get the right dog, which is the smaller one here …
        (True, True),
        (True, False),  # … and the bigger one here
    ]


def test_results_stand_in_the_order_of_the_pairs_and_each_image_is_asked_once(pairs: list[SwapPair]) -> None:
    asked: list[list[int]] = []

    def answer(samples: Sequence[Sample]) -> list[Answered]:
        asked.append([sample.image_id for sample in samples])
        return [Answered(sample.mask()) for sample in samples]

    mixed = [pairs[2], pairs[0], pairs[3], pairs[1]]
    assert [result.image_id for result in swap_test(mixed, answer)] == [2, 1, 2, 1]
    assert sorted(asked) == [[1, 1, 1, 1], [2, 2, 2, 2]]


def test_always_the_leftmost_gets_half_of_the_sentences_and_no_pair(pairs: list[SwapPair]) -> None:
    results = always_leftmost(pairs)
    assert [result.right for result in results] == [
        (True, False),
        (True, False),
        (True, False),
        (False, True),
    ]
    scores = swap_scores(results)
    assert (scores.pairs.value, scores.sentences.value) == (0.0, 0.5)


def test_without_the_words_that_differ_only_the_category_is_asked(pairs: list[SwapPair]) -> None:
    heard: list[str] = []

    def answer(samples: Sequence[Sample]) -> list[Answered]:
        heard.extend(sample.expression for sample in samples)
        return [Answered(dog(sample.image_id, 0)) for sample in samples]

    assert swap_scores(category_only(pairs, answer)).pairs.value == 0.0
    assert heard == ["dog"] * 8


def test_a_model_that_peeks_would_be_seen_in_the_floor(pairs: list[SwapPair]) -> None:
    peeking = answer_by(lambda sample: sample.mask())
    assert swap_scores(category_only(pairs, peeking)).pairs.value == 1.0


def test_a_mask_of_another_size_is_an_error_that_names_the_photo(pairs: list[SwapPair]) -> None:
    with pytest.raises(DataError, match=r"000000000001\.jpg: the photo is 60x39 but annotated as 60x40"):
        swap_test(pairs, answer_by(lambda _: EMPTY[1:]))


def test_shares_are_of_pairs_and_of_sentences() -> None:
    results = [
        SwapResult(1, "size", (True, True)),
        SwapResult(1, "size", (True, False)),
        SwapResult(2, "left-right", (False, False)),
        SwapResult(3, "left-right", (True, True)),
    ]
    scores = swap_scores(results)
    assert (scores.pairs.value, scores.sentences.value) == (2 / 4, 5 / 8)
    assert (scores.n_pairs, scores.n_images) == (4, 3)
    assert scores.pairs.interval.low < 0.5 < scores.pairs.interval.high
    by_kind = swap_scores_by_kind(results)
    assert {kind: of_kind.pairs.value for kind, of_kind in by_kind.items()} == {
        "left-right": 0.5,
        "size": 0.5,
    }
    assert by_kind["size"].n_images == 1


def test_the_order_of_the_pairs_changes_nothing() -> None:
    generator = random.Random(1)
    results = [
        SwapResult(n % 7, "size", (generator.random() < 0.7, generator.random() < 0.7)) for n in range(40)
    ]
    assert swap_scores(results[::-1]) == swap_scores(results)


def test_no_pair_has_no_score() -> None:
    with pytest.raises(ValueError, match="at least one"):
        swap_scores([])


def test_words_that_both_sentences_have_stay_in_order(pairs: list[SwapPair]) -> None:
    heard: list[str] = []

    def answer(samples: Sequence[Sample]) -> list[Answered]:
        heard.extend(sample.expression for sample in samples)
        return [Answered(EMPTY) for _ in samples]

    long = replace(pairs[0], sentences=("the leftmost hot dog", "the rightmost hot dog"))
    category_only([long], answer)
    assert heard == ["the hot dog"] * 2
