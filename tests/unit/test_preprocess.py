"""The way of an image to the canvas and of a map back, against plain arithmetic, pixel by pixel."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from refseg.models.preprocess import Preprocess

SIDES = st.integers(1, 700)
FITS = pytest.mark.parametrize("fit", ["pad", "squash"])


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3), dtype=np.uint8)


def official_frame(height: int, width: int, size: int) -> tuple[int, int, int, int]:
    """`resize_and_pad`: sides rounded half to even, and half of what is left, rounded down, on top."""
    scale = min(size / height, size / width)
    inner_height, inner_width = int(np.round(height * scale)), int(np.round(width * scale))
    top, left = int(math.floor(size - inner_height) / 2), int(math.floor(size - inner_width) / 2)
    return top, left, inner_height, inner_width


def neighbours(position: int, source: int, target: int) -> list[tuple[int, Fraction]]:
    """The source pixels whose centres lie around a target pixel's centre, with their weights, exactly."""
    where = Fraction(2 * position + 1, 2) * Fraction(source, target) - Fraction(1, 2)
    where = min(max(where, Fraction(0)), Fraction(source - 1))
    low = math.floor(where)
    return [(low, 1 - (where - low)), (min(low + 1, source - 1), where - low)]


def brute_force(channel: NDArray[np.uint8], height: int, width: int) -> list[list[Fraction]]:
    """One channel resized bilinearly, in exact arithmetic."""
    rows = [neighbours(y, channel.shape[0], height) for y in range(height)]
    columns = [neighbours(x, channel.shape[1], width) for x in range(width)]
    return [
        [
            sum((int(channel[i, j]) * p * q for i, p in row for j, q in column), Fraction(0))
            for column in columns
        ]
        for row in rows
    ]


@given(height=SIDES, width=SIDES, size=st.sampled_from([320, 64, 33]))
def test_the_frame_is_the_authors(height: int, width: int, size: int) -> None:
    top, left, inner_height, inner_width = official_frame(height, width, size)
    if min(inner_height, inner_width) > 0:  # theirs loses an image of extreme proportions
        assert Preprocess(size=size).frame(height, width) == (top, left, inner_height, inner_width)


@pytest.mark.parametrize(
    ("height", "width", "frame"),
    [
        (480, 640, (40, 0, 240, 320)),
        (427, 640, (53, 0, 214, 320)),  # 213.5 goes to the even 214; of 106 rows 53 stand above
        (425, 640, (54, 0, 212, 320)),  # 212.5 to the even 212
        (423, 640, (54, 0, 212, 320)),  # 211.5 to 212
        (640, 421, (0, 55, 320, 210)),  # 210.5 to the even 210
        (422, 640, (54, 0, 211, 320)),  # of 109 rows 54 stand above and 55 below
        (1, 1, (0, 0, 320, 320)),
        (1, 10_000, (159, 0, 1, 320)),
        (10_000, 3, (0, 159, 320, 1)),
    ],
)
def test_the_frame_rounds_half_to_even_and_leaves_the_odd_row_below(
    height: int, width: int, frame: tuple[int, int, int, int]
) -> None:
    assert Preprocess().frame(height, width) == frame


@pytest.mark.parametrize(("height", "width"), [(23, 37), (37, 23), (5, 9), (16, 16), (1, 1), (90, 2)])
def test_pixels_are_interpolated_as_brute_force_has_it(height: int, width: int) -> None:
    pixels, preprocess = noise(height, width), Preprocess(size=16)
    canvas = preprocess.image(pixels)
    assert canvas.shape == (3, 16, 16)
    assert canvas.dtype == torch.uint8
    top, left, inner_height, inner_width = preprocess.frame(height, width)
    inner = canvas[:, top : top + inner_height, left : left + inner_width]
    for channel in range(3):
        exact = brute_force(pixels[..., channel], inner_height, inner_width)
        for y, row in enumerate(exact):
            for x, value in enumerate(row):
                # Just at a half, the last bit of the weights decides.
                assert abs(inner[channel, y, x].item() - value) <= Fraction(1, 2) + Fraction(1, 10**9)
    outside = canvas.clone()
    outside[:, top : top + inner_height, left : left + inner_width] = 0
    assert not outside.any()


