from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from refseg_cli.data.samples import Sample
from refseg_cli.data.scene_objects import SceneObjects, scene_objects
from refseg_cli.data.shapes.reader import ShapesReader
from refseg_cli.engine.best_overlap import best_overlapped, goes_for_named
from refseg_cli.engine.protocols import Mask, in_frame


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return ShapesReader(size=4).read("train")


def known(sample: Sample) -> SceneObjects:
    objects = scene_objects(sample)
    assert objects is not None
    return objects


def pixels(mask: Mask) -> set[tuple[int, int]]:
    return set(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))


def by_counting(mask: Mask, objects: SceneObjects) -> bool:
    """The same answer from sets of pixels and exact fractions."""
    found = pixels(mask)
    ious = [Fraction(len(found & each), len(found | each)) for each in map(pixels, objects.masks())]
    return ious.count(max(ious)) == 1 and ious.index(max(ious)) == objects.named


def made_up(objects: SceneObjects) -> Iterator[Mask]:
    """Objects alone, moved, two together, parts of two, boxes, and noise."""
    rng = np.random.default_rng(len(objects.masks()))
    masks = objects.masks()
    other = (objects.named + 1) % len(masks)
    yield from masks
    yield np.roll(masks[objects.named], (9, -7), axis=(0, 1))
    yield masks[objects.named] | masks[other]
    half = masks.copy()
    half[objects.named, ::2] = False
    half[other, :, ::3] = False
    yield half[objects.named] | half[other]
    for _ in range(4):
        box = np.zeros_like(masks[0])
        top, left = rng.integers(0, 240, 2)
        box[top : top + 80, left : left + 80] = True
        yield box
    yield rng.random(masks[0].shape) < 0.3


def test_the_answer_is_that_of_counting_pixels_one_by_one(samples: list[Sample]) -> None:
    said = []
    for sample in samples[::3]:
        for mask in made_up(known(sample)):
            said.append(goes_for_named(sample, mask))
            assert said[-1] == by_counting(mask, known(sample))
    assert 0 < sum(map(bool, said)) < len(said)


def test_the_right_object_counts_and_a_wrong_one_does_not(samples: list[Sample]) -> None:
    for sample in samples:
        objects = known(sample)
        answers = [goes_for_named(sample, mask) for mask in objects.masks()]
        assert answers == [number == objects.named for number in range(len(answers))]


def test_an_empty_mask_and_one_beside_all_objects_count_as_no(samples: list[Sample]) -> None:
    for sample in samples:
        masks = known(sample).masks()
        assert goes_for_named(sample, np.zeros_like(masks[0])) is False
        assert goes_for_named(sample, ~np.logical_or.reduce(masks)) is False


def test_a_tie_counts_as_no() -> None:
    left, right, both = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]], dtype=bool)[:, None]
    assert best_overlapped(both, [left, right]) is None
    assert best_overlapped(both, [left, right, both]) == 2
    assert best_overlapped(left, [both, left]) == 1
    assert best_overlapped(right, [left]) is None


def test_on_a_squashed_canvas_the_objects_are_squashed_too(samples: list[Sample]) -> None:
    for sample in samples:
        objects = known(sample)
        for number, mask in enumerate(objects.masks()):
            for answer in (mask, in_frame("lavt480", mask)):
                assert goes_for_named(sample, answer, "lavt480") is (number == objects.named)


def test_where_the_other_objects_are_not_known_nothing_is_said(samples: list[Sample]) -> None:
    photo = replace(samples[0], annotation={"segmentation": [[0, 0, 9, 0, 9, 9]]})
    assert goes_for_named(photo, np.ones((photo.height, photo.width), dtype=bool)) is None
