"""One drawn object: what it is, where it lies, and its outline."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .vocabulary import COLOURS, SIZES

_FINE: Final = 64  # corners lie on 1/64 pixel, so that the last bit of a sine changes no picture

Point = tuple[float, float]


@dataclass(frozen=True)
class Thing:
    """A drawn object. Pixels are counted from the left top corner of the picture, to the right and down.

    Attributes:
        shape: a key of `SHAPES`.
        colour: a key of `COLOURS`.
        size: a key of `SIZES`.
        x: of its centre of mass, in pixels.
        y: of its centre of mass, in pixels.
        radius: of the disc that has the same area, in pixels: all shapes of a size are equally large.
        angle: by which it is turned clockwise, in degrees.
        rgb: the colour it is painted in, near the plain one of its name.
    """

    shape: str
    colour: str
    size: str
    x: float
    y: float
    radius: float
    angle: float
    rgb: tuple[int, int, int]


def new_thing(rng: np.random.Generator, shape: str, colour: str, size: str) -> Thing:
    """Make an object with a radius, an angle and a shade of its own, centred on (0, 0)."""
    least, greatest = SIZES[size][1]
    radius = int(rng.integers(4 * least, 4 * greatest + 1)) / 4
    tilt = _TILT[shape]
    angle = float(rng.integers(-tilt, tilt + 1))
    return Thing(shape, colour, size, 0.0, 0.0, radius, angle, _shade(rng, colour))


def _shade(rng: np.random.Generator, colour: str) -> tuple[int, int, int]:
    """Vary a colour: up to a twelfth darker or brighter, and each channel a little for itself."""
    percent = int(rng.integers(92, 109))
    plain = COLOURS[colour][1]
    red, green, blue = (min(max(v * percent // 100 + int(rng.integers(-10, 11)), 0), 255) for v in plain)
    return red, green, blue


def outline(thing: Thing) -> np.ndarray:
    """The corners of an object.

    Returns:
        (n, 2) float64, x and y in pixels, around the object.
    """
    sine, cosine = math.sin(math.radians(thing.angle)), math.cos(math.radians(thing.angle))
    x, y = OUTLINES[thing.shape].T * thing.radius
    corners = np.stack([x * cosine - y * sine + thing.x, x * sine + y * cosine + thing.y], axis=1)
    placed: np.ndarray = np.round(corners * _FINE) / _FINE
    return placed


def reach(thing: Thing) -> float:
    """How far from its centre an object extends, in pixels."""
    return _REACH[thing.shape] * thing.radius


def _ring(count: int, radii: Sequence[float], start: float = -90.0) -> list[Point]:
    """Corners around the centre, at distances that take turns."""
    turns = [math.radians(start + 360 * index / count) for index in range(count)]
    return [
        (radii[index % len(radii)] * math.cos(turn), radii[index % len(radii)] * math.sin(turn))
        for index, turn in enumerate(turns)
    ]


def _heart() -> list[Point]:
    turns = [2 * math.pi * index / 32 for index in range(32)]
    return [
        (
            16 * math.sin(t) ** 3,
            -13 * math.cos(t) + 5 * math.cos(2 * t) + 2 * math.cos(3 * t) + math.cos(4 * t),
        )
        for t in turns
    ]


def _moon() -> list[Point]:
    """A disc without what another disc covers of it, open to the right."""
    shift, radius = 0.62, 0.86
    meet = math.acos((1 + shift**2 - radius**2) / (2 * shift))
    inner = math.atan2(math.sin(meet), math.cos(meet) - shift)
    outside = [meet + (2 * math.pi - 2 * meet) * index / 20 for index in range(21)]
    inside = [2 * math.pi - inner - (2 * math.pi - 2 * inner) * index / 14 for index in range(1, 14)]
    arc = [(math.cos(turn), math.sin(turn)) for turn in outside]
    return arc + [(shift + radius * math.cos(turn), radius * math.sin(turn)) for turn in inside]


_ARM = 0.36
_CROSS = [
    (-_ARM, -1.0), (_ARM, -1.0), (_ARM, -_ARM), (1.0, -_ARM), (1.0, _ARM), (_ARM, _ARM),
    (_ARM, 1.0), (-_ARM, 1.0), (-_ARM, _ARM), (-1.0, _ARM), (-1.0, -_ARM), (-_ARM, -_ARM),
]  # fmt: skip


def _unit(corners: Sequence[Point]) -> np.ndarray:
    """Move the centre of mass to (0, 0) and give the area of a disc of radius 1."""
    points = np.array(corners)
    x, y = points.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    centre = ((points + np.roll(points, -1, axis=0)) * cross[:, None]).sum(axis=0) / (6 * area)
    unit: np.ndarray = (points - centre) * math.sqrt(math.pi / abs(area))
    return unit


OUTLINES: Final = {
    "circle": _unit(_ring(36, [1.0])),
    "square": _unit(_ring(4, [1.0], start=-45.0)),
    "triangle": _unit(_ring(3, [1.0])),
    "star": _unit(_ring(10, [1.0, 0.46])),
    "heart": _unit(_heart()),
    "cross": _unit(_CROSS),
    "diamond": _unit(_ring(4, [1.0, 0.62])),
    "moon": _unit(_moon()),
}
"""The corners of each shape, upright, centred on (0, 0) and as large as a disc of radius 1."""

_REACH = {shape: float(np.hypot(*corners.T).max()) for shape, corners in OUTLINES.items()}
_TILT = {
    "circle": 0,
    "square": 14,
    "triangle": 20,
    "star": 30,
    "heart": 20,
    "cross": 14,
    "diamond": 14,
    "moon": 40,
}
"""How far a shape may be turned and still be called what it is, in degrees."""
