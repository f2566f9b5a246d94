from typing import Any

import numpy as np
import pytest
from scenes import SIZE, box, instances

from refseg_cli.data.masks import decode_mask
from refseg_cli.data.phrases.groups import groups_of
from refseg_cli.data.phrases.plural import plural
from refseg_cli.data.phrases.scene import read_scenes

LEFT_DOG, RIGHT_DOG = box(1, 18, 5, 40, 20, 20), box(2, 18, 70, 40, 20, 20)
HORSE = box(3, 19, 40, 40, 20, 20)


def said_of_all(*annotations: dict[str, Any], complete: list[str] | None = None) -> set[str]:
    """All that is ever said of a group, over many seeds."""
    (scene,) = read_scenes(instances(*annotations), None, complete)
    groups = (groups_of(scene, seed, 100) for seed in range(60))
    return {phrase.text for group in groups for _, phrases in group for phrase in phrases}


def row(number: int) -> list[dict[str, Any]]:
    """Dogs side by side."""
    return [box(place, 18, 4 + 9 * place, 40, 7, 20) for place in range(number)]


def test_two_of_a_kind_are_both() -> None:
    said = said_of_all(LEFT_DOG, RIGHT_DOG)
    assert {"both dogs", "the two dogs", "dogs", "both animals", "the two puppies"} <= said
    assert not any("all" in text or "three" in text for text in said)


def test_several_of_a_kind_are_counted_up_to_ten() -> None:
    assert {"all dogs", "the three dogs", "all three dogs", "dogs"} <= said_of_all(*row(3))
    assert "both dogs" not in said_of_all(*row(3))
    assert "ten dogs" in said_of_all(*row(10))


def test_a_single_one_and_a_group_with_a_speck_in_it_are_no_group() -> None:
    assert said_of_all(LEFT_DOG, HORSE) == set()
    assert said_of_all(LEFT_DOG, RIGHT_DOG, box(3, 18, 80, 80, 2, 2)) == set()


def test_a_general_noun_must_mean_these_and_no_others() -> None:
    assert "both animals" not in said_of_all(LEFT_DOG, RIGHT_DOG, HORSE)
    assert "both dogs" in said_of_all(LEFT_DOG, RIGHT_DOG, HORSE)


def test_nothing_is_said_where_more_of_the_kind_may_be_there() -> None:
    crowd = {**HORSE, "category_id": 18, "iscrowd": 1}
    assert said_of_all(LEFT_DOG, RIGHT_DOG, crowd) == set()
    assert said_of_all(LEFT_DOG, RIGHT_DOG, complete=["horse"]) == set()
    car, truck = box(1, 3, 5, 40, 20, 20), box(3, 8, 40, 10, 20, 20)
    assert said_of_all(car, {**car, "id": 2, "bbox": [60, 40, 20, 20]}, truck) == set()  # is a truck a car?


def test_the_mask_of_a_group_is_the_union_of_theirs() -> None:
    (scene,) = read_scenes(instances(LEFT_DOG, RIGHT_DOG))
    ((group, _),) = groups_of(scene, 0, 100)
    assert group.annotation["parts"] == [1, 2]
    assert group.annotation["bbox"] == [5, 40, 85, 20]
    union = decode_mask(group.annotation, SIZE, SIZE)
    expected = decode_mask(LEFT_DOG, SIZE, SIZE) | decode_mask(RIGHT_DOG, SIZE, SIZE)
    np.testing.assert_array_equal(union, expected)
    assert group.annotation["area"] == 800


def test_an_annotation_of_a_group_is_no_further_object() -> None:
    (scene,) = read_scenes(instances(LEFT_DOG, RIGHT_DOG))
    ((group, _),) = groups_of(scene, 0, 100)
    (again,) = read_scenes(instances(LEFT_DOG, RIGHT_DOG, dict(group.annotation)))
    assert [thing.ann_id for thing in again.things] == [1, 2]


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("dog", "dogs"),
        ("bus", "buses"),
        ("couch", "couches"),
        ("box", "boxes"),
        ("puppy", "puppies"),
        ("guy", "guys"),
        ("person", "people"),
        ("human", "humans"),
        ("knife", "knives"),
        ("computer mouse", "computer mice"),
        ("wine glass", "wine glasses"),
        ("t-shirt", "t-shirts"),
        ("building", "buildings"),
        ("sheep", "sheep"),
    ],
)
def test_plurals(noun: str, expected: str) -> None:
    assert plural(noun) == expected


@pytest.mark.parametrize(
    "noun", ["skis", "trousers", "luggage", "broccoli", "glass of wine", "person walking", "class 7"]
)
def test_what_has_no_sure_plural_has_none(noun: str) -> None:
    assert plural(noun) is None


def test_the_plural_that_looks_like_one_is_not_said_alone() -> None:
    (scene,) = read_scenes({**instances(LEFT_DOG, RIGHT_DOG), "categories": [{"id": 18, "name": "sheep"}]})
    said = {
        phrase.text for seed in range(60) for _, phrases in groups_of(scene, seed, 9) for phrase in phrases
    }
    assert "both sheep" in said
    assert not {"sheep", "the sheep"} & said
