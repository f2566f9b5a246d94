"""Any video frame by frame, as a player shows it: upright, at its own pace, and however long it is.

A dataset's clips are read otherwise, see `clips.py`: there a frame is what its annotation was drawn on, so
that notes on how to turn it are left alone, and any damage is an error.
"""

import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from os import SEEK_END
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from refseg.models.images import IMAGE_SUFFIXES, image_size, read_image
from refseg_cli.console import warn
from refseg_cli.errors import DataError

from .clips import opened_video

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

Pixels = NDArray[np.uint8]

# fmt: off
VIDEO_SUFFIXES = frozenset((
    ".avi", ".flv", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv",
))
# fmt: on
"""The endings by which videos are found; a file named by itself may have any ending."""

FOLDER_RATE = Fraction(25)
"""How many pictures of a folder a second has, as they do not say so themselves."""

_MICROSECONDS = 1_000_000  # of a second; FFmpeg's unit for whole files


@dataclass(frozen=True)
class Frame:
    """A frame of a video.

    Attributes:
        number: Counted from 0.
        name: What its mask goes by: a picture's name without its ending, or 00001 for frame 0.
        pixels: (H, W, 3) RGB; H and W are the same in all frames.
        start: When it is shown, in seconds after the first frame.
        duration: For how many seconds, as far as the video says so.
    """

    number: int
    name: str
    pixels: Pixels
    start: Fraction
    duration: Fraction


def read_frames(path: Path, max_size: int | None = None) -> Iterator[Frame]:
    """Read a video from its first frame to its last; no more than a few frames are held at a time.

    Of a file that is damaged or cut short all frames come that can be read, and then a warning.

    Args:
        path: A video file, or a folder with a picture for each frame, in the order of the numbers in their
            names.
        max_size: Reduces frames so that neither side is longer.

    Raises:
        DataError: It is missing, no video (sound alone, for one), without a frame that can be read, or a
            folder whose pictures differ in size.
        ImageError: A picture cannot be read.
    """
    yield from _pictures(path, max_size) if path.is_dir() else _video(path, max_size)


def expected_frames(path: Path) -> int | None:
    """Tell how many frames a video says that it has, or will have by its length; None where it says nothing.

    Of a folder the headers of all pictures are read, so that a wrong one is found before any work.

    Raises:
        DataError, ImageError: As `read_frames`.
    """
    if path.is_dir():
        pictures = _listed(path)
        first = image_size(pictures[0])
        for picture in pictures:
            _check_size(picture, image_size(picture), first)
        return len(pictures)
    with opened_video(path) as (container, stream):
        if stream.frames:
            return stream.frames
        if not container.duration or not stream.average_rate:
            return None
        return max(1, round(Fraction(container.duration, _MICROSECONDS) * stream.average_rate))


@dataclass
class _Seen:
    """What is known of a file once it has been read.

    Attributes:
        n_lost: Packets that could not be decoded.
        broke: Whether reading ended in an error.
        end: When the last packet ends, of sound or picture, in seconds.
    """

    n_lost: int = 0
    broke: bool = False
    end: Fraction = Fraction(0)


def _video(path: Path, max_size: int | None) -> Iterator[Frame]:
    with opened_video(path) as (container, stream):
        seen, size = _Seen(), (0, 0)
        usual = 1 / Fraction(stream.average_rate or FOLDER_RATE)
        frame: Frame | None = None
        for shown, start in _timed(_decoded(container, stream, seen), usual):
            if frame is None:
                number, size = 0, _reduced(shown.height, shown.width, max_size)
            else:  # packets do not say reliably for how long a frame is shown; the next one does
                number = frame.number + 1
                yield replace(frame, duration=start - frame.start)
            lasts = shown.duration * Fraction(shown.time_base or 0) or usual
            frame = Frame(number, f"{number + 1:05d}", _upright(shown, size), start, lasts)
        seen.broke |= container.format.name == "gif" and not _ends_as_gif(path)
        if frame is None:
            raise DataError(f"{path}: none of its frames can be read, it is damaged; {_again(path)}")
        yield frame
        _tell(path, frame.number + 1, seen, _missing(container, seen, usual))


def _timed(frames: Iterator["VideoFrame"], usual: Fraction) -> Iterator[tuple["VideoFrame", Fraction]]:
    """Tell when each frame is shown, in seconds after the first; one that does not say so follows at once."""
    first: Fraction | None = None
    start = -usual
    for shown in frames:
        if shown.pts is None or shown.time_base is None:
            start += usual
        else:
            time = Fraction(shown.pts * shown.time_base)
            first = time if first is None else first
            start = time - first
        yield shown, start


