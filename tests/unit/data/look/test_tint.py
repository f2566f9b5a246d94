"""The small picture that shows a mask."""

import numpy as np
import pytest

from refseg_cli.data.look.tint import tinted

GREY = np.full((60, 80, 3), 90, dtype=np.uint8)


def left_half() -> np.ndarray:
    mask = np.zeros((60, 80), dtype=bool)
    mask[:, :40] = True
    return mask


def test_the_named_thing_is_tinted_and_all_else_faded() -> None:
    drawn = np.asarray(tinted(GREY, left_half(), (80, 60))).astype(int)
    red, green, _ = drawn[30, 10]
    assert red > green + 10
    assert len(set(drawn[30, 70])) == 1
    assert 90 < drawn[30, 70, 0] < 190


def test_the_edge_is_drawn_in_a_colour_and_in_white() -> None:
    row = np.asarray(tinted(GREY, left_half(), (80, 60)))[30].tolist()
    assert row[40] == [255, 60, 120]
    assert row[42] == [255, 255, 255]


def test_without_a_mask_the_picture_is_as_it_was() -> None:
    np.testing.assert_array_equal(np.asarray(tinted(GREY, None, (80, 60))), GREY)


@pytest.mark.parametrize(
    ("box", "size"), [((40, 40), (40, 30)), ((200, 30), (40, 30)), ((160, 500), (160, 120))]
)
def test_pictures_are_fitted_into_their_box(box: tuple[int, int], size: tuple[int, int]) -> None:
    assert tinted(GREY, left_half(), box).size == size


def test_no_side_vanishes() -> None:
    thin = np.zeros((1, 3000, 3), dtype=np.uint8)
    assert tinted(thin, thin[:, :, 0] == 0, (100, 100)).size == (100, 1)


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mask has shape \(4, 6\), but the picture needs \(60, 80\)"):
        tinted(GREY, np.zeros((4, 6), dtype=bool), (80, 60))
