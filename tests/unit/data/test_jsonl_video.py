import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from refseg_cli.data.readers.jsonl import JsonlReader
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

WIDTH, HEIGHT, N_FRAMES = 16, 12, 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A video, the same as a folder of frames whose brightness is their number, and masks for some."""
    (tmp_path / "frames").mkdir()
    with av.open(str(tmp_path / "clip.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(N_FRAMES):
            pixels = np.full((HEIGHT, WIDTH, 3), 20 * number, dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "frames" / f"{number}.png")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    (tmp_path / "frames" / "notes.txt").touch()
    (tmp_path / "masks").mkdir()
    for number in (0, 10):
        mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
        mask[:, number] = 7
        Image.fromarray(mask).save(tmp_path / "masks" / f"{number}.png")
    return tmp_path


def read(folder: Path, **row: Any) -> Sample:
    (folder / "data.jsonl").write_text(json.dumps({"text": "the line", **row}))
    (sample,) = JsonlReader(folder / "data.jsonl").read("train")
    return sample


@pytest.mark.parametrize("video", ["clip.mp4", "frames"])
def test_each_annotated_frame_has_its_mask(folder: Path, video: str) -> None:
    sample = read(folder, video=video, masks={"10": "masks/10.png", "0": "masks/0.png"}, value=7)
    assert sample.clip is not None
    assert sample.clip.annotated == (0, 10)
    assert sample.clip.n_frames == N_FRAMES
    assert (sample.width, sample.height) == (WIDTH, HEIGHT)
    for number, pixels in sample.frames((0, 10)).items():
        assert np.flatnonzero(sample.mask(number).any(axis=0)).tolist() == [number]
        assert abs(float(pixels.mean()) - 20 * number) < 8  # 10 comes after 9, not after 1


def test_masks_of_frames_may_be_drawn_in_any_form(folder: Path) -> None:
    runs = {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT, HEIGHT * (WIDTH - 1)]}
    square = [2, 2, 6, 2, 6, 6, 2, 6]
    sample = read(folder, video="frames", masks={"0": runs, "1": square, "2": [square]})
    assert [int(sample.mask(number).sum()) for number in range(3)] == [HEIGHT, 16, 16]


def test_a_single_frame_may_be_given_like_a_photo(folder: Path) -> None:
    sample = read(folder, video="clip.mp4", frame=3, bbox=[0, 0, 2, 2])
    assert sample.clip is not None
    assert sample.clip.annotated == (3,)
    assert sample.mask(3).sum() == 4


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"video": "frames", "mask": "masks/0.png"}, "a video needs masks"),
        ({"video": "frames", "masks": {}}, "masks is {}"),
        (
            {"video": "frames", "masks": {"1": "masks/0.png", "01": "masks/10.png"}},
            "two keys for the frame 1",
        ),
        ({"video": "frames", "masks": {"1" * 5000: "masks/0.png"}}, "masks has the key"),
        ({"video": "frames", "masks": {"first": "masks/0.png"}}, 'masks has the key "first"'),
        ({"video": "frames", "masks": {"0": "masks/0.png"}, "frame": 0}, "drop frame"),
        ({"video": "frames", "frame": -1, "mask": "masks/0.png"}, "frame is -1"),
        (
            {"video": "frames", "frame": 12, "mask": "masks/0.png"},
            "12 frames, counted from 0, and none of the",
        ),
        ({"video": "frames", "frame": 0}, "it has no mask"),
        ({"video": "masks/nothing", "frame": 0, "mask": "masks/0.png"}, "no such video"),
        ({"video": "empty", "frame": 0, "mask": "masks/0.png"}, "has no frames"),
        ({"video": "data.jsonl", "frame": 0, "mask": "masks/0.png"}, "not a video"),
    ],
)
def test_what_is_wrong_with_a_video_is_told_with_its_line(
    folder: Path, row: dict[str, Any], message: str
) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(DataError, match=r"data\.jsonl, line 1: ") as caught:
        read(folder, **row)
    assert message in str(caught.value)
