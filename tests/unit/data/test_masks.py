import numpy as np
import pycocotools.mask as rle
import pytest

from refseg_cli.data.masks import decode_mask, plain_annotation
from refseg_cli.errors import DataError

SQUARE = np.zeros((6, 8), dtype=np.uint8)
SQUARE[1:4, 2:5] = 1
DOT = np.zeros((6, 8), dtype=np.uint8)
DOT[2:6, 3:8] = 1  # overlaps the square


def counts_of(mask: np.ndarray) -> list[int]:
    """Plain run lengths, column by column, starting with zeros."""
    flat = mask.flatten(order="F")
    borders = np.flatnonzero(np.diff(np.concatenate([[0], flat, [1 - flat[-1]]])))
    return np.diff(np.concatenate([[0], borders])).tolist()


def compressed(mask: np.ndarray) -> dict:
    encoded = rle.encode(np.asfortranarray(mask))
    return {"size": encoded["size"], "counts": encoded["counts"].decode("ascii")}


@pytest.mark.parametrize(
    "segmentation",
    [
        compressed(SQUARE),
        {"size": [6, 8], "counts": counts_of(SQUARE)},
        [compressed(SQUARE)],
        [[2, 1, 5, 1, 5, 4, 2, 4]],
    ],
    ids=["compressed", "plain", "list", "polygon"],
)
def test_every_form_of_a_segmentation_gives_the_same_mask(segmentation: object) -> None:
    mask = decode_mask({"id": 1, "segmentation": segmentation}, 6, 8)
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, SQUARE.astype(bool))


def test_overlapping_parts_of_a_list_are_united() -> None:
    mask = decode_mask({"id": 1, "segmentation": [compressed(SQUARE), compressed(DOT)]}, 6, 8)
    np.testing.assert_array_equal(mask, (SQUARE + DOT) > 0)


def test_several_polygons_are_united_and_slivers_of_two_points_are_skipped() -> None:
    polygons = [[2, 1, 5, 1, 5, 4, 2, 4], [0, 0, 1, 1], [6, 0, 8, 0, 8, 2, 6, 2]]
    mask = decode_mask({"id": 1, "segmentation": polygons}, 6, 8)
    assert mask.sum() == 9 + 4


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        (None, "no segmentation"),
        ([], "no segmentation"),
        ([[1, 2, 3, 4]], "three corners"),
        ([[1, 2, 3, 4, 5, 6, 7]], "x, y pairs"),
        ({"size": [6, 8], "counts": [3, 4]}, "add up to 7"),
        ({"size": [6, 8], "counts": "not run lengths"}, "cannot be decoded"),
        ({"counts": "abc"}, "cannot be decoded"),
        ({"size": [6, 8], "counts": [60, -20, 8]}, "one of the run lengths is -20"),
        ({"size": [10**6, 10**6], "counts": [10**12]}, "1000000x1000000 but the image is 8x6"),
        ([[0, 0, 1e9, 0, 1e9, 1e9]], "far from the 8x6 image"),
        ([[0, 0, float("inf"), 0, 5, 5]], "far from the 8x6 image"),
        ([[0, 0, float("nan"), 0, 5, 5]], "far from the 8x6 image"),
        (compressed(SQUARE.T), "6x8 but the image is 8x6"),
    ],
)
def test_a_segmentation_that_cannot_be_used_is_named_with_its_annotation(
    segmentation: object, reason: str
) -> None:
    with pytest.raises(DataError, match=f"annotation 77: .*{reason}"):
        decode_mask({"id": 77, "segmentation": segmentation}, 6, 8)


_WRONG = r"add up to -?\d+, not to 60 x 80|end within a number"


@pytest.mark.parametrize("seed", range(20))
def test_compressed_run_lengths_that_end_too_early_or_too_late_are_refused(seed: int) -> None:
    random = np.random.default_rng(seed)
    mask = (random.random((60, 80)) < random.choice([0.01, 0.1, 0.5, 0.99])).astype(np.uint8)
    whole = compressed(mask)
    np.testing.assert_array_equal(decode_mask({"id": 1, "segmentation": whole}, 60, 80), mask > 0)
    for text in (whole["counts"][:-3], whole["counts"] + "5"):
        with pytest.raises(DataError, match=rf"annotation 1: .*run lengths ({_WRONG})"):
            decode_mask({"id": 1, "segmentation": {**whole, "counts": text}}, 60, 80)


@pytest.mark.parametrize("size", [(0, 8), (6, -8), (10**6, 10**6), (1, 10**12)])
def test_an_image_of_no_size_that_can_be_is_refused_before_its_mask_is_drawn(size: tuple[int, int]) -> None:
    with pytest.raises(DataError, match=rf"annotation 1: its image is said to be {size[1]}x{size[0]}"):
        decode_mask({"id": 1, "segmentation": [[2, 1, 5, 1, 5, 4]]}, *size)


def test_a_file_of_others_cannot_name_files_or_recipes_as_masks() -> None:
    forms = ("frames", "union", "png", "h5", "mat", "shapes", "shapes_motion")
    annotation = {"id": 3, "bbox": [0, 0, 1, 1], "text": "dog", **dict.fromkeys(forms, "/a/file")}
    assert plain_annotation(annotation) == {"id": 3, "bbox": [0, 0, 1, 1], "text": "dog"}
    with pytest.raises(DataError, match="annotation 3: it has no segmentation"):
        decode_mask(plain_annotation(annotation), 6, 8)
