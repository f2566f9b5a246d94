"""Videos as they come off telephones and broken downloads: turned, cut short, sound alone."""

import struct
from pathlib import Path

import av
import numpy as np
from numbered_videos import HEIGHT, WIDTH, numbered

ONE = 0x10000
"""1.0 in the numbers of a turning matrix."""


def cut_short(source: Path, path: Path, share: float = 0.7) -> Path:
    """Write a file that begins as another does; of an MP4 as they lie on the web, with the table in front."""
    if path.suffix == ".mp4":
        source = _table_in_front(source, path.with_name("web.mp4"))
    content = source.read_bytes()
    start = content.index(b"mdat") if path.suffix == ".mp4" else 0
    path.write_bytes(content[: start + int((len(content) - start) * share)])
    return path


def _table_in_front(source: Path, path: Path) -> Path:
    options = {"movflags": "faststart"}
    with av.open(str(source)) as read, av.open(str(path), "w", options=options) as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.size:
                packet.stream = stream
                written.mux(packet)
    return path


def turned(source: Path, path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Copy an MP4 and note in it that it is to be shown turned or mirrored: (0, ONE, -ONE, 0) upright."""
    content = bytearray(source.read_bytes())
    place = content.index(b"tkhd") + 4 + 40
    a, b, c, d = matrix
    content[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    path.write_bytes(content)
    return path


def write_song(path: Path) -> Path:
    """Write an MP4 with sound and a cover, and no video."""
    with av.open(str(path), "w", format="mp4") as container:
        song = container.add_stream("aac", rate=44100, layout="mono")
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(numbered(1), format="rgb24").reformat(format="yuvj420p")
        container.mux([*cover.encode(picture), *cover.encode()])
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        container.mux([*song.encode(silence), *song.encode()])
    return path
