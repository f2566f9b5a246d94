from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_videos import number_in, numbered, write_video

from refseg_cli.data.footage import read_frames
from refseg_cli.engine.video_writer import written_video
from refseg_cli.errors import DataError


@pytest.mark.parametrize("variable_rate", [False, True])
def test_a_video_that_is_written_again_keeps_its_frames_and_their_times(
    tmp_path: Path, variable_rate: bool
) -> None:
    source = write_video(tmp_path / "source.mp4", 20, variable_rate=variable_rate)
    with written_video(tmp_path / "copy.mp4") as video:
        for frame in read_frames(source):
            video.add(frame.pixels, frame.start, frame.duration)
    was, now = list(read_frames(source)), list(read_frames(tmp_path / "copy.mp4"))
    assert [number_in(frame.pixels) for frame in now] == list(range(20))
    assert [(frame.start, frame.duration) for frame in now] == [
        (frame.start, frame.duration) for frame in was
    ]


@pytest.mark.skipif("libx264" not in av.codecs_available, reason="H.264 cannot be written here")
def test_it_is_what_players_know(tmp_path: Path) -> None:
    with written_video(tmp_path / "a.mp4") as video:
        video.add(numbered(1), Fraction(0), Fraction(1))
    with av.open(str(tmp_path / "a.mp4")) as container:
        (stream,) = container.streams
        assert container.format.name.startswith("mov,mp4")
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


def test_the_last_frame_lasts_as_long_as_it_should(tmp_path: Path) -> None:
    with written_video(tmp_path / "a.mp4") as video:
        for number, duration in enumerate((1, 1, 5)):
            video.add(numbered(number), Fraction(number), Fraction(duration))
    assert [frame.duration for frame in read_frames(tmp_path / "a.mp4")] == [1, 1, 5]
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.duration == 7_000_000


@pytest.mark.parametrize(("height", "width"), [(33, 47), (32, 47), (33, 48), (2, 2), (1, 1)])
def test_an_odd_side_grows_by_one_and_colours_stay(tmp_path: Path, height: int, width: int) -> None:
    colour = (200, 40, 90)
    with written_video(tmp_path / "a.mp4") as video:
        video.add(np.full((height, width, 3), colour, np.uint8), Fraction(0), Fraction(1))
    (frame,) = read_frames(tmp_path / "a.mp4")
    assert frame.pixels.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(frame.pixels.astype(int) - colour).max() <= 6


def test_two_frames_of_one_time_are_both_shown(tmp_path: Path) -> None:
    with written_video(tmp_path / "a.mp4") as video:
        for number in range(4):
            video.add(numbered(number), Fraction(number // 2), Fraction(1))
    frames = list(read_frames(tmp_path / "a.mp4"))
    assert [number_in(frame.pixels) for frame in frames] == [0, 1, 2, 3]


def _write_until(fault: BaseException, path: Path) -> None:
    with written_video(path) as video:
        video.add(numbered(0), Fraction(0), Fraction(1))
        raise fault


def test_a_video_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"the old one")
    for fault in (KeyboardInterrupt(), DataError("the source is broken")):
        with pytest.raises(type(fault)):
            _write_until(fault, tmp_path / "a.mp4")
    with pytest.raises(ValueError, match="at least one frame"), written_video(tmp_path / "a.mp4"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == b"the old one"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(DataError, match=r"no such folder; make it: mkdir -p"),
        written_video(tmp_path / "none" / "a.mp4") as video,
    ):
        video.add(numbered(0), Fraction(0), Fraction(1))
