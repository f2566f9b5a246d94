"""The frames of a video, read by their exact number from a video file or from a folder of pictures."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refseg.models.errors import ImageError
from refseg.models.images import is_picture, read_image
from refseg_cli.errors import DataError

if TYPE_CHECKING:
    from av import FFmpegError, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

# no playlists, which lead to other files and can be without end; some kinds of sound, to say that it is sound
_VIDEOS_ALONE = {
    "format_whitelist": "mov,matroska,avi,mpeg,mpegts,flv,asf,ogg,gif,yuv4mpegpipe,mp3,wav,flac,aac"
}


@dataclass(frozen=True)
class Clip:
    """A video of which some frames are annotated. Frames are counted from 0.

    Attributes:
        path: a video file, or a folder with a picture for each frame.
        n_frames: how many frames there are.
        annotated: the numbers of the frames that have a mask.
        names: of a folder, the file of each frame in order; empty for a video file.
        centres: the annotated frames to train and to measure on; empty for all of them.
    """

    path: Path
    n_frames: int
    annotated: tuple[int, ...]
    names: tuple[str, ...] = ()
    centres: tuple[int, ...] = ()

    @property
    def asked(self) -> tuple[int, ...]:
        """The frames that a training and an evaluation ask about."""
        return self.centres or self.annotated

    def stem(self, frame: int) -> str:
        """The name that masks of a frame go by: the picture's without its ending, or 00001 for frame 0."""
        return Path(self.names[frame]).stem if self.names else f"{frame + 1:05d}"

    def read(self, frames: Iterable[int]) -> dict[int, np.ndarray]:
        """Read some frames.

        Args:
            frames: their numbers, in any order. Frame k of a video file is the k-th that a player shows.

        Returns:
            By number, in order, each (H, W, 3) uint8 RGB.

        Raises:
            DataError: the video or a picture is missing or broken, or has fewer frames than it should.
            ValueError: the clip has no frame of such a number.
        """
        wanted = sorted(set(frames))
        if not wanted:
            return {}
        if wanted[0] < 0 or wanted[-1] >= self.n_frames:
            raise ValueError(f"{self.path} has frames 0 to {self.n_frames - 1}, not {wanted}")
        if self.names:
            return {number: _picture(self.path / self.names[number]) for number in wanted}
        return _decode(self.path, wanted, self.n_frames)


def count_frames(path: Path) -> int:
    """Count the frames of a video file.

    Raises:
        DataError: the file is missing, broken or no video.
    """
    with opened_video(path) as (container, stream):
        if _is_frame_per_packet(container, stream):
            n_packets = sum(packet.size > 0 and not packet.is_discard for packet in container.demux(stream))
            if n_packets == stream.frames:
                return n_packets
    with opened_video(path) as (container, stream):  # decoding takes longer, and is always right
        return sum(1 for _ in container.decode(stream))


def _decode(path: Path, wanted: Sequence[int], n_frames: int) -> dict[int, np.ndarray]:
    """Decode from the first frame to the last that is wanted.

    Seeking would be faster, but where it lands is a matter of timestamps, which files may have wrong.
    """
    read: dict[int, np.ndarray] = {}
    n_decoded = 0
    with opened_video(path) as (container, stream):
        for number, frame in enumerate(_in_order(path, container, stream)):
            n_decoded = number + 1
            if number in wanted:
                read[number] = frame.to_ndarray(format="rgb24")
            if number == wanted[-1]:
                return read
    raise DataError(
        f"{path}: has {n_decoded} frames, should have {n_frames}, and frame {wanted[-1]} (from 0) is wanted; "
        f"{_again(path)}"
    )


def _in_order(path: Path, container: "InputContainer", stream: "VideoStream") -> Iterator["VideoFrame"]:
    """Decode the frames in the order in which they are shown, which is not that in which they are stored.

    The decoder leaves out what is too damaged, and all later frames would be taken for their neighbours.
    Where each packet is a frame, this is noticed: none may be passed over once the first has been shown.
    """
    if not _is_frame_per_packet(container, stream):
        yield from container.decode(stream)
        return
    due: list[int] = []
    n_shown = 0
    for packet in container.demux(stream):
        if packet.pts is not None and not packet.is_discard:
            heappush(due, packet.pts)
        for frame in packet.decode():
            while due and frame.pts is not None and heappop(due) < frame.pts:
                if n_shown:
                    raise DataError(f"{path}: frame {n_shown} (from 0) is damaged; {_again(path)}")
            n_shown += 1
            yield frame


def _is_frame_per_packet(container: "InputContainer", stream: "VideoStream") -> bool:
    """Whether each packet holds one frame, no more and no less: so with the usual codecs in an MP4."""
    return "mp4" in container.format.name.split(",") and stream.codec_context.name in ("h264", "hevc")


@contextmanager
def opened_video(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """Open a video file, and close it whatever happens.

    Raises:
        DataError: the file is missing, broken, or no video.
    """
    import av
    from av.stream import Disposition

    if not path.is_file():
        raise DataError(f"{path}: no such video; see what can be fetched with: refseg download --list")
    try:
        # "file:", or what stands before a colon in a name would be taken for a protocol
        with av.open(f"file:{path}", options=_VIDEOS_ALONE, metadata_errors="ignore") as container:
            pictures = Disposition.attached_pic  # the cover of a piece of music
            videos = [each for each in container.streams.video if not each.disposition & pictures]
            if not videos:
                sound = ", only sound" if container.streams.audio else ""
                raise DataError(f"{path}: holds no video{sound}; {_again(path)}")
            stream = videos[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except av.FFmpegError as error:
        raise DataError(f"{path}: {_what_it_is(path, error)}") from error


def _what_it_is(path: Path, error: "FFmpegError") -> str:
    if is_picture(path):
        return "is a picture, not a video; give it the ending of one, or, if it moves, save it as GIF"
    if not path.stat().st_size:
        return f"is empty (0 bytes); {_again(path)}"
    return f"not a video that can be read to the end ({error.strerror}); {_again(path)}"


def _again(path: Path) -> str:
    return f"fetch it again, or look at it with: ls -l {path}"


def _picture(path: Path) -> np.ndarray:
    try:
        return np.array(read_image(path))
    except ImageError as error:
        raise DataError(str(error)) from error
