"""Videos made in the tests, with the number of each frame written into its pixels."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

HEIGHT, WIDTH = 48, 64
_BITS = 8
_BLOCK = WIDTH // _BITS
H264 = "libx264" in av.codecs_available
"""Whether H.264 can be written here; MPEG-4 always can. Both store frames in another order than they show."""


def numbered(number: int) -> np.ndarray:
    """A picture (HEIGHT, WIDTH, 3): eight blocks, white or black, spell the number; below them all is red."""
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for bit in range(_BITS):
        picture[: HEIGHT // 2, bit * _BLOCK : (bit + 1) * _BLOCK] = 255 * (number >> bit & 1)
    picture[HEIGHT // 2 :, :, 0] = 230
    return picture


def number_in(picture: np.ndarray) -> int:
    """Read the number back; compression does not blur a block beyond the half."""
    rows = slice(4, HEIGHT // 2 - 4)
    means = (picture[rows, bit * _BLOCK + 2 : (bit + 1) * _BLOCK - 2].mean() for bit in range(_BITS))
    return sum(1 << bit for bit, mean in enumerate(means) if mean > 128)


def write_video(
    path: Path, n_frames: int, codec: str = "", variable_rate: bool = False, begins: int = 0
) -> Path:
    """Write a video whose frame k shows the number k.

    Args:
        path: its ending says which container.
        n_frames: at most 256.
        codec: libx264 or mpeg4; the first that there is, when not given.
        variable_rate: show the frames for 7 to 100 ms each.
        begins: how many frames of a steady video the first one is shown after its time 0.
    """
    codec = codec or ("libx264" if H264 else "mpeg4")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"x264-params": "bframes=3:b-adapt=0"} if codec == "libx264" else {"bf": "2"}
        clock = Fraction(1, 1000)
        if variable_rate:
            stream.codec_context.time_base = clock
        shown = 0
        for number in range(n_frames):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            if variable_rate:
                frame.pts, frame.time_base = shown, clock
                shown += (20, 40, 100, 7)[number % 4]
            elif begins:
                frame.pts, frame.time_base = begins + number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def replace_packet(source: Path, path: Path, number: int, content: bytes) -> Path:
    """Copy a video, with other bytes in place of one packet."""
    with av.open(str(source)) as read, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for place, packet in enumerate(read.demux(video=0)):
            if packet.size:
                copy = av.Packet(content if place == number else bytes(packet))
                copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
                copy.is_keyframe, copy.stream = packet.is_keyframe, stream
                written.mux(copy)
    return path
