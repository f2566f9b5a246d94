"""Shapes, colours and sizes that a viewer can tell apart."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn_scenes import thing

from refseg_cli.data.shapes.chance import generator
from refseg_cli.data.shapes.things import new_thing, outline, reach
from refseg_cli.data.shapes.vocabulary import COLOURS, HELD_OUT, SHAPES, SIZES


def area_and_centre(corners):
    x, y = corners.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    middle = ((corners + np.roll(corners, -1, axis=0)) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return abs(cross.sum()) / 2, middle


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_as_large_as_the_disc_of_its_radius_and_lies_around_its_centre(shape):
    each = replace(thing(shape, "red", 100.0, 60.0, "large"), angle=17.0)
    area, middle = area_and_centre(outline(each))
    assert area == pytest.approx(np.pi * each.radius**2, rel=0.01)
    assert middle == pytest.approx([100, 60], abs=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_corner_lies_beyond_the_reach(shape):
    each = thing(shape, "red", 0.0, 0.0, "large", angle=33.0)
    assert np.hypot(*outline(each).T).max() == pytest.approx(reach(each), abs=0.05)


def test_turning_is_clockwise():
    upright, turned = (outline(thing("triangle", "red", 0.0, 0.0, angle=angle)) for angle in (0.0, 90.0))
    assert upright[0][1] < 0 == round(upright[0][0])  # its top
    assert turned[0][0] > 0 == round(turned[0][1])  # now on the right


def test_sizes_leave_gaps_between_them():
    radii = [limits for _, limits in SIZES.values()]
    assert all(larger[0] >= 1.3 * smaller[1] for smaller, larger in pairwise(radii))


def test_a_shade_is_nearest_to_the_plain_colour_of_its_name():
    plain = {name: np.array(rgb) for name, (_, rgb) in COLOURS.items()}
    rng = generator(1)
    for name in [name for name in COLOURS for _ in range(200)]:
        shade = new_thing(rng, "star", name, "small").rgb
        away = {other: np.linalg.norm(rgb - shade) for other, rgb in plain.items()}
        assert min(away, key=away.get) == name
        assert sorted(away.values())[1] > 1.4 * away[name]


def test_new_things_vary_within_what_their_words_allow():
    rng = generator(2)
    things = [new_thing(rng, "star", "red", "medium") for _ in range(100)]
    least, greatest = SIZES["medium"][1]
    assert {least, greatest} <= {each.radius for each in things}
    assert all(least <= each.radius <= greatest for each in things)
    assert len({each.angle for each in things}) > 30
    assert len({each.rgb for each in things}) > 90


def test_there_are_enough_of_each():
    assert len(SHAPES) >= 6
    assert len(COLOURS) >= 8
    assert len(SIZES) == 3


def test_each_shape_has_one_held_out_colour():
    assert sorted(shape for _, shape in HELD_OUT) == sorted(SHAPES)
    assert len({colour for colour, _ in HELD_OUT} & set(COLOURS)) == len(SHAPES)
