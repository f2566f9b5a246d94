"""The colour of an object, where its pixels leave no doubt; of a person, the colour of the clothes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from refseg_cli.data.masks import decode_mask

from .facts import Fact
from .nouns import COCO_CATEGORIES
from .scene import Scene, Thing

_CLEAR = 0.5
"""Least part of an object's pixels that must have its colour."""

_ELSEWHERE = 0.15
"""Largest part of a rival's pixels that may have it."""

_DARK = 0.35
"""Median value below which a photo is too dark for anything to be called black."""

_COLOURED = frozenset(
    {
        *("person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat"),
        *("bird", "cat", "dog", "horse", "cow", "bear", "teddy bear"),
        *("umbrella", "backpack", "handbag", "tie", "suitcase", "bottle", "cup", "bowl", "vase", "book"),
        *("frisbee", "snowboard", "kite", "surfboard", "skateboard", "sports ball", "toothbrush"),
        *("chair", "couch", "bench", "fire hydrant"),
    }
)
_COLOURLESS = COCO_CATEGORIES - _COLOURED
"""Of these it tells nothing, since all of a kind have it (bananas), or they are of many colours."""

_CLOTHES = ("red", "white", "black", "blue", "green", "yellow")
_EARTHY = frozenset({"bear", "bench", "cat", "chair", "couch", "cow", "dog", "horse", "teddy bear"})
_HUES = (
    ("red", 0, 10),
    ("orange", 14, 38),
    ("yellow", 46, 66),
    ("green", 75, 165),
    ("blue", 190, 255),
    ("purple", 265, 295),
    ("pink", 305, 340),
    ("red", 350, 360),
)
"""Hues in degrees; what lies between two of them is called by no name."""

_NAMES = (*_CLOTHES, "orange", "purple", "pink", "brown")
_OF_THINGS = ("{c} {n}", "the {c} {n}", "{n} that is {c}", "{c} colored {n}")
_OF_PEOPLE = (
    "{n} in {c}", "the {n} in {c}", "{n} wearing {c}", "{n} in {c} shirt", "{c} shirt {n}",
    "{n} in the {c} top", "{n} with {c} shirt",
)  # fmt: skip


@dataclass(frozen=True)
class Painted:
    """The colours of one photo's objects.

    Attributes:
        pixels: (H, W, 3) hue in degrees, saturation and value in 0..1.
        scene: its objects.
        measured: what `shares` has found so far, by annotation.
    """

    pixels: np.ndarray
    scene: Scene
    measured: dict[int, dict[str, float]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, scene: Scene, image: Image.Image) -> "Painted":
        """Convert a photo, which must have the size that the scene says."""
        bands = np.asarray(image.convert("HSV"), dtype=np.float32) / 255
        return cls(bands * np.array([360, 1, 1], dtype=np.float32), scene)

    def shares(self, thing: Thing) -> dict[str, float]:
        """Measure which part of an object's pixels has which colour; of a person, of the upper clothes."""
        if thing.ann_id not in self.measured:
            mask = decode_mask(thing.annotation, self.scene.height, self.scene.width)
            pixels = self.pixels[_chest(mask) if thing.category == "person" else mask]
            shares = {name: float(_has(name, pixels).mean()) for name in _NAMES} if len(pixels) else {}
            self.measured[thing.ann_id] = shares
        return self.measured[thing.ann_id]

    def facts(self, thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
        """State a colour that the object has and none of its rivals."""
        colour = self.colour(thing)
        if colour is None or len(rivals) > 6:
            return []
        if any(self.shares(rival).get(colour, 0.0) > _ELSEWHERE for rival in rivals):
            return []
        wordings = _OF_PEOPLE if thing.category == "person" else _OF_THINGS
        said = tuple(wording.format(n="{n}", c=colour) for wording in wordings)
        return [Fact("colour", said, 2.0 if rivals else 0.7)]

    def colour(self, thing: Thing) -> str | None:
        """Name the colour of an object, or nothing when it is doubtful."""
        if thing.category in _COLOURLESS or (thing.category == "person" and not _dressed(thing)):
            return None
        shares = self.shares(thing)
        best = max(self._allowed(thing), key=lambda name: shares.get(name, 0.0))
        return best if shares.get(best, 0.0) >= _CLEAR else None

    def _allowed(self, thing: Thing) -> list[str]:
        """List the colours that may be said: no black in a dark photo, brown and orange not of one thing."""
        names = _CLOTHES if thing.category == "person" else _NAMES
        doubtful = {"orange"} if thing.category in _EARTHY else {"brown"}
        if float(np.median(self.pixels[..., 2])) < _DARK:
            doubtful.add("black")
        return [name for name in names if name not in doubtful]


def _dressed(person: Thing) -> bool:
    """Tell whether a person is large and upright enough for the chest to be found."""
    return person.share >= 0.02 and person.height > 0.3


def _chest(mask: np.ndarray) -> np.ndarray:
    """Keep the rows from 22 % to 55 % of a person's height, where a shirt is."""
    rows = np.flatnonzero(mask.any(axis=1))
    chest = np.zeros_like(mask)
    if len(rows):
        top, height = rows[0], rows[-1] - rows[0] + 1
        band = slice(int(top + 0.22 * height), int(top + 0.55 * height) + 1)
        chest[band] = mask[band]
    return chest


def _has(name: str, pixels: np.ndarray) -> np.ndarray:
    """Tell which pixels, (N, 3) hue, saturation and value, a person would call by a colour's name."""
    hue, saturation, value = pixels.T
    found = np.zeros(len(pixels), dtype=bool)
    if name == "black":
        found |= value < 0.22
    elif name == "white":
        found |= (saturation < 0.14) & (value > 0.72)
    elif name == "brown":
        found |= (hue >= 12) & (hue < 40) & (saturation > 0.3) & (value > 0.15) & (value < 0.6)
    else:
        least_value = 0.6 if name in {"orange", "yellow", "pink"} else 0.3
        for hue_name, low, high in _HUES:
            found |= (hue_name == name) & (hue >= low) & (hue <= high)
        found &= (saturation > 0.45) & (value > least_value)
    return found
