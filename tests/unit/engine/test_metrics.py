"""Scores against numbers worked out by hand."""

import math
import random

import numpy as np
import pytest

from refseg_cli.engine.bootstrap import image_table, redrawn_sums
from refseg_cli.engine.metrics import (
    MAP_THRESHOLDS,
    METRICS,
    Overlap,
    count_overlap,
    intervals,
    paired_difference,
    score,
)

# IoU 0.5, 0.9, 0 and 0.6; intersections add up to 5 + 9 + 0 + 60 = 74, unions to 10 + 10 + 20 + 100 = 140.
FOUR = [
    Overlap("a", 1, 5, 10),
    Overlap("b", 1, 9, 10),
    Overlap("c", 2, 0, 20),
    Overlap("d", 3, 60, 100),
]


def random_overlaps(n_images: int, seed: int, luck: float = 0.5) -> list[Overlap]:
    generator = random.Random(seed)
    overlaps = []
    for index in range(3 * n_images):
        union = generator.randrange(1, 1000)
        overlaps.append(
            Overlap(f"{index:04}", index % n_images, int(union * generator.random() * 2 * luck), union)
        )
    return overlaps


def test_overlaps_are_counted_in_whole_pixels() -> None:
    mask = np.array([[True, True, False], [False, False, False]])
    truth = np.array([[False, True, True], [True, False, False]])
    assert count_overlap(mask, truth) == (1, 4)


def test_masks_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(3, 2\)"):
        count_overlap(np.zeros((2, 3), dtype=bool), np.zeros((3, 2), dtype=bool))


def test_overall_iou_pools_pixels_and_mean_iou_pools_samples() -> None:
    scores = score(FOUR)
    assert scores.overall_iou == 74 / 140
    assert scores.mean_iou == pytest.approx(2.0 / 4, abs=1e-15)
    assert scores.n_samples == 4


def test_precision_counts_a_sample_exactly_at_its_threshold() -> None:
    assert score(FOUR).precision == (3 / 4, 2 / 4, 1 / 4, 1 / 4, 1 / 4)
    at_seven_tenths = score([Overlap("a", 1, 7, 10), Overlap("b", 1, 699, 1000)])
    assert at_seven_tenths.by_name()["P@0.7"] == 0.5


def test_scores_carry_their_printed_names() -> None:
    printed = ("oIoU", "mIoU", "P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9", "mAP")
    assert tuple(score(FOUR).by_name()) == METRICS == printed


def test_map_is_the_mean_of_the_ten_precisions() -> None:
    assert MAP_THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
    # 0.5 reaches one of them, 0.9 reaches nine, 0 none and 0.6 three
    assert score(FOUR).mean_precision == pytest.approx((1 + 9 + 0 + 3) / 40, abs=1e-15)


def test_two_empty_masks_agree_perfectly_and_one_empty_mask_not_at_all() -> None:
    nothing = score([Overlap("a", 1, 0, 0)])
    assert set(nothing.by_name().values()) == {1.0}
    mixed = score([Overlap("a", 1, 0, 0), Overlap("b", 1, 0, 8)])
    assert (mixed.overall_iou, mixed.mean_iou, mixed.precision[0]) == (0.0, 0.5, 0.5)


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        score([])
    with pytest.raises(ValueError, match="at least one image"):
        intervals([])


def test_order_changes_neither_scores_nor_intervals() -> None:
    overlaps = random_overlaps(n_images=7, seed=3)
    shuffled = overlaps.copy()
    random.Random(0).shuffle(shuffled)
    assert shuffled != overlaps
    assert score(shuffled) == score(overlaps)
    assert intervals(shuffled, draws=50) == intervals(overlaps, draws=50)


def test_a_seed_gives_the_same_interval_again_and_another_seed_another() -> None:
    overlaps = random_overlaps(n_images=9, seed=1)
    assert intervals(overlaps, seed=5, draws=60) == intervals(overlaps, seed=5, draws=60)
    assert intervals(overlaps, seed=5, draws=60) != intervals(overlaps, seed=6, draws=60)


def test_a_draw_takes_as_many_images_as_there_are_and_whole_ones() -> None:
    table = image_table({image: [1.0, 10.0 * image] for image in range(5)})
    sums = redrawn_sums(table, seed=0, draws=250)
    assert sums.shape == (250, 2)
    assert (sums[:, 0] == 5).all()
    assert (sums[:, 1] % 10 == 0).all()
    assert len(set(sums[:, 1])) > 5


def test_one_image_leaves_no_width_to_the_interval() -> None:
    for low, high in intervals(FOUR[:2], draws=20).values():
        assert low == high


def test_an_interval_holds_the_score_and_has_the_width_that_theory_says() -> None:
    overlaps = random_overlaps(n_images=400, seed=2)
    ious_by_image = [np.mean([o.iou for o in overlaps if o.image_id == image]) for image in range(400)]
    expected = 2 * 1.96 * np.std(ious_by_image) / math.sqrt(400)
    low, high = intervals(overlaps)["mIoU"]
    assert low < score(overlaps).mean_iou < high
    assert high - low == pytest.approx(expected, rel=0.1)


def test_sentences_about_one_image_are_not_taken_for_independent() -> None:
    overlaps = [Overlap(str(index), index % 10, 1 if index % 2 else 0, 1) for index in range(100)]
    one_image_each = [
        Overlap(o.sample_id, index, o.intersection, o.union) for index, o in enumerate(overlaps)
    ]
    together, apart = intervals(overlaps)["mIoU"], intervals(one_image_each)["mIoU"]
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_a_run_does_not_differ_from_itself_in_any_order() -> None:
    overlaps = random_overlaps(n_images=6, seed=4)
    for difference in paired_difference(overlaps, overlaps[::-1], draws=40).values():
        assert difference == (0.0, 0.0, 0.0)


def test_a_paired_interval_is_narrower_than_that_of_two_separate_runs() -> None:
    worse = random_overlaps(n_images=40, seed=5, luck=0.4)
    better = [
        Overlap(o.sample_id, o.image_id, o.intersection + (o.union - o.intersection) // 10, o.union)
        for o in worse
    ]
    difference = paired_difference(better, worse)["mIoU"]
    alone = intervals(worse)["mIoU"]
    assert 0 < difference.low < difference.value < difference.high
    assert difference.value == pytest.approx(score(better).mean_iou - score(worse).mean_iou)
    assert difference.high - difference.low < (alone.high - alone.low) / 2


def test_runs_of_different_samples_are_not_compared() -> None:
    with pytest.raises(ValueError, match="same samples"):
        paired_difference(FOUR, FOUR[:3])
