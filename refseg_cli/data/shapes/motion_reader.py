"""The generated benchmark's clips as a dataset: sentences now, frames and masks when they are asked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .motion_clip import MOTION_SPLITS, MOTION_VERSION, clip_background, make_clip
from .motion_paths import N_FRAMES
from .motion_wording import motion_word_types
from .paint import render
from .vocabulary import CANVAS

_RECENT: Final = 32  # clips that are kept: the samples of one are often asked for in a row


@dataclass(frozen=True)
class MotionReader:
    """The motion version of the benchmark: clips of 16 frames, each with two sentences.

    All frames have masks; the one in the centre, 8, is the one to train and to measure on. There alone is
    every object in sight, and for it alone the frames around it are balanced: see `docs/method.md`.

    Attributes:
        size: how many sentences the split train has; val and test have a fifth of it each.
        seed: of all clips. Clip k of a split is the same whatever the size.
    """

    size: int = 4000
    seed: int = 0
    version: int = field(default=MOTION_VERSION, init=False)

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
        """Make a split, one sample a sentence.

        The kind of a sample is "order-free" where the frames tell in any order what it says, and "order"
        where their order must be known. Its annotation says which action it names.

        Raises:
            DataError: there is no such split.
        """
        if split not in MOTION_SPLITS:
            raise DataError(f"{self.name} has no split {split}; name one of {', '.join(MOTION_SPLITS)}")
        size = self.size if split == "train" else max(1, self.size // 5)
        return list(self._samples(split, size))

    def _samples(self, split: str, size: int) -> Iterator[Sample]:
        for number in range(size):
            clip_number, side = divmod(number, 2)
            clip = _clip(self.seed, split, clip_number)
            action, sentence = clip.family.actions[side], clip.sentences[side]
            path = Path(self.name, f"{self.seed}", split, f"{clip_number:06d}")
            recipe = {"seed": self.seed, "split": split, "clip": clip_number, "action": action}
            yield Sample(
                sample_id=f"{self.name}/{split}/{number}",
                image_id=clip_number,
                image_path=path,
                expression=sentence,
                annotation={"shapes_motion": {**recipe, "object": clip.target(action)}},
                height=CANVAS,
                width=CANVAS,
                ann_id=number,
                ref_id=number,
                kind=clip.family.kind,
                dataset=self.name,
                split=split,
                provenance=f"drawn by refseg, motion clips version {MOTION_VERSION}, seed {self.seed}",
                clip=Clip(path, N_FRAMES, tuple(range(N_FRAMES))),
                word_types=motion_word_types(sentence),
            )


def draw_frames(recipe: Mapping[str, Any], frames: Iterable[int]) -> dict[int, np.ndarray]:
    """Draw frames of a clip.

    Args:
        recipe: "seed", "split" and "clip", as `make_clip` takes them.
        frames: their numbers, 0 to 15.

    Returns:
        By number, (320, 320, 3) uint8 RGB.

    Raises:
        ValueError: there is no such frame.
    """
    return {frame: draw_scene(recipe, frame)[0] for frame in frames}


def draw_mask(recipe: Mapping[str, Any], frame: int) -> np.ndarray:
    """Draw what can be seen of the named object in a frame.

    Args:
        recipe: as above, with "object", its number.
        frame: 0 to 15.

    Returns:
        (320, 320) bool; nothing while a blinking object is out of sight, which in frame 8 it is not.

    Raises:
        ValueError: there is no such frame.
    """
    mask: np.ndarray = scene_masks(recipe, frame)[recipe["object"]]
    return mask


def scene_masks(recipe: Mapping[str, Any], frame: int) -> np.ndarray:
    """Draw what can be seen of each object of a clip in a frame.

    Args:
        recipe: as for frames.
        frame: 0 to 15.

    Returns:
        (n, 320, 320) bool, in the order of `MotionClip.things`.

    Raises:
        ValueError: there is no such frame.
    """
    return draw_scene(recipe, frame)[1]


def draw_scene(recipe: Mapping[str, Any], frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a frame of a clip and the masks of all objects in it, as above."""
    if not 0 <= frame < N_FRAMES:
        raise ValueError(f"a clip has frames 0 to {N_FRAMES - 1}, not {frame}")
    place = recipe["seed"], recipe["split"], recipe["clip"]
    here = [track[frame] for track in _clip(*place).tracks]
    image, seen = render(_behind(*place), [thing for thing in here if thing])
    masks = np.zeros((len(here), CANVAS, CANVAS), dtype=bool)
    masks[[thing is not None for thing in here]] = seen
    return image, masks


_clip = lru_cache(_RECENT)(make_clip)
_behind = lru_cache(_RECENT)(clip_background)