def _decoded(container: "InputContainer", stream: "VideoStream", seen: _Seen) -> Iterator["VideoFrame"]:
    """Decode all that can be decoded."""
    import av

    packets = container.demux()  # sound as well: where both end too early, the file is cut short
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            seen.broke, packet = True, None
        if packet is not None and packet.pts is not None:
            seen.end = max(seen.end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if packet is not None and packet.stream_index != stream.index:
            continue
        try:
            yield from stream.decode(packet)  # of None, what waits in the decoder
        except EOFError:
            return  # nothing waits
        except av.FFmpegError:
            seen.n_lost += 1
        if packet is None:
            return


def _missing(container: "InputContainer", seen: _Seen, usual: Fraction) -> Fraction:
    """Tell how many seconds of a file are not there, by the length that it notes; 0 where it may be whole."""
    if not container.duration:
        return Fraction(0)
    # whether it counts from 0 or from the first frame differs: from what is earlier, not to cry wolf
    said = Fraction(container.duration + min(0, container.start_time or 0), _MICROSECONDS)
    missing = said - seen.end
    return missing if missing > max(2 * usual, Fraction(1, 5)) else Fraction(0)


def _ends_as_gif(path: Path) -> bool:
    """Whether the byte that closes a GIF is there; its frames tell nothing of their number."""
    with path.open("rb") as stream:
        stream.seek(-min(100, path.stat().st_size), SEEK_END)
        return stream.read().rstrip(b"\0\r\n").endswith(b";")


def _tell(path: Path, n_read: int, seen: _Seen, missing: Fraction) -> None:
    """Warn of what of a video could not be read."""
    if seen.broke or missing:
        last = f" and {float(missing):.1f} seconds too early" if missing else ""
        warn(f"{path} is cut short or damaged: it ends after {n_read} frames{last}; {_again(path)}")
    elif seen.n_lost:
        warn(f"{path} is damaged: {seen.n_lost} frames are left out; {_again(path)}")


def _again(path: Path) -> str:
    return f"copy or download it again, or look at it with: ls -l {path}"


def _upright(shown: "VideoFrame", size: tuple[int, int]) -> Pixels:
    """Bring a frame to RGB of a height and width, then turn it as the file notes that it is to be shown."""
    from av.sidedata.sidedata import SideData

    height, width = size
    reduced = shown.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    pixels = np.asarray(reduced.to_ndarray(), np.uint8)
    note = shown.side_data.get("DISPLAYMATRIX")
    if not isinstance(note, SideData):
        return pixels
    # (p, q) of the stored frame is shown at x = a·p + c·q, y = b·p + d·q
    a, b, _, c, d = struct.unpack("=5i", bytes(note)[:20])
    if abs(b) > abs(a):
        pixels, right, down = pixels.transpose(1, 0, 2), c, b
    else:
        right, down = a, d
    return np.ascontiguousarray(pixels[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1])


def _reduced(height: int, width: int, max_size: int | None) -> tuple[int, int]:
    scale = min(1.0, max_size / max(height, width)) if max_size else 1.0
    return max(1, round(height * scale)), max(1, round(width * scale))


def _pictures(folder: Path, max_size: int | None) -> Iterator[Frame]:
    from PIL import Image

    first: tuple[int, int] | None = None
    for number, path in enumerate(_listed(folder)):
        picture = read_image(path)
        first = first or picture.size
        _check_size(path, picture.size, first)
        height, width = _reduced(picture.height, picture.width, max_size)
        if (width, height) != picture.size:
            picture = picture.resize((width, height), Image.Resampling.BOX)
        yield Frame(number, path.stem, np.array(picture), number / FOLDER_RATE, 1 / FOLDER_RATE)


def _check_size(path: Path, size: tuple[int, int], first: tuple[int, int]) -> None:
    if size != first:
        sizes = f"{size[0]}x{size[1]} and not {first[0]}x{first[1]} as the first"
        raise DataError(f"{path}: is {sizes}; give a folder of pictures of one size: ls {path.parent}")


def _listed(folder: Path) -> list[Path]:
    """The pictures of a folder, by the numbers in their names: frame2.png before frame10.png."""
    found = [path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
    paths = sorted((path for path in found if not path.name.startswith(".")), key=_by_number)
    if not paths:
        raise DataError(f"{folder}: holds no pictures; look with: ls {folder}")
    repeated = [stem for stem, count in Counter(path.stem for path in paths).items() if count > 1]
    if repeated:
        raise DataError(f"{folder}: holds several pictures named {repeated[0]}; leave one: ls {folder}")
    return paths


def _by_number(path: Path) -> tuple[list[tuple[str, int]], str]:
    parts = [*re.split("([0-9]+)", path.stem.casefold()), "0"]  # text and digits in turn
    return [(text, int(number)) for text, number in zip(parts[::2], parts[1::2], strict=True)], path.name
