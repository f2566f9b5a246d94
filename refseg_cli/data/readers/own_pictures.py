"""The photos and videos of one's own data: their size, and the frames of a video."""

import re
from pathlib import Path

from refseg.models.images import IMAGE_SUFFIXES, image_size
from refseg_cli.data.clips import Clip, count_frames
from refseg_cli.data.stamps import note

from .own_masks import BadRow


def measure(path: Path, is_video: bool) -> tuple[tuple[int, int], Clip | None]:
    """Find the size of a photo or video, and of a video its frames.

    Args:
        path: a photo; of a video, the file or a folder with a picture for each frame.
        is_video: which of the two it is.

    Returns:
        Width and height as shown, and the clip, of which no frame is annotated yet.

    Raises:
        BadRow: there is no frame.
        DataError: the video is missing or broken.
        ImageError: the photo is missing or broken.
    """
    note(path)
    if not is_video:
        return image_size(path), None
    clip = _folder(path) if path.is_dir() else Clip(path, count_frames(path), ())
    if not clip.n_frames:
        raise BadRow(f"{path} has no frames; name a video file, or a folder with a picture for each frame")
    height, width = clip.read([0])[0].shape[:2]
    return (width, height), clip


def _folder(path: Path) -> Clip:
    pictures = (entry.name for entry in path.iterdir() if entry.suffix.lower() in IMAGE_SUFFIXES)
    names = tuple(sorted(pictures, key=_in_order))
    return Clip(path, len(names), (), names)


def _in_order(name: str) -> list[tuple[int, str]]:
    """A key by which frame 10 comes after frame 9, however many zeros stand before."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
