"""Pairs of sentences that differ in one word and name two different objects of one kind.

A network that heeds only "dog" gives the same mask for "left dog" and "right dog"; the swap test counts
how often the mask follows the word.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .masks import decode_mask
from .phrases.facts import is_biggest, is_leftmost, is_rightmost, is_smallest
from .phrases.nouns import nouns_of
from .phrases.scene import Scene, Thing, read_scenes


@dataclass(frozen=True)
class SwapPair:
    """Two objects of one category in one photo and the two sentences that name the one, then the other.

    Attributes:
        image_id: number of the photo.
        image_path: the photo.
        kind: what the sentences swap: "left-right" or "size".
        category: COCO category of both objects.
        sentences: the first names the first annotation, the second the second one.
        annotations: COCO annotations of the two objects; left before right, bigger before smaller.
        height: of the photo, in pixels.
        width: of the photo, in pixels.
    """

    image_id: int
    image_path: Path
    kind: Literal["left-right", "size"]
    category: str
    sentences: tuple[str, str]
    annotations: tuple[Mapping[str, Any], Mapping[str, Any]] = field(repr=False, hash=False)
    height: int
    width: int

    def masks(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw the masks of the two objects, (height, width) bool each."""
        first, second = self.annotations
        return decode_mask(first, self.height, self.width), decode_mask(second, self.height, self.width)


def swap_pairs(
    instances: Mapping[str, Any],
    images_dir: Path,
    *,
    image_ids: Collection[int] | None = None,
    complete_categories: Collection[str] | None = None,
) -> list[SwapPair]:
    """Find the pairs of a set of photos: at most one of each kind per category and photo.

    Args:
        instances: content of a COCO `instances.json`.
        images_dir: folder of the photos.
        image_ids: photos to look at; all when None.
        complete_categories: categories of which every object is annotated; None for all of them.
    """
    scenes = read_scenes(instances, image_ids, complete_categories)
    return [pair for scene in scenes for pair in _pairs_of_scene(scene, images_dir)]


def _pairs_of_scene(scene: Scene, images_dir: Path) -> Iterator[SwapPair]:
    for category in sorted({thing.category for thing in scene.things if thing.clear}):
        yield from _pairs_of_category(scene, category, images_dir)


def _pairs_of_category(scene: Scene, category: str, images_dir: Path) -> Iterator[SwapPair]:
    noun = nouns_of(category)[0]
    things = [thing for thing in scene.things if thing.category == category]
    if scene.rivals(things[0], noun) is None:
        return
    left, right = _the_one(things, is_leftmost), _the_one(things, is_rightmost)
    if left and right:
        words = ("left", "right") if len(things) == 2 else ("leftmost", "rightmost")
        yield _pair(scene, images_dir, "left-right", words, (left, right))
    big, small = _the_one(things, is_biggest), _the_one(things, is_smallest)
    if big and small:
        words = ("bigger", "smaller") if len(things) == 2 else ("biggest", "smallest")
        yield _pair(scene, images_dir, "size", words, (big, small))


def _the_one(things: Sequence[Thing], holds: Callable[[Thing, Sequence[Thing]], bool]) -> Thing | None:
    """Find the object that is clear and of which a statement holds among all the rest."""
    for thing in things:
        if thing.clear and holds(thing, [other for other in things if other is not thing]):
            return thing
    return None


def _pair(
    scene: Scene,
    images_dir: Path,
    kind: Literal["left-right", "size"],
    words: tuple[str, str],
    things: tuple[Thing, Thing],
) -> SwapPair:
    first, second = things
    noun = nouns_of(first.category)[0].words[0]
    return SwapPair(
        image_id=scene.image_id,
        image_path=images_dir / scene.file_name,
        kind=kind,
        category=first.category,
        sentences=(f"{words[0]} {noun}", f"{words[1]} {noun}"),
        annotations=(first.annotation, second.annotation),
        height=scene.height,
        width=scene.width,
    )
