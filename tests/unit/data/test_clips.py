import resource
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_videos import H264, HEIGHT, WIDTH, number_in, numbered, replace_packet, write_video
from PIL import Image

from refseg_cli.data.clips import Clip, count_frames
from refseg_cli.errors import DataError

N_FRAMES = 40
NO_FRAME = b"\x00\x00\x00\x01\x0a"  # an H.264 packet that only says that the sequence ends


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with videos of every kind."""
    folder = tmp_path_factory.mktemp("videos")
    write_video(folder / "fixed.mp4", N_FRAMES)
    write_video(folder / "variable.mp4", N_FRAMES, variable_rate=True)
    write_video(folder / "mpeg4.mp4", N_FRAMES, "mpeg4")
    write_video(folder / "mpeg4.avi", N_FRAMES, "mpeg4")
    write_video(folder / "a: colon, and spaces.mkv", N_FRAMES)
    return folder


NAMES = ("fixed.mp4", "variable.mp4", "mpeg4.mp4", "mpeg4.avi", "a: colon, and spaces.mkv")


@pytest.mark.parametrize("name", NAMES)
def test_frame_number_k_of_a_video_is_the_kth_that_is_shown(folder: Path, name: str) -> None:
    frames = Clip(folder / name, N_FRAMES, ()).read(range(N_FRAMES))
    assert [number_in(frames[number]) for number in range(N_FRAMES)] == list(range(N_FRAMES))


@pytest.mark.parametrize("name", NAMES)
def test_the_frames_of_a_video_are_counted(folder: Path, name: str) -> None:
    assert count_frames(folder / name) == N_FRAMES


def test_the_videos_of_these_tests_store_frames_in_another_order_than_they_show(folder: Path) -> None:
    for name in ("fixed.mp4", "mpeg4.mp4"):
        with av.open(str(folder / name)) as container:
            shown = [packet.pts for packet in container.demux(video=0) if packet.size]
        assert shown != sorted(shown)


def test_only_the_frames_that_are_asked_for_come_back_in_order_and_once(folder: Path) -> None:
    frames = Clip(folder / "variable.mp4", N_FRAMES, ()).read([31, 2, 31, 17])
    assert list(frames) == [2, 17, 31]
    assert [number_in(frame) for frame in frames.values()] == [2, 17, 31]
    assert Clip(folder / "variable.mp4", N_FRAMES, ()).read([]) == {}


def test_frames_are_rgb_of_the_size_of_the_video(folder: Path) -> None:
    frame = Clip(folder / "fixed.mp4", N_FRAMES, ()).read([9])[9]
    assert frame.shape == (HEIGHT, WIDTH, 3)
    assert frame.dtype == np.uint8
    red, green, blue = frame[HEIGHT // 2 + 4 :].mean(axis=(0, 1))
    assert red > 180
    assert max(green, blue) < 60


def test_a_colon_in_a_name_is_no_protocol(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert count_frames(Path(NAMES[-1])) == N_FRAMES


def test_a_playlist_is_no_video(folder: Path, tmp_path: Path) -> None:
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:9", "#EXTINF:9,", f"{folder}/fixed.mp4")
    (tmp_path / "a.m3u8").write_text("\n".join(lines))  # without an end: it would be read for ever
    with pytest.raises(DataError, match=r"a\.m3u8: not a video"):
        count_frames(tmp_path / "a.m3u8")


def test_a_note_that_the_video_is_to_be_turned_changes_nothing(folder: Path, tmp_path: Path) -> None:
    content = bytearray((folder / "fixed.mp4").read_bytes())
    matrix = content.index(b"tkhd") + 4 + 40
    quarter_turn = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    content[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in quarter_turn)
    (tmp_path / "turned.mp4").write_bytes(content)
    frame = Clip(tmp_path / "turned.mp4", N_FRAMES, ()).read([5])[5]
    assert (frame.shape, number_in(frame)) == ((HEIGHT, WIDTH, 3), 5)


def test_a_folder_of_pictures_is_read_by_the_order_of_its_names(tmp_path: Path) -> None:
    names = ("00000.png", "00005.png", "00010.png")
    for number, name in enumerate(names):
        Image.fromarray(numbered(number)).save(tmp_path / name)
    clip = Clip(tmp_path, 3, (1,), names)
    frames = clip.read([2, 1])
    assert {number: number_in(frame) for number, frame in frames.items()} == {1: 1, 2: 2}
    np.testing.assert_array_equal(frames[1], numbered(1))
    (tmp_path / "00005.png").unlink()
    with pytest.raises(DataError, match=r"00005\.png: no such file"):
        clip.read([1])


def test_masks_go_by_the_name_of_the_picture_or_by_the_number_of_the_frame() -> None:
    assert Clip(Path("clip.mp4"), 30, ()).stem(24) == "00025"
    assert Clip(Path("folder"), 2, (), ("00000.jpg", "00005.jpg")).stem(1) == "00005"


@pytest.mark.parametrize("number", [-1, N_FRAMES])
def test_a_frame_that_the_clip_does_not_claim_to_have_is_a_mistake_of_the_program(number: int) -> None:
    with pytest.raises(ValueError, match="has frames 0 to 39"):
        Clip(Path("clip.mp4"), N_FRAMES, ()).read([3, number])


def test_a_video_with_fewer_frames_than_it_should_have_is_named(folder: Path) -> None:
    clip = Clip(folder / "fixed.mp4", N_FRAMES + 5, ())
    assert number_in(clip.read([39])[39]) == 39
    with pytest.raises(
        DataError, match=r"fixed\.mp4: has 40 frames, should have 45, and frame 42 \(from 0\)"
    ):
        clip.read([7, 42])


@pytest.mark.skipif(not H264, reason="H.264 cannot be written here")
def test_a_frame_that_the_decoder_passes_over_is_noticed_before_its_neighbours_are_mistaken(
    folder: Path, tmp_path: Path
) -> None:
    damaged = replace_packet(folder / "fixed.mp4", tmp_path / "damaged.mp4", 12, NO_FRAME)
    with av.open(str(damaged)) as container:
        numbers = [number_in(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    (lost,) = set(range(N_FRAMES)) - set(numbers)
    clip = Clip(damaged, N_FRAMES, ())
    assert [number_in(frame) for frame in clip.read(range(lost)).values()] == list(range(lost))
    with pytest.raises(DataError, match=rf"damaged\.mp4: frame {lost} \(from 0\) is damaged"):
        clip.read([lost + 5])


def _broken(folder: Path, tmp_path: Path, what: str) -> Path:
    path = tmp_path / f"{what}.mp4"
    if what == "text":
        path.write_text("not a video at all\n" * 50)
    elif what == "empty":
        path.touch()
    elif what == "truncated":
        content = (folder / "fixed.mp4").read_bytes()
        path.write_bytes(content[: len(content) // 2])
    elif what == "sound":
        with av.open(str(path), "w", format="matroska") as container:
            stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), format="s16", layout="mono")
            silence.sample_rate = 8000
            container.mux([*stream.encode(silence), *stream.encode()])
    elif what == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("missing", "no such video"),
        ("folder", "no such video"),
        ("empty", r"is empty \(0 bytes\)"),
        ("text", "not a video that can be read to the end"),
        ("truncated", "not a video that can be read to the end"),
        ("sound", "holds no video"),
    ],
)
def test_a_file_that_is_no_whole_video_is_named_in_one_line(
    folder: Path, tmp_path: Path, what: str, reason: str
) -> None:
    path = _broken(folder, tmp_path, what)
    for act in (lambda: Clip(path, N_FRAMES, ()).read([1]), lambda: count_frames(path)):
        with pytest.raises(DataError, match=rf"{what}\.mp4: {reason}") as caught:
            act()
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="counts what is open where Linux lists it")
def test_reading_again_and_again_keeps_neither_memory_nor_files(folder: Path) -> None:
    clip = Clip(folder / "fixed.mp4", N_FRAMES, ())

    def read(times: int) -> int:
        for _ in range(times):
            clip.read([0, 39])
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    open_files = len(list(Path("/proc/self/fd").iterdir()))
    before = read(30)
    grown = read(150) - before
    assert grown < 10_000  # KiB; 40 frames a time would be 50,000
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files
