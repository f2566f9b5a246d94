"""How an object moves through a clip of 16 frames, exactly balanced around the frame in its middle."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .things import Thing

N_FRAMES: Final = 16
CENTRE: Final = 8
"""The annotated frame, counted from 0."""
SAMPLED: Final = (0, 4, 8, 12, 15)
"""The frames of a clip that CMPC-V looks at."""

TIMES: Final = np.maximum(np.arange(N_FRAMES), 1) - CENTRE
"""Time of each frame, -7 to 7.

The first frame is shown twice. So the sampled frames lie at -7, -4, 0, 4 and 7, as far before the centre as
after it, and a clip and the same clip run backwards have the same five pictures in another order.
"""

_COURSES: Final = {
    "steady": TIMES,
    "stops": np.minimum(TIMES, 0),
    "starts": np.maximum(TIMES, 0),
    "swings": np.sign(TIMES) * np.minimum(abs(TIMES), 8 - abs(TIMES)),
}
"""How many steps an object has made at each frame, counted from where it is in the centre."""
_BACKWARDS: Final = {"stops": "starts", "starts": "stops"}


@dataclass(frozen=True)
class Motion:
    """What an object does; by default nothing. In whole steps, so that every machine draws the same.

    Attributes:
        dx: pixels to the right at each step.
        dy: pixels down at each step.
        course: when it makes its steps; a key of `_COURSES`.
        turn: degrees clockwise from frame to frame.
        growth: by which its radius grows from frame to frame, in sixteenths of a pixel.
        hidden: the times at which it cannot be seen; never 0, the centre.
    """

    dx: int = 0
    dy: int = 0
    course: str = "steady"
    turn: int = 0
    growth: int = 0
    hidden: tuple[int, ...] = ()

    def shifts(self) -> np.ndarray:
        """How far the object is from where it is in the centre, (16, 2) int64, x and y in pixels."""
        shifts: np.ndarray = _COURSES[self.course][:, None] * np.array([self.dx, self.dy])
        return shifts

    def swellings(self) -> np.ndarray:
        """By how much the radius is greater than in the centre, (16,) float64, in pixels."""
        swellings: np.ndarray = TIMES * (self.growth / 16)
        return swellings

    def backwards(self) -> "Motion":
        """The motion that shows at each time what this one shows at the opposite time."""
        return Motion(
            -self.dx,
            -self.dy,
            _BACKWARDS.get(self.course, self.course),
            -self.turn,
            -self.growth,
            tuple(sorted(-time for time in self.hidden)),
        )


def states(thing: Thing, motion: Motion) -> tuple[Thing | None, ...]:
    """The object in each of the 16 frames; None where it cannot be seen.

    Args:
        thing: as it is in the centre.
        motion: what it does.
    """
    moved = zip(TIMES.tolist(), motion.shifts().tolist(), motion.swellings().tolist(), strict=True)
    return tuple(
        None
        if time in motion.hidden
        else replace(
            thing,
            x=thing.x + dx,
            y=thing.y + dy,
            radius=thing.radius + swelling,
            angle=thing.angle + motion.turn * time,
        )
        for time, (dx, dy), swelling in moved
    )
