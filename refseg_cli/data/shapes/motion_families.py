"""The pairs of contrary actions of which motion clips tell, and how objects perform them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from .chance import one_of
from .motion_paths import SAMPLED, TIMES, Motion

Choice = tuple[Motion, Motion]
"""Two contrary motions, of which an object gets one."""

PERIODS: Final = {
    "square": 90,
    "cross": 90,
    "star": 72,
    "triangle": 120,
    "diamond": 180,
    "heart": 360,
    "moon": 360,
}
"""By how many degrees a shape must turn to look as before; a circle, which is not here, always does."""


@dataclass(frozen=True)
class Family:
    """Two contrary actions.

    Attributes:
        kind: "order-free", where the five sampled frames tell them apart in whatever order, or "order", where
            one is the other run backwards.
        actions: their names; `motion_truth.py` says what they mean.
        draw: draws for an object of some shape a motion for each action.
    """

    kind: str
    actions: tuple[str, str]
    draw: Callable[[np.random.Generator, str], Choice]

    @property
    def turns(self) -> bool:
        """Whether it is about turning, which a circle cannot be seen to do."""
        return "spins" in self.actions

    @property
    def changes_size(self) -> bool:
        """Whether it is about growing, so that no size is a lasting one."""
        return "grows" in self.actions


def _either_way(rng: np.random.Generator, least: int, greatest: int) -> int:
    """A whole number between two others, negative as often as positive."""
    return int(rng.integers(least, greatest + 1)) * one_of(rng, (-1, 1))


def _within(least: int, greatest: int) -> list[tuple[int, int]]:
    """All steps in whole pixels of a length between two others, in all directions."""
    sides = range(-greatest, greatest + 1)
    return [(dx, dy) for dx in sides for dy in sides if least**2 <= dx * dx + dy * dy <= greatest**2]


_STEPS: Final = _within(5, 7)
_HALF_WAY_STEPS: Final = _within(6, 9)  # for what moves half of the time only


def _moves(rng: np.random.Generator, _: str) -> Choice:
    return Motion(*one_of(rng, _STEPS)), Motion()


def _spins(rng: np.random.Generator, shape: str) -> Choice:
    """Turn by about a tenth of what would look as before: far enough at each of the sampled frames."""
    tenth = min(PERIODS[shape], 160) // 10
    return Motion(turn=_either_way(rng, tenth - 1, tenth + 2)), Motion()


def _swings(rng: np.random.Generator, _: str) -> Choice:
    across, down = _either_way(rng, 7, 10), _either_way(rng, 7, 10)
    return Motion(dx=across, course="swings"), Motion(dy=down, course="swings")


def _rhythms() -> list[tuple[int, ...]]:
    """All regular ways to blink: seen in the centre, and at the other sampled frames now seen, now not."""
    rhythms = {
        tuple(time for time in range(-7, 8) if (time + start) % (seen + unseen) >= seen)
        for seen in (3, 4, 5)
        for unseen in (2, 3, 4)
        for start in range(seen + unseen)
    }
    others = {int(TIMES[frame]) for frame in SAMPLED} - {0}
    return sorted(
        hidden for hidden in rhythms if 0 not in hidden and 0 < len(others - {*hidden}) < len(others)
    )


_RHYTHMS: Final = _rhythms()


def _blinks(rng: np.random.Generator, _: str) -> Choice:
    return Motion(hidden=one_of(rng, _RHYTHMS)), Motion()


def _and_backwards(motion: Motion) -> Choice:
    return motion, motion.backwards()


def _leftwards(rng: np.random.Generator, _: str) -> Choice:
    return _and_backwards(Motion(dx=-int(rng.integers(4, 8))))


def _upwards(rng: np.random.Generator, _: str) -> Choice:
    return _and_backwards(Motion(dy=-int(rng.integers(4, 8))))


def _stops(rng: np.random.Generator, _: str) -> Choice:
    return _and_backwards(Motion(*one_of(rng, _HALF_WAY_STEPS), course="stops"))


def _grows(rng: np.random.Generator, _: str) -> Choice:
    return _and_backwards(Motion(growth=int(rng.integers(15, 21))))


FAMILIES: Final = (
    Family("order-free", ("moves", "still"), _moves),
    Family("order", ("left", "right"), _leftwards),
    Family("order-free", ("spins", "unturned"), _spins),
    Family("order", ("up", "down"), _upwards),
    Family("order-free", ("sideways", "up and down"), _swings),
    Family("order", ("stops", "starts"), _stops),
    Family("order-free", ("blinks", "unblinking"), _blinks),
    Family("order", ("grows", "shrinks"), _grows),
)
