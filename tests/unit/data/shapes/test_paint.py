"""Objects are painted where they are, with soft edges, one over the other."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import EMPTY, thing

from refseg_cli.data.shapes.background import background
from refseg_cli.data.shapes.chance import generator
from refseg_cli.data.shapes.paint import paint, render, visible_shares
from refseg_cli.data.shapes.vocabulary import COLOURS, SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_a_mask_has_the_area_and_the_place_of_its_object(shape):
    each = thing(shape, "red", 101.3, 77.8, "large", angle=21.0)
    mask = render(EMPTY, [each])[1][0]
    assert mask.sum() == pytest.approx(np.pi * each.radius**2, rel=0.02)
    rows, columns = np.nonzero(mask)
    assert columns.mean() + 0.5 == pytest.approx(101.3, abs=0.3)
    assert rows.mean() + 0.5 == pytest.approx(77.8, abs=0.3)


def test_a_square_on_the_grid_of_pixels_is_exact():
    half = 20.0
    square = replace(thing("square", "red", 100.0, 50.0), radius=half * 2 / np.sqrt(np.pi))
    image, masks = render(EMPTY, [square])
    assert masks[0, 30:70, 80:120].all()
    assert masks.sum() == 40 * 40
    assert (image[50, 100] == COLOURS["red"][1]).all()
    assert (image[29:71, 79:121] != EMPTY[29:71, 79:121]).any(axis=2).sum() == 40 * 40


def test_edges_are_soft_and_rims_are_darker():
    disc = thing("circle", "yellow", 100.0, 100.0, "large")
    row = render(EMPTY, [disc])[0][100, :, 0].astype(int)
    start = int(np.flatnonzero(row != 128)[0])
    assert min(row[start : start + 4]) > 5 * 200 // 8 - 80
    assert len(set(row[start : start + 5].tolist())) >= 3
    assert row[100] == COLOURS["yellow"][1][0]


def test_a_later_object_covers_an_earlier_one():
    below, above = thing("circle", "red", 100.0, 100.0), thing("circle", "blue", 115.0, 100.0)
    image, masks = render(EMPTY, [below, above])
    assert not (masks[0] & masks[1]).any()
    assert masks[1].sum() == render(EMPTY, [above])[1].sum()
    assert (image[100, 108] == COLOURS["blue"][1]).all()
    shares = visible_shares([below, above])
    assert shares[1] == 1.0
    assert shares[0] == pytest.approx(masks[0].sum() / render(EMPTY, [below])[1].sum())


def test_what_lies_outside_the_picture_is_cut_off():
    whole = render(EMPTY, [thing("star", "red", 160.0, 160.0)])[1].sum()
    half = render(EMPTY, [thing("star", "red", 0.0, 160.0)])[1].sum()
    assert half == pytest.approx(whole / 2, rel=0.05)
    assert not render(EMPTY, [thing("star", "red", -90.0, 400.0)])[1].any()


def test_the_background_is_left_as_it_is_unless_painted_on():
    before = EMPTY.copy()
    render(EMPTY, [thing("star", "red", 60.0, 60.0)])
    assert (before == EMPTY).all()
    block, cover = paint(before, thing("star", "red", 60.0, 60.0))
    assert (before[block][cover] != 128).any()


def test_no_objects_give_no_masks():
    image, masks = render(EMPTY, [])
    assert (image == EMPTY).all()
    assert masks.shape == (0, 320, 320)


def test_backgrounds_are_textured_and_their_own():
    pictures = [background(generator(number)) for number in range(20)]
    assert len({picture.tobytes() for picture in pictures}) == 20
    assert all(picture.shape == (320, 320, 3) and picture.std(axis=(0, 1)).min() > 3 for picture in pictures)
    assert (background(generator(0)) == pictures[0]).all()


def test_backgrounds_are_muted_so_that_every_colour_stands_out():
    for number in range(20):
        pixels = background(generator(number)).reshape(-1, 3).astype(int)[::97]
        for _, rgb in COLOURS.values():
            assert np.linalg.norm(pixels - rgb, axis=1).min() > 38