def test_an_image_of_the_canvas_size_comes_through_unchanged() -> None:
    pixels = noise(32, 32)
    for preprocess in (
        Preprocess(size=32),
        Preprocess(size=32, fit="squash"),
        Preprocess(size=32, antialias=True),
    ):
        assert np.array_equal(preprocess.image(pixels).permute(1, 2, 0).numpy(), pixels)


def test_a_single_pixel_fills_the_canvas() -> None:
    pixels = np.array([[[10, 20, 30]]], dtype=np.uint8)
    canvas = Preprocess(size=8).image(pixels)
    assert canvas.permute(1, 2, 0).reshape(-1, 3).unique(dim=0).tolist() == [[10, 20, 30]]


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("shape", [(1, 4000), (4000, 1)])
def test_an_image_of_extreme_proportions_keeps_a_line(antialias: bool, shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 3), 200, dtype=np.uint8)
    canvas = Preprocess(size=32, antialias=antialias).image(pixels)
    assert (canvas == 200).sum().item() == 3 * 32
    maps = torch.rand(1, 32, 32)
    assert Preprocess(size=32).restore(maps, *shape).shape == (1, *shape)


def test_squashing_uses_the_whole_canvas() -> None:
    preprocess = Preprocess(size=16, fit="squash")
    assert preprocess.frame(480, 640) == (0, 0, 16, 16)
    pixels = np.zeros((30, 60, 3), dtype=np.uint8)
    pixels[:, 30:] = 255
    canvas = preprocess.image(pixels)
    assert canvas[:, :, 8:].eq(255).all()
    assert canvas[:, :, :8].eq(0).all()


def test_antialiasing_averages_what_shrinks() -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 200
    averaged = Preprocess(size=16, antialias=True).image(stripes)
    assert averaged[:, :, 1:-1].sub(100).abs().max() <= 2


@pytest.mark.parametrize("antialias", [False, True])
def test_an_image_that_cannot_be_written_to_is_taken_without_a_warning(antialias: bool) -> None:
    pixels = noise(20, 30)
    pixels.flags.writeable = False  # as `np.asarray` of a Pillow image
    torch.set_warn_always(True)
    try:
        canvas = Preprocess(size=16, antialias=antialias).image(pixels)
    finally:
        torch.set_warn_always(False)
    assert canvas.shape == (3, 16, 16)


