"""`refseg predict` on videos that are damaged, turned or none at all, and on requests that make no sense."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_videos import HEIGHT, WIDTH, write_video
from odd_videos import ONE, cut_short, turned, write_song
from PIL import Image
from predicting import Predict, mask_at, picture

from refseg_cli.data.footage import read_frames

MASKS, OVERLAY = Path("refseg-out/clip--dog.masks"), Path("refseg-out/clip--dog.overlay.mp4")


def test_of_a_video_that_was_cut_short_what_is_there_is_segmented(predict: Predict, tmp_path: Path) -> None:
    cut_short(write_video(tmp_path / "whole.mp4", 24), tmp_path / "clip.mp4")
    done = predict("clip.mp4", "dog")
    assert (done.code, done.out) == (0, [str(MASKS), str(OVERLAY)])
    n_frames = len(list(MASKS.iterdir()))
    assert 3 <= n_frames < 20
    assert f"refseg: warning: clip.mp4 is cut short or damaged: it ends after {n_frames} frames" in done.err
    assert len(list(read_frames(OVERLAY))) == n_frames


@pytest.mark.usefixtures("no_network")
def test_a_video_without_its_table_is_refused(predict: Predict, tmp_path: Path) -> None:
    content = write_video(tmp_path / "whole.mp4", 24).read_bytes()
    (tmp_path / "clip.mp4").write_bytes(content[: len(content) // 2])
    predict("clip.mp4", "dog").refused(3, "clip.mp4: not a video that can be read to the end")
    assert not Path("refseg-out").exists()


@pytest.mark.usefixtures("no_network")
def test_sound_alone_is_refused(predict: Predict, tmp_path: Path) -> None:
    write_song(tmp_path / "clip.mp4")
    predict("clip.mp4", "dog").refused(3, "clip.mp4: holds no video, only sound")
    assert not Path("refseg-out").exists()


def test_frames_of_a_variable_rate_are_shown_when_they_were(predict: Predict, tmp_path: Path) -> None:
    source = write_video(tmp_path / "clip.mp4", 6, variable_rate=True)
    assert predict("clip.mp4", "dog").code == 0
    starts = [frame.start for frame in read_frames(source)]
    assert len({later - start for start, later in pairwise(starts)}) > 2
    assert [frame.start for frame in read_frames(OVERLAY)] == starts


def test_one_frame_is_a_video(predict: Predict, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", 1)
    done = predict("clip.mp4", "dog")
    assert (done.code, [path.name for path in MASKS.iterdir()]) == (0, ["00001.png"])
    assert len(list(read_frames(OVERLAY))) == 1


def test_masks_of_a_turned_video_lie_on_the_upright_frames(predict: Predict, tmp_path: Path) -> None:
    source = write_video(tmp_path / "stored.mp4", 3)
    upright = turned(source, tmp_path / "clip.mp4", (0, ONE, -ONE, 0))
    done = predict("clip.mp4", "dog")
    assert done.code == 0
    frame = next(iter(read_frames(upright)))
    assert frame.pixels.shape == (WIDTH, HEIGHT, 3)
    Image.fromarray(frame.pixels).save(tmp_path / "frame.png")
    expected = mask_at(predict("frame.png", "dog", "--no-overlay").out[0])
    np.testing.assert_array_equal(mask_at(MASKS / "00001.png"), expected)
    with av.open(str(OVERLAY)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (HEIGHT, WIDTH)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--crf"], "--crf is for photos, and clip.mp4 is a video"),
        (["--explain"], "--explain is for photos"),
        (["--frames", "7"], "--frames takes A:B, from frame A to before frame B, got '7'; for example 0:100"),
        (["--frames", "9:9"], "--frames 9:9 is empty"),
        (["--every", "0"], "--every"),
        (["--max-size", "3"], "--max-size"),
        (["--masks", "gif"], "--masks"),
        (["photo.png"], "photo.png is an image, not an expression"),
        (["clip.mp4"], "clip.mp4 is a video, and these are taken one at a time: refseg predict clip.mp4"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(
    options: list[str], words: str, predict: Predict, tmp_path: Path
) -> None:
    write_video(tmp_path / "clip.mp4", 2)
    picture().save(tmp_path / "photo.png")
    predict("clip.mp4", "dog", *options).refused(2, words)
    assert not Path("refseg-out").exists()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("option", [["--frames", "0:3"], ["--every", "2"], ["--masks", "rle"]])
def test_options_for_videos_are_refused_for_photos(option: list[str], predict: Predict, photo: Path) -> None:
    predict(photo, "dog", *option).refused(2, f"photo.png is not a video, for which {option[0]} would be")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("source", ["*.mp4", "videos"])
def test_several_videos_are_refused_with_the_first_one_named(
    source: str, predict: Predict, tmp_path: Path
) -> None:
    (tmp_path / "videos").mkdir()
    for name in ("b.mp4", "a.mp4", "videos/b.mp4", "videos/a.mp4"):
        write_video(tmp_path / name, 1)
    predict(source, "dog").refused(3, "videos are taken one at a time: refseg predict ")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(("source", "code"), [("clips/*.png", 2), ("-", 2), ("clop.mp4", 3)])
def test_a_video_is_a_file_or_a_folder(source: str, code: int, predict: Predict, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", 1)
    words = "did you mean clip.mp4?" if code == 3 else "name the folder"
    predict(source, "dog", "--video").refused(code, words)


@pytest.mark.usefixtures("no_network")
def test_a_video_comes_before_what_to_find(predict: Predict, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", 1)
    words = 'clip.mp4 is a video and comes before what to find: refseg predict clip.mp4 "the dog"'
    predict("the dog", "clip.mp4").refused(2, words)


@pytest.mark.usefixtures("no_network")
def test_a_frame_of_another_size_is_noticed_before_any_work(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    for number in range(3):
        picture(60 + number // 2, 40).save(tmp_path / "clip" / f"{number}.png")
    predict("clip", "dog", "--video").refused(3, "clip/2.png: is 61x40 and not 60x40 as the first")


def test_a_range_behind_the_end_holds_no_frames(predict: Predict, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", 3)
    done = predict("clip.mp4", "dog", "--frames", "100:200")
    assert (done.code, done.out) == (2, [])
    assert "clip.mp4 ends before the frames 100:200 (it has 3); try --frames 0:100" in done.err
    assert not list(Path("refseg-out").iterdir())


@pytest.mark.parametrize("name", ["clip.dat", "clip", "clip.gif"])
def test_a_file_of_any_ending_can_be_a_video(name: str, predict: Predict, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", 2).rename(tmp_path / name)
    assert predict(name, "dog").out == [str(MASKS), str(OVERLAY)]
    (tmp_path / name).rename(tmp_path / "clip.jpg")
    assert predict("clip.jpg", "dog", "--video", "--force").out == [str(MASKS), str(OVERLAY)]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", ["clip.dat", "clip", "clip.gif"])
def test_what_is_neither_is_no_video(name: str, predict: Predict, tmp_path: Path) -> None:
    (tmp_path / name).write_text("Dear diary")
    predict(name, "dog").refused(3, f"{name} is not an image that can be read")
