"""Which samples are looked at."""

from pathlib import Path

import pytest

from refseg_cli.data.look.choose import draw_by_chance, spread
from refseg_cli.data.samples import Sample


def on_pictures(*pictures: int) -> list[Sample]:
    return [
        Sample(f"made/{number}", picture, Path(f"{picture}.jpg"), "dog", {}, 1, 1)
        for number, picture in enumerate(pictures)
    ]


@pytest.mark.parametrize(
    ("n_items", "count", "chosen"),
    [(0, 5, []), (3, 5, [0, 1, 2]), (5, 5, [0, 1, 2, 3, 4]), (101, 5, [0, 25, 50, 75, 100]), (9, 1, [0])],
)
def test_a_few_are_spread_from_the_first_to_the_last(n_items: int, count: int, chosen: list[int]) -> None:
    assert spread(range(n_items), count) == chosen


def test_every_picture_comes_once_before_any_comes_again() -> None:
    samples = on_pictures(*[0] * 20, *[1] * 20, 2)
    assert {sample.image_id for sample in draw_by_chance(samples, 3, seed=0)} == {0, 1, 2}
    ids = [sample.image_id for sample in draw_by_chance(samples, 5, seed=0)]
    assert sorted(ids) == [0, 0, 1, 1, 2]


def test_the_same_seed_chooses_the_same_and_another_one_others() -> None:
    samples = on_pictures(*range(100))
    assert draw_by_chance(samples, 10, seed=3) == draw_by_chance(samples, 10, seed=3)
    assert draw_by_chance(samples, 10, seed=3) != draw_by_chance(samples, 10, seed=4)


def test_the_chosen_stand_in_their_order_and_none_twice() -> None:
    samples = on_pictures(*range(50), *range(50))
    chosen = draw_by_chance(samples, 70, seed=1)
    numbers = [int(sample.sample_id.removeprefix("made/")) for sample in chosen]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 70
    assert len(draw_by_chance(samples, 1000, seed=1)) == 100
