"""The picture that shows a mask."""

import numpy as np
import pytest
from PIL import Image

from refseg_cli.engine.overlay import LONGEST_SIDE, draw_overlay


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def left_half(width: int, height: int) -> np.ndarray:
    mask = np.zeros((height, width), dtype=bool)
    mask[:, : width // 2] = True
    return mask


def test_the_object_keeps_its_pixels_and_the_rest_is_dimmed() -> None:
    image, mask = noise(80, 60), left_half(80, 60)
    before, after = np.asarray(image), np.asarray(draw_overlay(image, mask))
    np.testing.assert_array_equal(after[mask], before[mask])
    assert after[:, 50:].std() < 0.6 * before[:, 50:].std()
    assert after[:, 50:].mean() < before[:, 50:].mean()


def test_the_edge_is_drawn_in_a_colour_and_in_white() -> None:
    drawn = np.asarray(draw_overlay(Image.new("RGB", (80, 60)), left_half(80, 60)))
    assert drawn[30, 40].tolist() == [255, 60, 120]
    assert drawn[30, 41].tolist() == [255, 255, 255]


def test_an_empty_mask_dims_everything_alike() -> None:
    drawn = np.asarray(draw_overlay(Image.new("RGB", (80, 60), "white"), np.zeros((60, 80), bool)))
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize(("width", "height"), [(2 * LONGEST_SIDE, 30), (3, 2 * LONGEST_SIDE), (1, 1)])
def test_large_images_are_reduced_and_no_side_vanishes(width: int, height: int) -> None:
    drawn = draw_overlay(Image.new("RGB", (width, height)), np.ones((height, width), bool))
    assert max(drawn.size) == min(LONGEST_SIDE, max(width, height))
    assert min(drawn.size) >= 1


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mask has shape \(4, 6\), but the image needs \(6, 4\)"):
        draw_overlay(Image.new("RGB", (4, 6)), np.zeros((4, 6), bool))
