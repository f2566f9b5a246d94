"""Writes a video that any player shows: H.264 in an MP4, each frame at the time at which it is to be seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from refseg_cli.errors import DataError
from refseg_cli.files import written_whole

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_CLOCK: Final = Fraction(1, 60_000)
"""Seconds of a tick: the usual rates, milliseconds and the hundredths of a GIF are whole ticks."""
_ENCODERS: Final = ("libx264", "libopenh264", "mpeg4")  # the last, which is not H.264, is always there
_BT709: Final = 1  # as FFmpeg numbers colours


class VideoWriter:
    """Encodes frames into an MP4 as they come; what it holds does not grow with their number.

    Args:
        stream: Where the file is written, open for binary writing.
    """

    def __init__(self, stream: BinaryIO) -> None:
        import av

        self._container: OutputContainer = av.open(stream, "w", format="mp4")
        self._stream: VideoStream | None = None
        self._durations: dict[int, int] = {}  # of the frames that the encoder still holds
        self._last = -1

    def add(self, pixels: NDArray[np.uint8], start: Fraction, duration: Fraction) -> None:
        """Append a frame.

        Args:
            pixels: (H, W, 3) RGB, of one size in all frames. Where a side is odd, its last row or column is
                repeated, as H.264 halves the colours.
            start: When it is shown, in seconds, later than the one before.
            duration: For how many seconds; only that of the last frame counts.
        """
        from av import VideoFrame

        if self._stream is None:
            self._stream = self._begin(pixels.shape[0], pixels.shape[1])
        height, width = pixels.shape[:2]
        even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = VideoFrame.from_ndarray(even, format="rgb24").reformat(
            format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
        )
        self._last = max(round(start / _CLOCK), self._last + 1)
        frame.pts, frame.time_base = self._last, _CLOCK
        self._durations[self._last] = max(1, round(duration / _CLOCK))
        self._encode(self._stream, frame)

    def close(self) -> None:
        """Write what the encoder still holds, and the table of frames.

        Raises:
            ValueError: If there was no frame.
        """
        if self._stream is None:
            raise ValueError("a video needs at least one frame, got none")
        self._encode(self._stream, None)
        self._container.close()

    def _begin(self, height: int, width: int) -> "VideoStream":
        import av

        codec = next(name for name in _ENCODERS if name in av.codecs_available)
        stream: VideoStream = self._container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        # no frame is stored before those that it is shown after: else the last would not last as it should
        stream.options = {"bf": "0"}
        if codec == "libx264":
            stream.options |= {"crf": "20", "preset": "veryfast"}
        context = stream.codec_context
        context.time_base = _CLOCK
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        return stream

    def _encode(self, stream: "VideoStream", frame: "VideoFrame | None") -> None:
        for packet in stream.encode(frame):
            packet.duration = self._durations.pop(packet.pts or 0, 1)
            self._container.mux(packet)


@contextmanager
def written_video(path: Path) -> Iterator[VideoWriter]:
    """Write a video whole or not at all.

    Args:
        path: Of the file, an MP4 whatever its ending.

    Raises:
        DataError: If it cannot be written.
    """
    import av

    try:
        with written_whole(path) as stream:
            writer = VideoWriter(stream)
            yield writer
            writer.close()
    except av.FFmpegError as error:
        raise DataError(
            f"cannot write {path} ({error.strerror}); choose another folder or --max-size"
        ) from error
