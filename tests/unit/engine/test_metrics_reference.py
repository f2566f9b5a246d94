"""Scores against the plainest way to compute them, pixel by pixel, and against pycocotools."""

import contextlib
import io
import random
from typing import Any

import numpy as np
import pycocotools.mask as rle
import pytest
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from refseg_cli.engine.coco_map import coco_map
from refseg_cli.engine.metrics import METRICS, Overlap, count_overlap, score

# pycocotools hands out its arrays in a way that NumPy 2 calls old
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Mask = NDArray[np.bool_]
N = 1000


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Mask, Mask]]:
    """Masks with their truths: alike to very different, and now and then one of them or both are empty."""
    generator = np.random.default_rng(0)
    return [random_pair(generator) for _ in range(N)]


def random_pair(generator: np.random.Generator) -> tuple[Mask, Mask]:
    height, width = generator.integers(1, 16, 2)
    truth = generator.random((height, width)) < generator.random()
    mask = truth ^ (generator.random((height, width)) < 0.4 * generator.random())
    return mask & bool(generator.random() > 0.05), truth & bool(generator.random() > 0.05)


@pytest.fixture(scope="module")
def overlaps(pairs: list[tuple[Mask, Mask]]) -> list[Overlap]:
    return [Overlap(f"{place:04}", place, *count_overlap(*pair)) for place, pair in enumerate(pairs)]


def counted(mask: Mask, truth: Mask) -> tuple[int, int]:
    """Intersection and union, one pixel after the other."""
    both = either = 0
    for a, b in zip(mask.ravel().tolist(), truth.ravel().tolist(), strict=True):
        both += a and b
        either += a or b
    return both, either


def test_a_thousand_random_pairs_score_as_by_hand(
    pairs: list[tuple[Mask, Mask]], overlaps: list[Overlap]
) -> None:
    counts = [counted(*pair) for pair in pairs]
    assert {either == 0 for _, either in counts} == {True, False}
    ious = [both / either if either else 1.0 for both, either in counts]
    by_hand = {
        "oIoU": sum(both for both, _ in counts) / sum(either for _, either in counts),
        "mIoU": sum(ious) / N,
        **{f"P@{at / 10}": sum(iou >= at / 10 for iou in ious) / N for at in range(5, 10)},
        "mAP": sum(iou >= at / 100 for iou in ious for at in range(50, 100, 5)) / (10 * N),
    }
    assert score(overlaps).by_name() == pytest.approx(by_hand, abs=1e-12)
    assert tuple(by_hand) == METRICS


@pytest.mark.parametrize("n_scores", [1, 7, N])
def test_coco_map_is_what_pycocotools_finds(
    pairs: list[tuple[Mask, Mask]], overlaps: list[Overlap], n_scores: int
) -> None:
    scores = [float(each) / n_scores for each in np.random.default_rng(1).integers(0, n_scores, N)]
    assert coco_map(overlaps, scores) == pytest.approx(pycocotools_map(pairs, scores), abs=1e-9)


def test_the_order_of_the_samples_does_not_change_coco_map(overlaps: list[Overlap]) -> None:
    ranked = [(overlap, place % 5 / 5) for place, overlap in enumerate(overlaps)]
    found = coco_map(*zip(*ranked, strict=True))
    random.Random(0).shuffle(ranked)
    assert coco_map(*zip(*ranked, strict=True)) == found


def test_two_empty_masks_are_a_miss_for_coco() -> None:
    empty = [Overlap("a", 1, 0, 0)]
    assert coco_map(empty, [1.0]) == 0.0
    assert score(empty).mean_precision == 1.0


def test_coco_map_needs_a_score_for_each_sample(overlaps: list[Overlap]) -> None:
    with pytest.raises(ValueError, match="1000 and 1"):
        coco_map(overlaps, [0.5])


def pycocotools_map(pairs: list[tuple[Mask, Mask]], scores: list[float]) -> float:
    """COCO's own evaluation, where each pair is an image with one object and one detection."""
    images, truths, found = [], [], []
    for place, ((mask, truth), certainty) in enumerate(zip(pairs, scores, strict=True), 1):
        images.append({"id": place, "height": truth.shape[0], "width": truth.shape[1]})
        of_image = {"image_id": place, "category_id": 1}
        truths.append({**of_image, **encoded(truth), "id": place, "iscrowd": 0})
        found.append({**of_image, **encoded(mask), "score": certainty})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"images": images, "annotations": truths, "categories": [{"id": 1, "name": "thing"}]}
        coco.dataset["info"] = {}
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def encoded(mask: Mask) -> dict[str, Any]:
    return {"segmentation": rle.encode(np.asfortranarray(mask, np.uint8)), "area": int(mask.sum())}
