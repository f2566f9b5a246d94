"""What an object does is measured on its track: sure, surely not, or too close to call."""

import pytest

from refseg_cli.data.shapes.motion_truth import ACTIONS, truth
from refseg_cli.data.shapes.things import Thing

YES, NO, UNCLEAR = (True, True), (False, False), (False, True)


def track(x=(0,), y=(0,), radius=(20,), angle=(0,), seen=(True,), shape="star"):
    """An object at frames 0, 4, 8, 12 and 15; a single value stays."""
    columns = [list(values) * (5 // len(values)) for values in (x, y, radius, angle, seen)]
    things = [
        Thing(shape, "red", "medium", 160 + x, 160 + y, radius, angle, (200, 0, 0)) if seen else None
        for x, y, radius, angle, seen in zip(*columns, strict=True)
    ]
    return dict(zip((0, 4, 8, 12, 15), things, strict=True))


@pytest.mark.parametrize(
    ("true", "seen"),
    [
        ({"still", "unturned", "unblinking"}, track()),
        ({"moves", "sideways", "left", "unturned", "unblinking"}, track(x=(30, 15, 0, -15, -30))),
        ({"moves", "sideways", "right", "unturned", "unblinking"}, track(x=(-30, -15, 0, 15, 30))),
        ({"moves", "sideways", "unturned", "unblinking"}, track(x=(-9, -36, 0, 36, 9))),
        ({"moves", "up and down", "up", "unturned", "unblinking"}, track(y=(30, 15, 0, -15, -30))),
        ({"moves", "up and down", "down", "unturned", "unblinking"}, track(y=(-30, -15, 0, 15, 30))),
        ({"moves", "unturned", "unblinking"}, track(x=(-30, -15, 0, 15, 30), y=(-30, -15, 0, 15, 30))),
        ({"moves", "stops", "unturned", "unblinking"}, track(x=(30, 20, 0, 0, 0), y=(-30, -20, 0, 0, 0))),
        ({"moves", "starts", "unturned", "unblinking"}, track(x=(0, 0, 0, 20, 30), y=(0, 0, 0, 20, 30))),
        ({"spins", "unblinking"}, track(angle=(-28, -16, 0, 16, 28))),
        ({"grows", "unturned", "unblinking"}, track(radius=(14, 17, 20, 23, 26))),
        ({"shrinks", "unturned", "unblinking"}, track(radius=(26, 23, 20, 17, 14))),
        ({"blinks", "unturned"}, track(seen=(True, False, True, True, False))),
    ],
)
def test_an_object_does_what_it_is_seen_to_do_and_nothing_else(true, seen):
    assert {action for action in ACTIONS if truth(action, seen) == YES} == true


@pytest.mark.parametrize(
    ("action", "seen"),
    [
        ("moves", track(x=(-4, -2, 0, 2, 4))),
        ("still", track(x=(-4, -2, 0, 2, 4))),
        ("spins", track(angle=(-4, -2, 0, 2, 4))),
        ("unturned", track(angle=(-4, -2, 0, 2, 4))),
        ("sideways", track(x=(-30, -15, 0, 15, 30), y=(-12, -6, 0, 6, 12))),
        ("left", track(x=(30, 15, 0, -15, -30), y=(-12, -6, 0, 6, 12))),
        ("left", track(x=(10, 36, 0, -36, -20))),
        ("stops", track(x=(30, 20, 0, -2, -4))),
        ("grows", track(radius=(20, 20, 20, 21, 22))),
        ("grows", track(radius=(14, 27, 20, 23, 26))),
    ],
)
def test_what_is_too_close_to_call_is_neither_true_nor_false(action, seen):
    assert truth(action, seen) == UNCLEAR


def test_a_whole_turn_of_a_symmetric_shape_is_no_turn():
    assert truth("spins", track(angle=(-72, 0, 0, 72, 144))) == NO
    assert truth("spins", track(angle=(-72, 0, 0, 72, 144), shape="moon")) == YES


def test_nobody_can_see_a_circle_turn():
    assert truth("spins", track(angle=(-28, -16, 0, 16, 28), shape="circle")) == NO


def test_where_a_hidden_thing_is_does_not_count():
    hidden = (False, True, True, True, True)
    assert truth("moves", track(x=(60, 0, 0, 0, 0), seen=hidden)) == NO
