"""Motions are exactly balanced around the centre of a clip, and each does what its family says."""

import numpy as np
import pytest

from refseg_cli.data.shapes.motion_families import FAMILIES, PERIODS, Family
from refseg_cli.data.shapes.motion_paths import CENTRE, N_FRAMES, SAMPLED, TIMES, Motion, states
from refseg_cli.data.shapes.motion_truth import truth
from refseg_cli.data.shapes.things import new_thing


def thing_of(shape="star", **changes):
    thing = new_thing(np.random.default_rng(0), shape, "red", "medium")
    return type(thing)(**{**vars(thing), "x": 160.0, "y": 150.0, **changes})


def test_the_sampled_frames_lie_as_far_before_the_centre_as_after_it():
    assert TIMES[list(SAMPLED)].tolist() == [-7, -4, 0, 4, 7]
    assert TIMES[CENTRE] == 0


def test_a_clip_is_steady_but_for_its_first_frame_which_is_shown_twice():
    assert np.diff(TIMES).tolist() == [0] + [1] * 14


@pytest.mark.parametrize("course", ["steady", "stops", "starts", "swings"])
def test_run_backwards_a_motion_shows_at_each_time_what_it_showed_at_the_opposite_one(course):
    motion = Motion(dx=3, dy=-2, course=course, turn=9, growth=5, hidden=(-4, 1, 2))
    there, back = states(thing_of(), motion), states(thing_of(), motion.backwards())
    assert list(back[1:]) == list(there[1:])[::-1]
    assert back[0] == back[1]
    assert motion.backwards().backwards() == motion


def test_in_the_centre_everything_is_as_given_whatever_it_does():
    for family in FAMILIES:
        for seed in range(20):
            for motion in family.draw(np.random.default_rng(seed), "star"):
                assert states(thing_of(), motion)[CENTRE] == thing_of()


def test_stopping_is_moving_first_and_starting_is_moving_later():
    stops = [thing.x for thing in states(thing_of(), Motion(dx=2, course="stops"))]
    starts = [thing.x for thing in states(thing_of(), Motion(dx=2, course="starts"))]
    assert stops == [146, *range(146, 161, 2), *[160] * 7]
    assert starts == [160] * 9 + list(range(162, 175, 2))


def test_a_swinging_thing_turns_round_at_the_sampled_frames():
    x = [thing.x - 160 for thing in states(thing_of(), Motion(dx=1, course="swings"))]
    assert x == [-1, -1, -2, -3, -4, -3, -2, -1, 0, 1, 2, 3, 4, 3, 2, 1]


def test_a_hidden_thing_is_not_there():
    seen = states(thing_of(), Motion(hidden=(-7, -4, 3)))
    assert [frame for frame, thing in enumerate(seen) if thing is None] == [0, 1, 4, 11]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: "/".join(family.actions))
@pytest.mark.parametrize("frames", [range(N_FRAMES), SAMPLED], ids=["all frames", "sampled frames"])
def test_every_motion_of_a_family_surely_does_the_one_and_surely_not_the_other(family: Family, frames):
    rng = np.random.default_rng(1)
    for shape in PERIODS:
        for _ in range(25):
            for side, motion in enumerate(family.draw(rng, shape)):
                track = states(thing_of(shape), motion)
                seen = {frame: track[frame] for frame in frames}
                assert truth(family.actions[side], seen) == (True, True)
                assert truth(family.actions[1 - side], seen) == (False, False)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.kind == "order"])
def test_of_the_order_families_one_motion_is_the_other_run_backwards(family):
    for seed in range(20):
        one, other = family.draw(np.random.default_rng(seed), "star")
        assert one.backwards() == other


def test_blinking_things_are_seen_in_the_centre_and_come_and_go_at_the_other_sampled_frames():
    blinks = next(family for family in FAMILIES if "blinks" in family.actions)
    for seed in range(60):
        hidden = blinks.draw(np.random.default_rng(seed), "star")[0].hidden
        assert 0 not in hidden
        assert 0 < sum(time in hidden for time in (-7, -4, 4, 7)) < 4
