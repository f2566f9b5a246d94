"""Makes motion clips: objects, what each of them does, and two sentences that each name one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from .chance import generator
from .facts import Which
from .grammar import Description
from .motion_cast import Cast, draw_cast
from .motion_families import FAMILIES, Family
from .motion_paths import N_FRAMES, SAMPLED, Motion, states
from .motion_truth import truth
from .motion_wording import say_motion
from .things import Thing

MOTION_VERSION: Final = 1
"""Of the generator. Whatever changes a frame, a mask or a word raises it, and with it its hash."""

MOTION_SPLITS: Final = ("train", "val", "test")
_STREAM: Final = 16  # sets the chance of motion clips apart from that of pictures


@dataclass(frozen=True)
class MotionClip:
    """Objects in the order in which they are painted, what they do, and a sentence for each of two actions.

    Attributes:
        family: the two actions.
        description: the looks that both sentences speak of; two objects have them.
        things: the objects, as they are in the centre frame.
        motions: what each of them does.
        sentences: one for each action.
    """

    family: Family
    description: Description
    things: tuple[Thing, ...]
    motions: tuple[Motion, ...]
    sentences: tuple[str, str]

    @cached_property
    def tracks(self) -> tuple[tuple[Thing | None, ...], ...]:
        """Each object in each of the 16 frames; None where it cannot be seen."""
        return tuple(states(thing, motion) for thing, motion in zip(self.things, self.motions, strict=True))

    def backwards(self) -> "MotionClip":
        """The same clip run backwards: every frame is that of the opposite time. The sentences stay."""
        motions = tuple(motion.backwards() for motion in self.motions)
        return replace(self, motions=motions)

    def named(self, description: Description, action: str, frames: Iterable[int] = range(N_FRAMES)) -> Which:
        """Find the objects of some looks that surely do something, and those that may.

        Args:
            description: the looks.
            action: what they do, or empty for whatever they do.
            frames: those that are looked at, in the order of time.
        """
        frames, sure, maybe = tuple(frames), 0, 0
        for index, (thing, track) in enumerate(zip(self.things, self.tracks, strict=True)):
            if _looks_like(thing, description):
                does = truth(action, {frame: track[frame] for frame in frames}) if action else (True, True)
                sure, maybe = sure | does[0] << index, maybe | does[1] << index
        return Which(sure, maybe)

    def target(self, action: str) -> int:
        """The number of the object that does one of the two actions, proved on how all are drawn.

        Raises:
            ValueError: the frames, or the five sampled ones alone, leave a doubt.
        """
        proofs = {self.named(self.description, action, frames) for frames in (range(N_FRAMES), SAMPLED)}
        sure, maybe = proofs.pop()
        if proofs or sure != maybe or sure.bit_count() != 1:
            raise ValueError(
                f"{self.description} that {action} names {sure:b}, or maybe {maybe:b}, not one object"
            )
        return sure.bit_length() - 1


def _looks_like(thing: Thing, looks: Description) -> bool:
    return all(
        wanted in {"", found}
        for wanted, found in (
            (looks.shape, thing.shape),
            (looks.colour, thing.colour),
            (looks.size, thing.size),
        )
    )


def make_clip(seed: int, split: str, number: int) -> MotionClip:
    """Make one clip of a split, whatever others are made. The families take turns.

    Everything is drawn before the coins that say which rival does what, and has room for either outcome. So
    a clip and the one with all coins turned over are equally likely, and their centre frames are the same.

    Args:
        seed: of the whole benchmark.
        split: one of `MOTION_SPLITS`.
        number: of the clip, from 0.
    """
    rng = generator(*_numbers(seed, split, number, 0))
    family = FAMILIES[number % len(FAMILIES)]
    cast = draw_cast(rng, family)
    first, second = (say_motion(cast.description, action, rng) for action in family.actions)
    coins = rng.integers(2, size=len(cast.things)).tolist()
    return act(family, cast, (first, second), coins)


def act(family: Family, cast: Cast, sentences: tuple[str, str], coins: Sequence[int]) -> MotionClip:
    """Let coins say which of two rivals does the first action: coin 0 for objects 0 and 1, and so on."""
    motions = [cast.choices[index][coins[index // 2] ^ index % 2] for index in cast.order]
    things = tuple(cast.things[index] for index in cast.order)
    return MotionClip(family, cast.description, things, tuple(motions), sentences)


def background_numbers(seed: int, split: str, number: int) -> tuple[int, ...]:
    """The numbers from which chance starts for what lies behind the objects, in all frames of a clip."""
    return _numbers(seed, split, number, 1)


def _numbers(seed: int, split: str, number: int, part: int) -> tuple[int, ...]:
    return _STREAM, MOTION_VERSION, seed, MOTION_SPLITS.index(split), number, part
