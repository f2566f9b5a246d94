"""The frames of a video, read by their exact number from a video file or from a folder of pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Clip:
    """A video of which some frames are annotated. Frames are counted from 0.

    Attributes:
        path: a video file, or a folder with a picture for each frame.
        n_frames: how many frames there are.
        annotated: the numbers of the frames that have a mask.
        names: of a folder, the file of each frame in order; empty for a video file.
    """

    path: Path
    n_frames: int
    annotated: tuple[int, ...]
    names: tuple[str, ...] = ()

    def stem(self, frame: int) -> str:
        """The name that masks of a frame go by: the picture's without its ending, or 00001 for frame 0."""
        return Path(self.names[frame]).stem if self.names else f"{frame + 1:05d}"

    def read(self, frames: Iterable[int]) -> dict[int, np.ndarray]:
        """Read some frames, each (H, W, 3) uint8 RGB.

        Raises:
            DataError: the video or a picture is missing or broken, or has fewer frames than it should.
        """
        raise NotImplementedError  # part V
