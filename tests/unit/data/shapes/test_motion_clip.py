"""Every clip is proved: two rivals fit the looks, the motion names one of them, nothing shorter does."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from refseg_cli.data.shapes import motion_cast
from refseg_cli.data.shapes.grammar import Description
from refseg_cli.data.shapes.motion_clip import MOTION_SPLITS, MotionClip, background_numbers, make_clip
from refseg_cli.data.shapes.motion_families import FAMILIES
from refseg_cli.data.shapes.motion_paths import CENTRE, SAMPLED, Motion
from refseg_cli.data.shapes.paint import visible_shares
from refseg_cli.data.shapes.things import outline
from refseg_cli.data.shapes.vocabulary import CANVAS, HELD_OUT


@pytest.fixture(scope="module")
def clips() -> list[MotionClip]:
    return [make_clip(0, "val", number) for number in range(96)]


def looks_alike(clip: MotionClip) -> list[int]:
    """The numbers of the objects that fit the looks of which the sentences speak."""
    sure = clip.named(clip.description, "").sure
    return [index for index in range(len(clip.things)) if sure >> index & 1]


def test_each_of_two_sentences_surely_names_one_of_two_rivals(clips):
    for clip in clips:
        targets = [clip.target(action) for action in clip.family.actions]
        assert sorted(targets) == looks_alike(clip)


def test_no_shorter_reading_is_enough(clips):
    for clip in clips:
        spoken = {look: getattr(clip.description, look) for look in ("shape", "colour", "size")}
        for kept in product((True, False), repeat=3):
            looks = {
                look: name if keep else "" for (look, name), keep in zip(spoken.items(), kept, strict=True)
            }
            for action in clip.family.actions if looks != spoken else ():
                shorter = clip.named(Description(**looks), action)
                assert shorter.sure & ~(1 << clip.target(action))


def test_a_clip_that_leaves_a_doubt_is_not_accepted(clips):
    clip = clips[FAMILIES.index(next(family for family in FAMILIES if "moves" in family.actions))]
    alike = looks_alike(clip)

    def with_motion(motion: Motion) -> MotionClip:
        return replace(clip, motions=tuple(motion if i in alike else m for i, m in enumerate(clip.motions)))

    for motion in (Motion(dx=5), Motion(), Motion(dx=1)):  # both move, both rest, both hardly move
        with pytest.raises(ValueError, match="not one object"):
            with_motion(motion).target("moves")


def test_what_all_frames_show_and_the_sampled_ones_do_not_is_a_doubt(clips):
    clip = clips[FAMILIES.index(next(family for family in FAMILIES if "blinks" in family.actions))]
    blinking = clip.target("blinks")
    motions = [Motion(hidden=(-2, 2)) if i == blinking else m for i, m in enumerate(clip.motions)]
    with pytest.raises(ValueError, match="blinks"):
        replace(clip, motions=tuple(motions)).target("blinks")


def test_everything_stays_in_the_picture_and_mostly_uncovered(clips):
    for clip in clips[:48]:
        for frame in (1, 6, 8, 12, 15):
            here = [track[frame] for track in clip.tracks if track[frame]]
            corners = np.concatenate([outline(thing) for thing in here])
            assert corners.min() >= 0
            assert corners.max() <= CANVAS
            assert min(visible_shares(here)) >= 0.4


def test_in_the_centre_frame_everything_is_in_sight(clips):
    assert all(track[CENTRE] for clip in clips for track in clip.tracks)


def test_a_rival_never_comes_where_the_other_one_is_at_any_time(clips):
    for clip in clips:
        one, other = ([thing for thing in clip.tracks[index] if thing] for index in looks_alike(clip))
        for a, b in product(one, other):
            assert np.hypot(a.x - b.x, a.y - b.y) >= 0.85 * (a.radius + b.radius)


def test_families_take_turns_and_half_of_them_are_of_each_kind(clips):
    assert [clip.family for clip in clips] == [*FAMILIES] * (len(clips) // len(FAMILIES))
    assert [family.kind for family in FAMILIES].count("order") == len(FAMILIES) / 2


def test_looks_that_pictures_hold_out_are_held_out_here_too(clips):
    assert not HELD_OUT & {(thing.colour, thing.shape) for clip in clips for thing in clip.things}


def test_sentences_speak_of_shapes_colours_and_sizes_in_several_ways(clips):
    spoken = {(bool(d.shape), bool(d.colour), bool(d.size)) for d in (clip.description for clip in clips)}
    assert spoken == {(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1)}
    assert {len(clip.things) for clip in clips} == {4, 5, 6, 7}
    assert not any(clip.description.size for clip in clips if clip.family.changes_size)


def test_no_two_splits_or_seeds_share_a_clip():
    made = [make_clip(seed, split, n) for seed in (0, 1) for split in MOTION_SPLITS for n in range(8)]
    assert len({clip.things for clip in made}) == len(made)
    behind = {
        background_numbers(seed, split, n) for seed in (0, 1) for split in MOTION_SPLITS for n in range(8)
    }
    assert len(behind) == len(made)


def test_a_clip_does_not_depend_on_others_that_are_made():
    assert make_clip(3, "test", 17) == make_clip(3, "test", 17)


def test_nothing_in_the_centre_frame_tells_which_rival_does_what():
    guesses = {
        "the first painted": lambda one, other: True,  # noqa: ARG005
        "the left one": lambda one, other: one.x < other.x,
        "the upper one": lambda one, other: one.y < other.y,
        "the larger one": lambda one, other: one.radius > other.radius,
        "the one nearer to the middle": lambda one, other: (
            np.hypot(one.x - 160, one.y - 160) < np.hypot(other.x - 160, other.y - 160)
        ),
        "the one turned further": lambda one, other: abs(one.angle) > abs(other.angle),
    }
    right = dict.fromkeys(guesses, 0)
    count = 240
    for number in range(count):
        clip = make_clip(5, "train", number)
        first, second = looks_alike(clip)
        named = clip.target(clip.family.actions[0])
        for guess, prefers in guesses.items():
            right[guess] += named == (first if prefers(clip.things[first], clip.things[second]) else second)
    for guess, times in right.items():
        assert abs(times / count - 0.5) < 3.5 * 0.5 / count**0.5, guess


def test_coins_say_which_rival_does_what(monkeypatch):
    monkeypatch.setattr(motion_cast, "shuffled", lambda rng, things: list(things))  # noqa: ARG005
    clips = [make_clip(6, "train", number) for number in range(96)]
    named = [clip.target(clip.family.actions[0]) for clip in clips]
    assert set(named) == {0, 1}
    assert 0.35 < np.mean(named) < 0.65


def test_looks_left_empty_fit_everything(clips):
    assert clips[0].named(Description(""), "").sure == 2 ** len(clips[0].things) - 1


def test_the_sampled_frames_alone_say_the_same_as_all(clips):
    for clip in clips:
        for action in clip.family.actions:
            assert clip.named(clip.description, action, SAMPLED) == clip.named(clip.description, action)
