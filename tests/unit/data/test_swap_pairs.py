from pathlib import Path

import pytest
from scenes import box, instances

from refseg_cli.data.swap_pairs import swap_pairs


def test_two_dogs_give_a_pair_of_sides_and_one_of_sizes() -> None:
    coco = instances(box(1, 18, 5, 40, 20, 20), box(2, 18, 60, 20, 30, 30))
    sides, sizes = swap_pairs(coco, Path("images"))
    assert (sides.kind, sides.sentences) == ("left-right", ("left dog", "right dog"))
    assert [annotation["id"] for annotation in sides.annotations] == [1, 2]
    assert (sizes.kind, sizes.sentences) == ("size", ("bigger dog", "smaller dog"))
    assert [annotation["id"] for annotation in sizes.annotations] == [2, 1]
    first, second = sizes.masks()
    assert (first.sum(), second.sum()) == (900, 400)
    assert sides.image_path == Path("images/photo.png")


def test_of_several_dogs_the_outermost_are_taken() -> None:
    row = [box(n, 18, 4 + 24 * n, 40, 14, 20) for n in range(4)]
    (pair,) = swap_pairs(instances(*row), Path())
    assert pair.sentences == ("leftmost dog", "rightmost dog")
    assert [annotation["id"] for annotation in pair.annotations] == [0, 3]


@pytest.mark.parametrize(
    "other",
    [
        box(2, 18, 9, 45, 20, 20),  # hardly to the right
        box(2, 18, 60, 40, 5, 5),  # too small to be named
        {**box(2, 18, 60, 40, 20, 20), "iscrowd": 1},
        box(2, 19, 60, 40, 20, 20),  # another category
    ],
)
def test_there_is_no_pair_where_it_would_be_doubtful(other: dict) -> None:
    assert swap_pairs(instances(box(1, 18, 5, 40, 20, 20), other), Path()) == []


def test_there_is_no_pair_of_a_kind_that_is_not_fully_annotated() -> None:
    coco = instances(box(1, 18, 5, 40, 20, 20), box(2, 18, 60, 20, 30, 30))
    assert swap_pairs(coco, Path(), complete_categories={"person"}) == []