@FITS
@pytest.mark.parametrize("shape", [(60, 90), (90, 60), (17, 31), (300, 40)])
def test_a_box_on_the_canvas_comes_back_to_its_place(fit: str, shape: tuple[int, int]) -> None:
    height, width = shape
    preprocess = Preprocess(size=64, fit=fit)
    top, left, inner_height, inner_width = preprocess.frame(height, width)
    box = np.zeros(shape, dtype=bool)
    box[height // 4 : height // 2, width // 3 : 3 * width // 4] = True
    canvas = torch.zeros(1, 64, 64)
    rows = slice(
        top + round(height // 4 * inner_height / height), top + round(height // 2 * inner_height / height)
    )
    columns = slice(
        left + round(width // 3 * inner_width / width), left + round(3 * width // 4 * inner_width / width)
    )
    canvas[:, rows, columns] = 1
    found = preprocess.restore(canvas, height, width)[0].numpy() > 0.5
    pixel = max(1, math.ceil(max(height / inner_height, width / inner_width)))  # a canvas pixel on the image
    assert found[height // 4 + pixel : height // 2 - pixel, width // 3 + pixel : 3 * width // 4 - pixel].all()
    assert not found[: height // 4 - pixel].any()
    assert not found[height // 2 + pixel :].any()
    assert not found[:, : max(0, width // 3 - pixel)].any()
    assert not found[:, 3 * width // 4 + pixel :].any()


@given(height=st.integers(20, 200), width=st.integers(20, 200))
def test_a_smooth_mask_there_and_back_is_the_mask(height: int, width: int) -> None:
    """A half plane: its edge may move by less than a canvas pixel."""
    preprocess = Preprocess(size=64)
    y, x = np.mgrid[:height, :width]
    mask = 2 * y / height + x / width > 1.4
    canvas = preprocess.target(mask)
    found = preprocess.restore(canvas[None], height, width)[0].numpy() > 0.5
    differs = (found != mask).mean()
    assert differs < 3 / min(preprocess.frame(height, width)[2:])


def test_padding_never_reaches_the_image() -> None:
    maps = torch.full((1, 64, 64), 100.0)
    preprocess = Preprocess(size=64)
    top, left, height, width = preprocess.frame(100, 37)
    maps[:, top : top + height, left : left + width] = 1.0
    assert torch.equal(preprocess.restore(maps, 100, 37), torch.ones(1, 100, 37))


@FITS
@given(height=st.integers(1, 150), width=st.integers(1, 150), step=st.integers(1, 60))
def test_strips_together_are_the_whole(fit: str, height: int, width: int, step: int) -> None:
    maps, preprocess = torch.randn(2, 48, 48), Preprocess(size=48, fit=fit)
    starts = range(0, height, step)
    strips = [preprocess.restore(maps, height, width, slice(y, min(height, y + step))) for y in starts]
    assert [strip.shape[1] for strip in strips] == [min(step, height - y) for y in starts]
    whole = preprocess.restore(maps, height, width)
    torch.testing.assert_close(torch.cat(strips, dim=1), whole, rtol=0, atol=2e-5)


@pytest.mark.parametrize("shape", [(1, 1), (30, 47), (16, 16)])
def test_a_map_comes_back_as_brute_force_has_it(shape: tuple[int, int]) -> None:
    preprocess = Preprocess(size=16)
    top, left, inner_height, inner_width = preprocess.frame(*shape)
    maps = torch.from_numpy(noise(16, 16)[..., 0])
    inner = maps[top : top + inner_height, left : left + inner_width].numpy()
    expected = np.array(brute_force(inner, *shape), dtype=np.float64)
    found = preprocess.restore(maps[None].float(), *shape)[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("shape", [(20, 20), (33, 47), (50, 16), (9, 7), (97, 61)])
def test_a_target_pixel_counts_when_the_object_touches_it(shape: tuple[int, int]) -> None:
    """The authors' `mask > 0` after resizing: any of the four neighbours with any weight."""
    preprocess = Preprocess(size=16)
    top, left, height, width = preprocess.frame(*shape)
    mask = np.random.default_rng(0).random(shape) < 0.05
    target = preprocess.target(mask)
    exact = np.array(brute_force(mask.astype(np.uint8), height, width), dtype=np.float64)
    clear = (exact == 0) | (exact > 1 / 500)
    inner = target[top : top + height, left : left + width].numpy()
    assert np.array_equal(inner[clear], (exact > 0)[clear])
    assert inner.sum() == target.sum() > 0


def test_a_target_pixel_counts_however_little_the_object_touches_it() -> None:
    mask = np.zeros((47, 47), dtype=bool)
    mask[0, 0] = True
    assert neighbours(0, 47, 16)[0] == (
        0,
        Fraction(1, 32),
    )  # so the corner has 1/1024 of the first canvas pixel
    assert Preprocess(size=16).target(mask)[0, 0] == 1


def test_a_target_for_a_grid_is_the_share_of_the_object_in_each_cell() -> None:
    mask = np.zeros((32, 64), dtype=bool)
    mask[:, :24] = True
    squashed = Preprocess(size=32, fit="squash").target(mask, grid=8)
    assert squashed.shape == (8, 8)
    torch.testing.assert_close(
        squashed.mean(dim=0), torch.tensor([1, 1, 1, 0, 0, 0, 0, 0.0]), rtol=0, atol=0.13
    )
    assert squashed.mean().item() == pytest.approx(24 / 64, abs=0.01)
    padded = Preprocess(size=32).target(mask, grid=8)
    assert not padded[:2].any()  # above the image
    assert padded.mean().item() == pytest.approx(24 / 64 / 2, abs=0.01)


@pytest.mark.parametrize(("field", "value"), [("size", 7), ("size", 0), ("fit", "crop")])
def test_a_wrong_value_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        Preprocess(**{field: value})


def test_it_comes_back_from_its_configuration() -> None:
    preprocess = Preprocess(size=64, fit="squash", antialias=True)
    assert Preprocess.from_config(preprocess.config()) == preprocess
