"""The colour of an object, where its pixels leave no doubt; of a person, the colour of the clothes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .masks import decode_mask
from .phrases_facts import Fact
from .phrases_scene import Scene, Thing

_CLEAR = 0.5
"""Least part of an object's pixels that must have its colour."""

_ELSEWHERE = 0.15
"""Largest part of a rival's pixels that may have it."""

_DARK = 0.35
"""Median value below which a photo is too dark for anything to be called black."""

_COLOURED = frozenset(
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, bird, cat, dog, horse, cow, bear, umbrella, "
    "backpack, handbag, tie, suitcase, frisbee, snowboard, kite, surfboard, skateboard, bottle, cup, bowl, chair, couch, "
    "teddy bear, vase, bench, fire hydrant, book, toothbrush, sports ball".split(", ")
)
_CLOTHES = ("red", "white", "black", "blue", "green", "yellow")
_EARTHY = frozenset({"bear", "bench", "cat", "chair", "couch", "cow", "dog", "horse", "teddy bear"})
_HUES = (("red", 0, 10), ("orange", 14, 38), ("yellow", 46, 66), ("green", 75, 165), ("blue", 190, 255), ("purple", 265, 295), ("pink", 305, 340), ("red", 350, 360))  # fmt: skip
_NAMES = (*_CLOTHES, "orange", "purple", "pink", "brown")
_OF_THINGS = ("{c} {n}", "the {c} {n}", "{n} that is {c}", "{c} colored {n}")
_OF_PEOPLE = (
    "{n} in {c}", "the {n} in {c}", "{n} wearing {c}", "{n} in {c} shirt", "{c} shirt {n}", "{n} in the {c} top",
    "{n} with {c} shirt",
)  # fmt: skip


@dataclass(frozen=True)
class Painted:
    """The colours of one photo's objects.

    Attributes:
        pixels: (H, W, 3) hue in degrees, saturation and value in 0..1.
        scene: its objects.
    """

    pixels: np.ndarray
    scene: Scene

    @classmethod
    def of(cls, scene: Scene, image: Image.Image) -> "Painted":
        """Converts a photo, which must have the size that the scene says."""
        bands = np.asarray(image.convert("HSV"), dtype=np.float32) / 255
        return cls(bands * np.array([360, 1, 1], dtype=np.float32), scene)

    def shares(self, thing: Thing) -> dict[str, float]:
        """Measures which part of an object's pixels has which colour; of a person, of the upper clothes."""
        mask = decode_mask(thing.annotation, self.scene.height, self.scene.width)
        if thing.category == "person":
            mask = _chest(mask)
        pixels = self.pixels[mask]
        if len(pixels) == 0:
            return {}
        return {name: float(_has(name, pixels).mean()) for name in _NAMES}

    def facts(self, thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
        """States a colour that the object has and none of its rivals."""
        colour = self.colour(thing)
        if colour is None or len(rivals) > 6:
            return []
        if any(self.shares(rival).get(colour, 0.0) > _ELSEWHERE for rival in rivals):
            return []
        wordings = _OF_PEOPLE if thing.category == "person" else _OF_THINGS
        said = tuple(wording.format(n="{n}", c=colour) for wording in wordings)
        return [Fact("colour", said, 2.0 if rivals else 0.7)]

    def colour(self, thing: Thing) -> str | None:
        """Names the colour of an object, or nothing when it is doubtful."""
        if thing.category not in _COLOURED or (thing.category == "person" and not _dressed(thing)):
            return None
        shares = self.shares(thing)
        best = max(self._allowed(thing), key=lambda name: shares.get(name, 0.0))
        return best if shares.get(best, 0.0) >= _CLEAR else None

    def _allowed(self, thing: Thing) -> list[str]:
        """Lists the colours that may be said: no black in a dark photo, brown and orange not of one thing."""
        names = _CLOTHES if thing.category == "person" else _NAMES
        doubtful = {"orange"} if thing.category in _EARTHY else {"brown"}
        if float(np.median(self.pixels[..., 2])) < _DARK:
            doubtful.add("black")
        return [name for name in names if name not in doubtful]


def _dressed(person: Thing) -> bool:
    """Tells whether a person is large and upright enough for the chest to be found."""
    return person.share >= 0.02 and person.height > 0.3


def _chest(mask: np.ndarray) -> np.ndarray:
    """Keeps the rows from 22 % to 55 % of a person's height, where a shirt is."""
    rows = np.flatnonzero(mask.any(axis=1))
    chest = np.zeros_like(mask)
    if len(rows):
        top, height = rows[0], rows[-1] - rows[0] + 1
        band = slice(int(top + 0.22 * height), int(top + 0.55 * height) + 1)
        chest[band] = mask[band]
    return chest


def _has(name: str, pixels: np.ndarray) -> np.ndarray:
    """Tells which pixels, (N, 3) hue, saturation and value, a person would call by a colour's name."""
    hue, saturation, value = pixels.T
    if name == "black":
        return value < 0.22
    if name == "white":
        return (saturation < 0.14) & (value > 0.72)
    if name == "brown":
        return (hue >= 12) & (hue < 40) & (saturation > 0.3) & (value > 0.15) & (value < 0.6)
    vivid = (saturation > 0.45) & (value > (0.6 if name in {"orange", "yellow", "pink"} else 0.3))
    inside = np.zeros(len(pixels), dtype=bool)
    for hue_name, low, high in _HUES:
        if hue_name == name:
            inside |= (hue >= low) & (hue <= high)
    return inside & vivid
