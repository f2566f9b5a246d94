"""`refseg eval --submission`: masks for a server that keeps the true ones to itself."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_checkpoint import write_tiny_checkpoint, write_tiny_video_checkpoint
from tiny_clips import run_on_clips, tiny_clips
from typer.testing import CliRunner
from video_folders import write_refvos

from refseg_cli.app import app

VIDEOS: dict[str, list[tuple[str, int | None]]] = {
    "one": [("man in black", None), ("bird on the left", None)],
    "two": [("dog", None)],
}
FIRST = Path("out/Annotations/one/0/00000.png")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_clips(tmp_path, monkeypatch)
    write_refvos(Path("vos"), "valid", VIDEOS)
    write_tiny_video_checkpoint(Path("video.safetensors"))


def submit(*arguments: str, checkpoint: str | None = "video") -> tuple[int, str, str]:
    asked = () if checkpoint is None else ("--checkpoint", f"{checkpoint}.safetensors")
    words = ("--dataset", "vos", "--split", "valid", "--submission", "out")
    return run_on_clips("eval", *words, *asked, *arguments)


def test_every_frame_of_every_sentence_gets_a_mask_and_all_a_zip() -> None:
    code, out, err = submit()
    assert (code, out) == (0, "out.zip\n")
    assert err.splitlines()[-1] == "out.zip: 9 masks of 3 sentences, none missing, none wrong"
    names = sorted(path.relative_to("out/Annotations").as_posix() for path in Path("out").rglob("*.png"))
    assert names == sorted(
        f"{video}/{number}/{frame}.png"
        for video, sentences in VIDEOS.items()
        for number in range(len(sentences))
        for frame in ("00000", "00005", "00010")
    )
    for source in ("out", "out.zip"):
        again = run_on_clips("eval", "--dataset", "vos", "--split", "valid", "--submission", source)
        assert again[:2] == (0, f"{source}\n")


@pytest.mark.parametrize("checkpoint", ["video", "image"])
def test_the_masks_are_those_of_predict(checkpoint: str) -> None:
    write_tiny_checkpoint(Path("image.safetensors"))
    code, _, err = submit(checkpoint=checkpoint)
    assert code == 0, err
    words = [
        "vos/valid/JPEGImages/one",
        "man in black",
        "--video",
        "--checkpoint",
        f"{checkpoint}.safetensors",
    ]
    result = CliRunner().invoke(app, ["predict", *words])
    assert result.exit_code == 0, result.stderr
    for frame in ("00000", "00005", "00010"):
        predicted, submitted = Path(f"refseg-out/one--man-in-black.masks/{frame}.png"), FIRST.with_stem(frame)
        assert (np.asarray(Image.open(predicted)) == np.asarray(Image.open(submitted))).all()


def test_processes_share_the_clips_and_write_the_same_zip() -> None:
    submit()
    alone = Path("out.zip").read_bytes()
    code, _, err = submit("--nproc", "2", "--force")
    assert code == 0, err
    assert Path("out.zip").read_bytes() == alone


def test_a_check_needs_no_network_and_takes_no_options_for_one() -> None:
    code, _, err = submit("--word-types", "random", "--nproc", "3", "--force", checkpoint=None)
    assert (code, "leave out --word-types, --nproc, --force" in err) == (2, True)


def test_what_is_wrong_with_masks_is_told_by_kind() -> None:
    submit()
    FIRST.unlink()
    Image.fromarray(np.full((3, 4), 255, np.uint8)).save("out/Annotations/two/0/00005.png")
    code, out, err = submit(checkpoint=None)
    assert (code, out) == (3, "")
    assert "1 missing (such as Annotations/one/0/00000.png)" in err
    assert "1 of another size (such as Annotations/two/0/00005.png is 4x3" in err


def test_masks_that_are_there_are_replaced_only_when_told_and_all_at_once() -> None:
    submit()
    FIRST.write_bytes(b"")
    code, _, err = submit()
    assert (code, FIRST.read_bytes(), "--force" in err) == (2, b"", True)
    assert submit("--force")[0] == 0
    assert FIRST.read_bytes()
    before = sorted(Path("out").rglob("*"))
    picture = Path("vos/valid/JPEGImages/two/00005.jpg")
    picture.write_bytes(picture.read_bytes()[:200])
    assert submit("--force")[0] == 3
    assert sorted(Path("out").rglob("*")) == before


@pytest.mark.parametrize("other", ["notes.txt", "Annotations/one/notes.txt"])
def test_what_is_no_mask_is_never_replaced(other: str) -> None:
    submit()
    Path("out", other).write_text("mine")
    code, _, err = submit("--force")
    assert (code, f"holds more than masks ({other})" in err) == (2, True)
    assert Path("out", other).read_text() == "mine"


@pytest.mark.parametrize("keys", [("..", "1"), ("a/0", "b/0")])
def test_masks_that_would_share_a_name_or_leave_the_folder_are_refused(keys: tuple[str, str]) -> None:
    path = Path("vos/meta_expressions/valid/meta_expressions.json")
    content = json.loads(path.read_text())
    sentences = content["videos"]["one"]["expressions"]
    content["videos"]["one"]["expressions"] = dict(zip(keys, sentences.values(), strict=True))
    path.write_text(json.dumps(content))
    code, _, err = submit()
    assert (code, "is no name of its own for a mask" in err, Path("out").exists()) == (3, True, False)


def test_a_checkpoint_for_photos_is_said_to_see_frames_alone() -> None:
    write_tiny_checkpoint(Path("image.safetensors"))
    assert "image.safetensors looks at each frame by itself" in submit(checkpoint="image")[2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--swap",), "leave out --swap"),
        (("--limit", "1", "--coco-map"), "leave out --coco-map, --limit"),
        (("--split", "valid,test"), "choose it with --split"),
        (("--dataset", "shapes", "--split", "val"), "leave out --submission"),
        (("--threshold", "1.5"), "--threshold lies between 0 and 1"),
        (("--submission", "."), "--submission sent"),
        (("--submission", "out.zip"), "--submission sent"),
        (("--submission", "video.safetensors"), "exists already; choose another --submission"),
        (("--submission", "image", "--force"), "image is a file"),
    ],
)
def test_what_does_not_go_with_it_is_refused_in_a_line(arguments: tuple[str, ...], told: str) -> None:
    Path("image").write_text("")
    code, _, err = submit(*arguments)
    assert code == 2
    assert told in err.splitlines()[-1]
    assert not Path("out").exists()
