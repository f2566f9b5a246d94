"""The generated benchmark as a dataset: sentences now, pictures and masks when they are asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from refseg_cli import console
from refseg_cli.data.drawn import SHAPES as RECIPE
from refseg_cli.data.readers.base import NoSuchSplit
from refseg_cli.data.samples import Sample
from refseg_cli.errors import UsageError

from .background import background
from .chance import generator
from .paint import render
from .scene import SPLITS, VERSION, Scene, make_scene
from .things import Thing
from .vocabulary import CANVAS, SHAPES
from .wording import word_types

SCENES: Final = 500
"""How many scenes each split has, but train."""
PER_SCENE: Final = 3
"""How many expressions a scene has."""

_MOST: Final = 1_000_000  # scenes of a split; image_id and the numbers made of it tell the splits apart by it
_DEEPEST: Final = 8  # objects of a scene
_RECENT: Final = 32  # scenes whose picture and masks are kept: samples of one are asked for in a row


@dataclass(frozen=True)
class ShapesReader:
    """The benchmark RefShapes: drawn scenes with three expressions each, equally many of each group.

    A scene depends on seed, split and its own number alone, so that a smaller split is the start of a larger
    one. No other split shares a scene with train, and pairs of colour and shape of `HELD_OUT` are drawn in
    `test-unseen` only, where every expression names such an object and says its colour.

    Attributes:
        size: how many scenes train has.
        seed: of all scenes.
    """

    size: int = 2000
    seed: int = 0
    version: int = field(default=VERSION, init=False)

    def __post_init__(self) -> None:
        if not 1 <= self.size <= _MOST or self.seed < 0:
            raise UsageError(
                f"shapes: size {self.size} and seed {self.seed} do not do: a size is 1 to {_MOST:,} scenes "
                "and a seed 0 or greater; type: refseg download shapes --size 2000"
            )

    @property
    def name(self) -> str:
        """The name of the dataset."""
        return "shapes"

    def splits(self) -> tuple[str, ...]:
        """Train, val, test, test-relation and test-unseen."""
        return SPLITS

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - of no split
        """There are none: everything is drawn."""
        return ()

    def read(self, split: str) -> list[Sample]:
        """Make the scenes of a split, one sample per expression; pictures are drawn when asked for.

        The kind of a sample is its group. The annotation holds the recipe for picture and mask.

        Raises:
            NoSuchSplit: there is no such split.
        """
        if split not in SPLITS:
            raise NoSuchSplit(self.name, split, SPLITS)
        count = self.size if split == "train" else SCENES
        scenes = console.track(range(count), f"scenes of {split}")
        return [sample for number in scenes for sample in self._samples(split, number)]

    def _samples(self, split: str, number: int) -> Iterator[Sample]:
        scene = make_scene(self.seed, split, number)
        image_id = SPLITS.index(split) * _MOST + number
        for index, expression in enumerate(scene.expressions):
            shape = scene.things[expression.thing].shape
            ann_id = image_id * _DEEPEST + expression.thing
            yield Sample(
                sample_id=f"{self.name}/{image_id * PER_SCENE + index}",
                image_id=image_id,
                image_path=Path(f"shapes-v{VERSION}", str(self.seed), split, f"{number:06}.png"),
                expression=expression.text,
                annotation={RECIPE: self._recipe(scene, split, number, expression.thing)},
                height=CANVAS,
                width=CANVAS,
                category_id=category_id(shape),
                ann_id=ann_id,
                ref_id=ann_id,
                kind=expression.group,
                dataset=self.name,
                split=split,
                provenance=f"drawn by refseg, shapes version {VERSION}, seed {self.seed}",
                word_types=word_types(expression.text),
            )

    def _recipe(self, scene: Scene, split: str, number: int, thing: int) -> dict[str, Any]:
        return {
            "background": [VERSION, self.seed, SPLITS.index(split), number, 1],
            "things": [[*astuple(each)[:-1], list(each.rgb)] for each in scene.things],
            "thing": thing,
            "candidates": sum(other.shape == scene.things[thing].shape for other in scene.things),
        }


def category_id(shape: str) -> int:
    """The number of a shape among categories, from 1."""
    return list(SHAPES).index(shape) + 1


def draw_image(recipe: Mapping[str, Any]) -> np.ndarray:
    """Draw the picture of a sample.

    Args:
        recipe: "background", the numbers from which chance starts, and "things", as `Thing` takes them.

    Returns:
        (320, 320, 3) uint8 RGB.
    """
    return _drawn(*_hashable(recipe))[0].copy()


def draw_mask(recipe: Mapping[str, Any]) -> np.ndarray:
    """Draw what can be seen of the named object, the one with the number "thing", (320, 320) bool."""
    mask: np.ndarray = _drawn(*_hashable(recipe))[1][recipe["thing"]].copy()
    return mask


def scene_masks(recipe: Mapping[str, Any]) -> np.ndarray:
    """Draw what can be seen of each object of a scene, (n, 320, 320) bool.

    Number "thing" is the named one. Of all of them, "candidates" have the shape that its noun says.
    """
    return _drawn(*_hashable(recipe))[1].copy()


def things_of(recipe: Mapping[str, Any]) -> tuple[Thing, ...]:
    """The objects of a scene, in the order in which they are painted."""
    return tuple(
        Thing(shape, colour, size, x, y, radius, angle, tuple(rgb))
        for shape, colour, size, x, y, radius, angle, rgb in recipe["things"]
    )


def _hashable(recipe: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[Thing, ...]]:
    return tuple(recipe["background"]), things_of(recipe)


@lru_cache(maxsize=_RECENT)
def _drawn(chance: tuple[int, ...], things: tuple[Thing, ...]) -> tuple[np.ndarray, np.ndarray]:
    return render(background(generator(*chance)), things)
