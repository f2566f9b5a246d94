"""`refseg predict` on videos of every kind: what it writes, and what it says."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pycocotools.mask as coco_mask
import pytest
from numbered_videos import HEIGHT, WIDTH, numbered, write_video
from PIL import Image
from predicting import Predict, mask_at
from tiny_checkpoint import write_tiny_video_checkpoint

from refseg_cli.data.footage import Frame, read_frames
from refseg_cli.engine import predict_video
from refseg_cli.engine.video_outputs import SentenceWriter

N = 5
BY_ITSELF = "looks at each frame by itself and does not see what moves"
MASKS, OVERLAY = "refseg-out/clip--dog.masks", "refseg-out/clip--dog.overlay.mp4"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_video(tmp_path / "clip.mp4", N)


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """A folder with a picture for each frame."""
    (tmp_path / "clip").mkdir()
    for number in range(N):
        Image.fromarray(numbered(number)).save(tmp_path / "clip" / f"{number * 5:05d}.png")
    return tmp_path / "clip"


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.mark.usefixtures("clip")
def test_each_sentence_gets_a_folder_of_masks_and_a_video(predict: Predict) -> None:
    done = predict("clip.mp4", "dog", "the left dog")
    other = "refseg-out/clip--the-left-dog"
    assert (done.code, done.out) == (0, [MASKS, OVERLAY, f"{other}.masks", f"{other}.overlay.mp4"])
    first, last = done.err.splitlines()
    assert BY_ITSELF in first
    assert last.startswith(f"{N} frames in ")
    assert last.endswith(" frames/s")
    assert names(MASKS) == names(f"{other}.masks") == [f"{number + 1:05d}.png" for number in range(N)]
    masks = [mask_at(f"{MASKS}/{name}") for name in names(MASKS)]
    assert {mask.shape for mask in masks} == {(HEIGHT, WIDTH)}
    assert any(0 < mask.mean() < 1 for mask in masks)
    shown = list(read_frames(Path(OVERLAY)))
    assert [frame.start for frame in shown] == [frame.start for frame in read_frames(Path("clip.mp4"))]
    assert names("refseg-out") == sorted(Path(line).name for line in done.out)


@pytest.mark.usefixtures("clip")
def test_a_checkpoint_for_videos_sees_what_moves_and_knows_actions(predict: Predict, tmp_path: Path) -> None:
    checkpoint = write_tiny_video_checkpoint(tmp_path / "video.safetensors")
    done = predict("clip.mp4", "dog", "-c", checkpoint, "--show-words", "--set-type", "dog=action")
    assert (done.code, done.out) == (0, [MASKS, OVERLAY, "  dog  action  1.00"])
    assert BY_ITSELF not in done.err


def test_a_photo_is_a_video_in_which_nothing_moves(predict: Predict, photo: Path, tmp_path: Path) -> None:
    checkpoint = write_tiny_video_checkpoint(tmp_path / "video.safetensors")
    Image.open(photo).convert("RGB").save(tmp_path / "still.png")
    record = predict("still.png", "dog", "-c", checkpoint, "--json").record()
    assert list(record["words"][0]["probabilities"])[3] == "action"
    (tmp_path / "one").mkdir()
    Image.open(photo).save(tmp_path / "one" / "1.png")
    moving = predict("one", "dog", "-c", checkpoint, "--json", "--video").record()
    assert (moving["box"], moving["area"]) == (record["box"], record["area"])


def test_only_a_checkpoint_for_videos_has_actions(predict: Predict, clip: Path, photo: Path) -> None:
    for source in (clip, photo):
        predict(source, "dog", "--set-type", "dog=action").refused(2, "this checkpoint's types are entity, ")
    assert not Path("refseg-out").exists()


def test_a_folder_is_photos_or_a_video_as_one_says(predict: Predict, frames: Path) -> None:
    video = predict("clip", "dog", "--video")
    assert (video.code, video.out) == (0, [MASKS, OVERLAY])
    assert names(MASKS) == [f"{number * 5:05d}.png" for number in range(N)]
    photos = predict("clip", "dog", "--no-overlay")
    assert (photos.code, len(photos.out)) == (0, N)
    for mask, name in zip(photos.out, names(MASKS), strict=True):
        np.testing.assert_array_equal(mask_at(mask), mask_at(f"{MASKS}/{name}"))
    predict(frames, "dog", "--every", "2").refused(2, "if its pictures are the frames of one, add --video")


def test_many_numbered_pictures_may_be_frames_which_is_said(predict: Predict, frames: Path) -> None:
    for number in range(N, 9):
        Image.fromarray(numbered(number)).save(frames / f"{number * 5:05d}.png")
    done = predict("clip", "dog", "--no-overlay")
    assert (done.code, len(done.out)) == (0, 9)
    assert "9 numbered pictures in clip, each taken as a photo; " in done.err
    assert "--video" in done.err
    assert predict("clip", "dog", "--no-overlay", "--force", "--quiet").err == ""


@pytest.mark.usefixtures("clip")
def test_lines_of_run_lengths_say_the_same_as_pictures(predict: Predict) -> None:
    predict("clip.mp4", "dog")
    done = predict("clip.mp4", "dog", "--masks", "rle", "--no-overlay")
    assert (done.code, done.out) == (0, [f"{MASKS}.jsonl"])
    lines = [json.loads(line) for line in Path(done.out[0]).read_text().splitlines()]
    assert [(line["frame"], line["time"]) for line in lines] == [(k, round(k / 25, 6)) for k in range(N)]
    for line in lines:
        assert list(line) == ["frame", "name", "time", "box", "area", "score", "rle"]
        mask = mask_at(f"{MASKS}/{line['name']}.png")
        assert line["area"] == mask.sum() == int(coco_mask.area(line["rle"]))


@pytest.mark.usefixtures("clip")
def test_with_json_each_frame_and_sentence_is_a_line(predict: Predict) -> None:
    done = predict("clip.mp4", "dog", "left", "--json", "--no-overlay")
    records = [json.loads(line) for line in done.out]
    assert done.code == 0
    assert [(one["frame"], one["expression"]) for one in records] == [
        (number, expression) for number in range(N) for expression in ("dog", "left")
    ]
    keys = {"time", "box", "area", "score", "rle", "words", "masks", "overlay", "checkpoint", "threshold"}
    assert keys <= set(records[0])
    assert (records[0]["source"], records[0]["masks"], records[0]["overlay"]) == ("clip.mp4", MASKS, None)


def test_reading_stops_where_no_clip_needs_more(
    predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / "clip.mp4", 20)
    checkpoint = write_tiny_video_checkpoint(tmp_path / "video.safetensors")
    read: list[int] = []

    def counted(path: Path, max_size: int | None) -> Iterator[Frame]:
        for frame in read_frames(path, max_size):
            read.append(frame.number)
            yield frame

    monkeypatch.setattr(predict_video, "read_frames", counted)
    predict("clip.mp4", "dog", "--frames", "2:4", "--checkpoint", str(checkpoint))
    assert (len(names(MASKS)), read) == (2, list(range(3 + 7 + 1)))


@pytest.mark.usefixtures("clip")
def test_a_part_can_be_taken_and_frames_reduced(predict: Predict) -> None:
    whole = predict("clip.mp4", "dog", "--out", "whole")
    assert whole.code == 0
    done = predict("clip.mp4", "dog", "--frames", "1:9", "--every", "2")
    assert (done.code, names(MASKS)) == (0, ["00002.png", "00004.png"])
    for name in names(MASKS):
        same = mask_at(f"whole/clip--dog.masks/{name}")
        np.testing.assert_array_equal(mask_at(f"{MASKS}/{name}"), same)
    first, last = read_frames(Path(OVERLAY))
    assert (first.start, last.start, last.duration) == (0, first.duration, first.duration)
    small = predict("clip.mp4", "dog", "--frames", ":1", "--max-size", "32", "--force")
    assert (small.code, names(MASKS)) == (0, ["00001.png"])  # and none of the ones before
    assert mask_at(f"{MASKS}/00001.png").shape == (24, 32)


def test_a_gif_is_a_video_when_it_moves(predict: Predict, tmp_path: Path) -> None:
    pictures = [Image.fromarray(numbered(number)) for number in range(3)]
    pictures[0].save(tmp_path / "still.gif")
    pictures[0].save(tmp_path / "clip.gif", save_all=True, append_images=pictures[1:], duration=100)
    assert predict("still.gif", "dog", "--no-overlay").out == ["refseg-out/still--dog.mask.png"]
    assert predict("clip.gif", "dog").out == [MASKS, OVERLAY]
    assert [float(frame.start) for frame in read_frames(Path(OVERLAY))] == [0, 0.1, 0.2]


@pytest.mark.usefixtures("clip")
def test_what_is_there_is_kept_unless_one_says_otherwise(predict: Predict) -> None:
    assert predict("clip.mp4", "dog").code == 0
    before = Path(OVERLAY).stat().st_mtime_ns
    predict("clip.mp4", "dog").refused(2, f"already there: {MASKS} and 1 more; add --force")
    assert Path(OVERLAY).stat().st_mtime_ns == before
    Path(MASKS, "notes.txt").write_text("mine")
    predict("clip.mp4", "dog", "--force").refused(2, "holds more than masks (notes.txt)")
    assert Path(MASKS, "notes.txt").read_text() == "mine"


@pytest.mark.usefixtures("clip")
@pytest.mark.parametrize("masks", ["png", "rle"])
def test_an_interruption_leaves_nothing(
    masks: str, predict: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, n_added = SentenceWriter.add, 0

    def interrupted(*given: object) -> None:
        nonlocal n_added
        n_added += 1
        if n_added == 3:
            raise KeyboardInterrupt
        add(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(SentenceWriter, "add", interrupted)
    done = predict("clip.mp4", "dog", "--masks", masks)
    assert (done.code, done.out) == (130, [])
    assert names("refseg-out") == []
