"""What `refseg predict` can be told about a video, and whether what it is given is one."""

# ruff: noqa: PTH112, PTH113 - pathlib raises where a name is too long, as a sentence may be

import re
import sys
from dataclasses import dataclass
from os.path import isdir, isfile
from pathlib import Path
from typing import Literal

from refseg.models.images import IMAGE_SUFFIXES, is_moving, is_picture, missing_image
from refseg_cli.data.clips import opened_video
from refseg_cli.data.footage import VIDEO_SUFFIXES
from refseg_cli.errors import DataError, UsageError

MasksAs = Literal["png", "rle"]


@dataclass(frozen=True)
class VideoOptions:
    """The options that are about videos alone; None where nothing was said.

    Args:
        told: that the source is a video, whatever it looks like: a folder with a picture for each frame.
        frames: "A:B", from frame A up to but without frame B, counted from 0; each may be left out.
        every: N, for every N-th frame of them.
        max_size: reduces frames so that neither side is longer.
        masks: "png" for a folder of pictures (as where nothing is said), "rle" for lines of run lengths.

    Raises:
        UsageError: if `frames` is no such range.
    """

    told: bool = False
    frames: str | None = None
    every: int | None = None
    max_size: int | None = None
    masks: MasksAs | None = None

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if not self.wanted:
            raise UsageError(
                f"--frames {self.frames} is empty: it goes from a frame up to but without another; try 0:100"
            )

    @property
    def wanted(self) -> range:
        """The numbers of the frames to segment; those past the end of the video do no harm."""
        match = re.fullmatch(r"(\d{0,12}):(\d{0,12})", self.frames or ":", re.ASCII)
        if match is None:
            raise UsageError(
                f"--frames takes A:B, from frame A to before frame B, got {self.frames!r}; for example 0:100"
            )
        first, end = match.groups()
        return range(int(first or 0), int(end or sys.maxsize), self.every or 1)

    def check_unused(self, source: str) -> None:
        """Refuse options for videos where the source is none.

        Raises:
            UsageError: if any was given.
        """
        given = {
            "--frames": self.frames,
            "--every": self.every,
            "--max-size": self.max_size,
            "--masks": self.masks,
        }
        names = [name for name, value in given.items() if value is not None]
        if names:
            folder = "; if its pictures are the frames of one, add --video" if isdir(source) else ""
            raise UsageError(
                f"{source} is not a video, for which {' and '.join(names)} would be{folder or '; leave out'}"
            )


def is_video(source: str, told: bool) -> bool:
    """Tell whether a SOURCE is a video: a file that moves, or what one is told is a video.

    A folder of pictures may be photos or frames, and nothing in it says which: it is photos until one is told
    otherwise. A GIF is a video when it holds more than one picture. A file whose ending says nothing, or says
    GIF of what is none, is a video when it can be opened as one.

    Raises:
        ImageError: if one is told so, and there is nothing of that name.
        UsageError: if one is told so of what is neither a file nor a folder.
    """
    if told:
        if not isfile(source) and not isdir(source):
            if source == "-" or set(source) & set("*?["):
                raise UsageError(
                    f"--video takes a video file, or a folder with a picture for each frame, not {source}; "
                    "name the folder"
                )
            raise missing_image(Path(source))
        return True
    path = Path(source)
    suffix = path.suffix.lower()
    if not isfile(source) or suffix in IMAGE_SUFFIXES - VIDEO_SUFFIXES:
        return False
    if suffix in VIDEO_SUFFIXES - IMAGE_SUFFIXES:
        return True
    return is_moving(path) if is_picture(path) else _opens(path)


def _opens(path: Path) -> bool:
    try:
        with opened_video(path):
            return True
    except DataError:
        return False
