"""The generated benchmark's clips as a dataset: sentences now, frames and masks when they are asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from refseg_cli import console
from refseg_cli.data.clips import Clip
from refseg_cli.data.drawn import MOTION as RECIPE
from refseg_cli.data.readers.base import NoSuchSplit
from refseg_cli.data.samples import Sample
from refseg_cli.errors import UsageError

from .background import background
from .chance import generator
from .motion_clip import MOTION_SPLITS, MOTION_VERSION, MotionClip, background_numbers, make_clip
from .motion_paths import CENTRE, N_FRAMES, Motion, states
from .motion_wording import motion_word_types
from .paint import render
from .reader import category_id, things_of
from .things import Thing
from .vocabulary import CANVAS

CLIPS: Final = 400
"""How many clips each split has, but train; eight families take turns."""
PER_CLIP: Final = 2
"""How many sentences a clip has."""

_MOST: Final = 1_000_000  # clips of a split; image_id and the numbers made of it tell the splits apart by it
_DEEPEST: Final = 8  # objects of a clip
_RECENT: Final = 32  # backgrounds that are kept: samples of one clip are asked for in a row


@dataclass(frozen=True)
class MotionReader:
    """The motion version of RefShapes: drawn clips of 16 frames, each with two sentences on two rivals.

    The rivals fit all that is said but for what they do, so no single frame tells which one is meant. All
    frames have masks. The one to train and to measure on is 8, the centre: there everything is in sight, and
    the frames around it are exactly balanced (see `motion_paths.TIMES`); around other frames they are not.

    Attributes:
        size: how many clips train has. Clip k of a split is the same whatever the size.
        seed: of all clips.
    """

    size: int = 2000
    seed: int = 0
    version: int = field(default=MOTION_VERSION, init=False)

    def __post_init__(self) -> None:
        if not 1 <= self.size <= _MOST or self.seed < 0:
            raise UsageError(
                f"shapes-motion: size {self.size} and seed {self.seed} do not do: a size is 1 to {_MOST:,} "
                "clips and a seed 0 or greater; type: refseg download shapes-motion --size 2000"
            )

    @property
    def name(self) -> str:
        """The name of the dataset."""
        return "shapes-motion"

    def splits(self) -> tuple[str, ...]:
        """Train, val and test; no two share a clip."""
        return MOTION_SPLITS

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - of no split
        """There are none: everything is drawn."""
        return ()

    def read(self, split: str) -> list[Sample]:
        """Make the clips of a split, one sample per sentence; frames are drawn when asked for.

        The kind of a sample is "order-free" where the sampled frames tell in any order what it says, and
        "order" where their order must be known. The annotation holds the recipe for frames and masks.

        Raises:
            NoSuchSplit: there is no such split.
        """
        if split not in MOTION_SPLITS:
            raise NoSuchSplit(self.name, split, MOTION_SPLITS)
        count = self.size if split == "train" else CLIPS
        clips = console.track(range(count), f"clips of {split}")
        return [sample for number in clips for sample in self._samples(split, number)]

    def _samples(self, split: str, number: int) -> Iterator[Sample]:
        clip = make_clip(self.seed, split, number)
        image_id = MOTION_SPLITS.index(split) * _MOST + number
        path = Path(f"shapes-motion-v{MOTION_VERSION}", str(self.seed), split, f"{number:06}")
        for index, (action, sentence) in enumerate(zip(clip.family.actions, clip.sentences, strict=True)):
            target = clip.target(action)
            yield Sample(
                sample_id=f"{self.name}/{image_id * PER_CLIP + index}",
                image_id=image_id,
                image_path=path,
                expression=sentence,
                annotation={RECIPE: self._recipe(clip, split, number, action)},
                height=CANVAS,
                width=CANVAS,
                category_id=category_id(clip.things[target].shape),
                ann_id=image_id * _DEEPEST + target,
                ref_id=image_id * _DEEPEST + target,
                kind=clip.family.kind,
                dataset=self.name,
                split=split,
                provenance=f"drawn by refseg, shapes-motion version {MOTION_VERSION}, seed {self.seed}",
                clip=Clip(path, N_FRAMES, tuple(range(N_FRAMES)), centres=(CENTRE,)),
                word_types=motion_word_types(sentence),
            )

    def _recipe(self, clip: MotionClip, split: str, number: int, action: str) -> dict[str, Any]:
        return {
            "background": list(background_numbers(self.seed, split, number)),
            "things": [list(astuple(thing)) for thing in clip.things],
            "motions": [list(astuple(motion)) for motion in clip.motions],
            "thing": clip.target(action),
            "action": action,
            "candidates": clip.named(clip.description, "").sure.bit_count(),
        }


def draw_frames(recipe: Mapping[str, Any], frames: Iterable[int]) -> dict[int, np.ndarray]:
    """Draw frames of a clip.

    Args:
        recipe: "background", the numbers from which chance starts, "things" and "motions", as `Thing` and
            `Motion` take them.
        frames: their numbers, 0 to 15.

    Returns:
        By number, (320, 320, 3) uint8 RGB.

    Raises:
        ValueError: there is no such frame.
    """
    return {frame: image for frame, image, _ in draw_scenes(recipe, frames)}


def draw_mask(recipe: Mapping[str, Any], frame: int) -> np.ndarray:
    """Draw what can be seen of the named object, the one with the number "thing", in a frame.

    Returns:
        (320, 320) bool; nothing while a blinking object is out of sight, which in frame 8 it is not.

    Raises:
        ValueError: there is no such frame.
    """
    mask: np.ndarray = scene_masks(recipe, frame)[recipe["thing"]]
    return mask


def scene_masks(recipe: Mapping[str, Any], frame: int) -> np.ndarray:
    """Draw what can be seen of each object of a clip in a frame, (n, 320, 320) bool.

    Number "thing" is the named one. Of all of them, "candidates" fit the sentence but for what they do.

    Raises:
        ValueError: there is no such frame.
    """
    return next(draw_scenes(recipe, [frame]))[2]


def draw_scenes(
    recipe: Mapping[str, Any], frames: Iterable[int]
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Draw frames of a clip: of each its number, the picture, and the masks of all objects, as above."""
    behind, tracks = _behind(tuple(recipe["background"])), tracks_of(recipe)
    for frame in frames:
        if not 0 <= frame < N_FRAMES:
            raise ValueError(f"a clip has frames 0 to {N_FRAMES - 1}, not {frame}")
        here = [track[frame] for track in tracks]
        image, seen = render(behind, [thing for thing in here if thing])
        masks = np.zeros((len(here), CANVAS, CANVAS), dtype=bool)
        masks[[thing is not None for thing in here]] = seen
        yield frame, image, masks


def tracks_of(recipe: Mapping[str, Any]) -> list[Sequence[Thing | None]]:
    """Each object of a clip in each of its frames; None where it cannot be seen."""
    motions = [
        Motion(dx, dy, course, turn, growth, tuple(hidden))
        for dx, dy, course, turn, growth, hidden in recipe["motions"]
    ]
    return [states(thing, motion) for thing, motion in zip(things_of(recipe), motions, strict=True)]


@lru_cache(maxsize=_RECENT)
def _behind(numbers: tuple[int, ...]) -> np.ndarray:
    return background(generator(*numbers))
