"""What an observer of one frame, or of frames without their order, cannot know about motion clips."""

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refseg_cli.data.shapes.motion_cast import draw_cast
from refseg_cli.data.shapes.motion_clip import MotionClip, act
from refseg_cli.data.shapes.motion_families import FAMILIES
from refseg_cli.data.shapes.motion_paths import CENTRE, SAMPLED
from refseg_cli.data.shapes.motion_truth import truth
from refseg_cli.data.shapes.paint import render

SEEDS = st.integers(0, 2**32 - 1)
BACKGROUND = np.full((320, 320, 3), 128, dtype=np.uint8)
ORDER = st.sampled_from([family for family in FAMILIES if family.kind == "order"])
ORDER_FREE = st.sampled_from([family for family in FAMILIES if family.kind == "order-free"])


def both_outcomes(family, seed) -> tuple[MotionClip, MotionClip]:
    """A clip, and the equally likely one for which every coin fell on the other side."""
    rng = np.random.default_rng(seed)
    cast = draw_cast(rng, family)
    coins = rng.integers(2, size=len(cast.things)).tolist()
    clips = (act(family, cast, ("one", "other"), fallen) for fallen in (coins, [1 - coin for coin in coins]))
    return next(clips), next(clips)


def picture(clip, frame) -> bytes:
    return render(BACKGROUND, [track[frame] for track in clip.tracks if track[frame]])[0].tobytes()


@given(ORDER, SEEDS)
def test_without_their_order_the_sampled_frames_cannot_tell_which_rival_is_named(family, seed):
    clip, other = both_outcomes(family, seed)
    assert sorted(picture(clip, frame) for frame in SAMPLED) == sorted(picture(other, f) for f in SAMPLED)
    assert picture(clip, CENTRE) == picture(other, CENTRE)
    for action in family.actions:
        assert clip.target(action) != other.target(action)


@given(ORDER, SEEDS)
def test_a_clip_run_backwards_is_the_equally_likely_other_one_and_its_sentences_change_places(family, seed):
    clip, other = both_outcomes(family, seed)
    assert clip.backwards() == other
    assert [clip.target(action) for action in family.actions] == [
        other.target(action) for action in reversed(family.actions)
    ]


@given(st.sampled_from(FAMILIES), SEEDS)
def test_the_centre_frame_is_the_same_whichever_rival_does_what(family, seed):
    clip, other = both_outcomes(family, seed)
    assert picture(clip, CENTRE) == picture(other, CENTRE)
    assert clip.target(family.actions[0]) == other.target(family.actions[1])


@given(ORDER_FREE, SEEDS)
def test_in_any_order_the_sampled_frames_tell_which_rival_is_named(family, seed):
    clip, _ = both_outcomes(family, seed)
    for action in family.actions:
        for index, track in enumerate(clip.tracks):
            truths = {
                truth(action, dict(zip(SAMPLED, (track[frame] for frame in order), strict=True)))
                for order in permutations(SAMPLED)
            }
            assert len(truths) == 1
            if index == clip.target(action):
                assert truths == {(True, True)}


@given(ORDER, SEEDS)
def test_the_order_families_do_need_the_order(family, seed):
    clip, _ = both_outcomes(family, seed)
    for action in family.actions:
        track = clip.tracks[clip.target(action)]
        assert not truth(action, dict(zip(SAMPLED, (track[f] for f in reversed(SAMPLED)), strict=True)))[1]
