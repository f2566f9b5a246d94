"""What is surely true, surely false or unclear of drawn objects, and how far apart they are."""

import numpy as np
import pytest
from drawn_scenes import thing

from refseg_cli.data.shapes.facts import Which, facts_of
from refseg_cli.data.shapes.geometry import APART, gap


def disc(x, y, size="medium"):
    return thing("circle", "red", x, y, size)


RADIUS = disc(0, 0).radius


@pytest.mark.parametrize("space", [0.5, 3, 9])
def test_the_gap_between_discs_is_what_lies_between_them(space):
    one, other = disc(100, 100), disc(100 + 2 * RADIUS + space, 100)
    assert gap(one, other) == pytest.approx(space, abs=0.5)
    assert gap(one, other) == gap(other, one)


@pytest.mark.parametrize("depth", [2, 8, 12])
def test_the_gap_of_overlapping_discs_is_minus_their_depth(depth):
    assert gap(disc(100, 100), disc(100, 100 + 2 * RADIUS - depth)) == pytest.approx(-depth, abs=0.5)


def test_far_away_the_gap_is_a_lower_bound():
    stars = thing("star", "red", 60, 60), thing("star", "red", 250, 60)
    assert APART <= gap(*stars) <= 190


def test_a_point_that_looks_into_a_notch_does_not_touch():
    moon, dot = thing("moon", "red", 100, 100, "large"), disc(122, 100, "small")
    assert gap(moon, dot) > 1  # though it lies within the circle around the moon
    assert np.hypot(moon.x - dot.x, moon.y - dot.y) < moon.radius


def relation(word, one, other):
    """Whether the first object has a relation to the second: True, False, or None if it is unclear."""
    which = facts_of([one, other]).relations[word][0]
    return {(1, 1): True, (0, 1): None, (0, 0): False}[which.sure >> 1 & 1, which.maybe >> 1 & 1]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (100, 200, True),
        (100, 260, True),  # 31 degrees off
        (100, 300, None),  # 45
        (160, 310, False),  # 70
        (200, 100, False),
        (300, 200, False),
        (190, 200, None),  # too near
    ],
)
def test_left_of_is_sure_only_within_a_cone(x, y, expected):
    assert relation("left of", disc(x, y), disc(200, 200)) is expected
    assert relation("right of", disc(400 - x, y), disc(200, 200)) is expected
    assert relation("above", disc(y, x), disc(200, 200)) is expected
    assert relation("below", disc(y, 400 - x), disc(200, 200)) is expected


@pytest.mark.parametrize(
    ("space", "touching", "behind"),
    [
        (12, False, False),
        (5, None, False),
        (0.5, True, None),
        (-2, True, None),
        (-5, None, None),
        (-9, None, True),
    ],
)
def test_touching_and_covering_are_told_apart_by_the_gap(space, touching, behind):
    below, above = disc(100, 100), disc(100 + 2 * RADIUS + space, 100)
    assert relation("touching", below, above) is touching
    assert relation("touching", above, below) is touching
    assert relation("behind", below, above) is behind
    assert relation("in front of", below, above) is False
    facts = facts_of([below, above])
    assert facts.relations["behind"][1] == (0, 0)
    assert facts.relations["in front of"][1] == tuple(which >> 1 for which in facts.relations["behind"][0])


def test_nothing_is_related_to_itself():
    for truths in facts_of([disc(100, 100)]).relations.values():
        assert truths == (Which(0, 0),)


@pytest.mark.parametrize(("x", "expected"), [(121, (1, 1)), (140, (0, 1)), (160, (0, 0)), (250, (0, 0))])
def test_the_left_ends_before_the_middle_and_leaves_a_doubt_between(x, expected):
    assert facts_of([disc(x, 160)]).places["left"] == expected
    assert facts_of([disc(320 - x, 160)]).places["right"] == expected
    assert facts_of([disc(160, x)]).places["top"] == expected
    assert facts_of([disc(160, 320 - x)]).places["bottom"] == expected


@pytest.mark.parametrize(("x", "y", "expected"), [(165, 190, (1, 1)), (160, 220, (0, 1)), (100, 240, (0, 0))])
def test_the_middle_is_that_of_the_picture(x, y, expected):
    assert facts_of([disc(x, y)]).places["middle"] == expected


def test_what_is_ahead_is_so_by_its_centre_and_by_its_edge():
    small, large = disc(100, 100, "small"), disc(118, 200, "large")
    facts = facts_of([small, large])  # the centre of the small one is further left, the edge of the large one
    others = [which.maybe & ~(1 << index) for index, which in enumerate(facts.ahead["leftmost"])]
    assert [which.sure for which in facts.ahead["leftmost"]] == [0, 0]
    assert others == [0b10, 0b01]
    assert facts.ahead["topmost"][0].sure == 0b10
    assert not facts.ahead["lowest"][0].maybe & 0b10


def test_looks_are_known_of_each_object():
    facts = facts_of([thing("star", "red", 50, 50), thing("star", "blue", 150, 50, "large")])
    assert facts.looks == {"star": 3, "red": 1, "blue": 2, "medium": 1, "large": 2}
