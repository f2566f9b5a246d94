import wave
import weakref
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_videos import H264, HEIGHT, WIDTH, number_in, numbered, replace_packet, write_video
from odd_videos import ONE, cut_short, turned, write_song
from PIL import Image

from refseg_cli.data.footage import FOLDER_RATE, Frame, expected_frames, read_frames
from refseg_cli.errors import DataError

N = 24
VP8 = "libvpx" in av.codecs_available


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same frames as a video of every kind."""
    folder = tmp_path_factory.mktemp("footage")
    write_video(folder / "fixed.mp4", N)
    write_video(folder / "variable.mp4", N, variable_rate=True)
    write_video(folder / "fixed.mkv", N)
    if VP8:
        write_video(folder / "fixed.webm", N, "libvpx")
    pictures = [Image.fromarray(numbered(number)) for number in range(N)]
    pictures[0].save(folder / "fixed.gif", save_all=True, append_images=pictures[1:], duration=40)
    (folder / "pictures").mkdir()
    for number, picture in enumerate(pictures):
        picture.save(folder / "pictures" / f"frame{number}.png")
    return folder


def numbers(frames: list[Frame]) -> list[int]:
    return [number_in(frame.pixels) for frame in frames]


KINDS = ["fixed.mp4", "variable.mp4", "fixed.mkv", "fixed.gif", "pictures"]
KINDS += [pytest.param("fixed.webm", marks=pytest.mark.skipif(not VP8, reason="VP8 cannot be written here"))]


@pytest.mark.parametrize("kind", KINDS)
def test_all_frames_come_in_order_and_once(
    folder: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = list(read_frames(folder / kind))
    assert numbers(frames) == [frame.number for frame in frames] == list(range(N))
    assert {(frame.pixels.shape, frame.pixels.dtype.name) for frame in frames} == {
        ((HEIGHT, WIDTH, 3), "uint8")
    }
    assert expected_frames(folder / kind) == N
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", ["fixed.mp4", "fixed.mkv", "fixed.gif", "pictures"])
def test_frames_of_a_steady_video_are_shown_alike_long(folder: Path, kind: str) -> None:
    frames = list(read_frames(folder / kind))
    assert [round(float(frame.start), 3) for frame in frames] == [round(k / 25, 3) for k in range(N)]
    assert {round(float(frame.duration), 3) for frame in frames} == {0.04}
    assert FOLDER_RATE == 25


def test_each_frame_of_a_video_of_variable_rate_has_its_own_time(folder: Path) -> None:
    frames = list(read_frames(folder / "variable.mp4"))
    lasts = [Fraction((20, 40, 100, 7)[number % 4], 1000) for number in range(N)]
    assert [frame.start for frame in frames] == [sum(lasts[:number], Fraction(0)) for number in range(N)]
    assert [frame.duration for frame in frames[:-1]] == lasts[:-1]


def test_masks_go_by_the_number_or_by_the_name_of_the_picture(folder: Path) -> None:
    assert [frame.name for frame in read_frames(folder / "fixed.mp4")][:2] == ["00001", "00002"]
    names = [frame.name for frame in read_frames(folder / "pictures")]
    assert names == [f"frame{number}" for number in range(N)]  # and not frame10 after frame1


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((ONE, 0, 0, ONE), lambda stored: stored),
        ((0, ONE, -ONE, 0), lambda stored: np.rot90(stored, -1)),  # a telephone held upright
        ((-ONE, 0, 0, -ONE), lambda stored: np.rot90(stored, 2)),
        ((0, -ONE, ONE, 0), np.rot90),
        ((-ONE, 0, 0, ONE), np.fliplr),
        ((ONE, 0, 0, -ONE), np.flipud),
        ((0, ONE, ONE, 0), lambda stored: stored.transpose(1, 0, 2)),
        ((0, -ONE, -ONE, 0), lambda stored: np.rot90(stored, 2).transpose(1, 0, 2)),
    ],
)
def test_a_video_that_was_turned_comes_out_upright(folder: Path, tmp_path: Path, matrix, shown) -> None:
    turned(folder / "fixed.mp4", tmp_path / "turned.mp4", matrix)
    frame = list(read_frames(tmp_path / "turned.mp4"))[5]
    expected = shown(numbered(5))
    assert frame.pixels.shape == expected.shape
    assert frame.pixels.flags.c_contiguous
    assert np.abs(frame.pixels.astype(int) - expected).mean() < 12


@pytest.mark.parametrize("kind", ["fixed.mp4", "pictures"])
def test_large_frames_are_reduced(folder: Path, kind: str) -> None:
    reduced = list(read_frames(folder / kind, max_size=32))
    assert reduced[3].pixels.shape == (24, 32, 3)
    whole = list(read_frames(folder / kind))[3].pixels
    small = np.asarray(Image.fromarray(whole).resize((32, 24), Image.Resampling.BOX))
    assert np.abs(reduced[3].pixels.astype(int) - small).mean() < 3
    assert next(iter(read_frames(folder / kind, max_size=500))).pixels.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("kind", ["fixed.mp4", "pictures"])
def test_only_a_few_frames_are_held_at_a_time(folder: Path, kind: str) -> None:
    seen: list[weakref.ref[np.ndarray]] = []
    for frame in read_frames(folder / kind):
        seen.append(weakref.ref(frame.pixels))
        assert sum(ref() is not None for ref in seen) <= 3


@pytest.mark.parametrize("name", ["one.mp4", "one.gif", "one"])
def test_a_single_frame_is_a_video_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "one":
        path.mkdir()
        Image.fromarray(numbered(7)).save(path / "a.png")
    elif name.endswith("gif"):
        Image.fromarray(numbered(0)).save(path)
    else:
        write_video(path, 1)
    (frame,) = read_frames(path)
    assert (frame.number, frame.start) == (0, 0)
    assert frame.duration > 0


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
def test_of_a_video_that_was_cut_short_all_that_is_there_comes_and_then_a_warning(
    folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = cut_short(folder / f"fixed{Path(name).suffix}", tmp_path / name)
    frames = list(read_frames(path))
    found = numbers(frames)
    assert found[:3] == [0, 1, 2]
    assert found == sorted(found)  # of those stored last, the one or other may be shown later
    assert [frame.start for frame in frames] == [Fraction(number, 25) for number in found]
    assert len(found) < N - 5
    told = capsys.readouterr().err
    assert f"{name} is cut short or damaged: it ends after {len(found)} frames and 0." in told
    assert told.count("\n") == 1


def test_a_gif_that_was_cut_short_is_told_though_it_notes_no_length(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (folder / "fixed.gif").read_bytes()
    (tmp_path / "padded.gif").write_bytes(content + bytes(8))
    assert len(list(read_frames(tmp_path / "padded.gif"))) == N
    assert capsys.readouterr().err == ""
    path = cut_short(folder / "fixed.gif", tmp_path / "cut.gif", 0.5)
    n_read = len(list(read_frames(path)))
    assert 3 < n_read < N
    assert f"cut.gif is cut short or damaged: it ends after {n_read} frames; " in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["mkv", "mp4"])
def test_a_whole_video_that_begins_late_is_not_taken_for_cut_short(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_video(tmp_path / f"late.{kind}", 6, begins=250)
    frames = list(read_frames(tmp_path / f"late.{kind}"))
    assert (numbers(frames), frames[0].start) == (list(range(6)), 0)
    assert capsys.readouterr().err == ""


def test_an_mp4_that_lost_its_table_is_no_video(folder: Path, tmp_path: Path) -> None:
    content = (folder / "fixed.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) // 2])
    for read in (lambda path: list(read_frames(path)), expected_frames):
        with pytest.raises(DataError, match=r"cut\.mp4: not a video that can be read to the end"):
            read(tmp_path / "cut.mp4")


@pytest.mark.skipif(not H264, reason="H.264 cannot be written here")
def test_frames_after_a_damaged_place_are_read(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = replace_packet(folder / "fixed.mp4", tmp_path / "damaged.mp4", 9, bytes(40))
    frames = list(read_frames(damaged))
    assert len(frames) == N - 1
    assert [frame.number for frame in frames] == list(range(N - 1))
    assert frames[-1].start == Fraction(N - 1, 25)
    assert "damaged.mp4 is damaged: 1 frames are left out" in capsys.readouterr().err


def test_a_video_without_one_whole_frame_is_an_error(tmp_path: Path) -> None:
    write_video(tmp_path / "one.mp4", 1)
    replace_packet(tmp_path / "one.mp4", tmp_path / "none.mp4", 0, bytes(40))
    with pytest.raises(DataError, match=r"none\.mp4: "):
        list(read_frames(tmp_path / "none.mp4"))


def test_what_a_file_is_instead_of_a_video_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    Image.fromarray(numbered(0)).save(tmp_path / "photo.mp4", format="JPEG")
    for name, words in {
        "empty.mp4": r"is empty \(0 bytes\)",
        "photo.mp4": "is a picture, not a video",
    }.items():
        with pytest.raises(DataError, match=rf"{name}: {words}; "):
            list(read_frames(tmp_path / name))


def test_sound_alone_is_no_video_whatever_its_cover(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    write_song(tmp_path / "song.m4a")
    for name in ("sound.wav", "song.m4a"):
        with pytest.raises(DataError, match=rf"{name}: holds no video, only sound; "):
            list(read_frames(tmp_path / name))


def test_a_folder_must_hold_pictures_of_one_size_and_of_one_name_each(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no pictures"):
        list(read_frames(tmp_path))
    Image.fromarray(numbered(0)).save(tmp_path / "1.png")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".2.png").write_bytes(b"hidden")
    assert len(list(read_frames(tmp_path))) == 1
    Image.fromarray(numbered(1)[:20]).save(tmp_path / "2.png")
    for read in (lambda path: list(read_frames(path)), expected_frames):  # the latter before any work
        with pytest.raises(DataError, match=r"2\.png: is 64x20 and not 64x48 as the first"):
            read(tmp_path)
    Image.fromarray(numbered(1)).save(tmp_path / "2.jpg")
    with pytest.raises(DataError, match="holds several pictures named 2"):
        list(read_frames(tmp_path))


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.mp4: no such video"):
        list(read_frames(tmp_path / "none.mp4"))
