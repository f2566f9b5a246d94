"""`refseg eval --submission`: masks for a server that keeps the true ones to itself."""

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


def test_what_is_wrong_with_masks_is_told_by_kind() -> None:
    submit()
    FIRST.unlink()
    Image.fromarray(np.full((3, 4), 255, np.uint8)).save("out/Annotations/two/0/00005.png")
    code, out, err = submit(checkpoint=None)
    assert (code, out) == (3, "")
    assert "1 missing (such as Annotations/one/0/00000.png)" in err
    assert "1 of another size (such as Annotations/two/0/00005.png is 4x3" in err


def test_masks_that_are_there_are_replaced_only_when_told_and_nothing_else_ever() -> None:
    submit()
    FIRST.write_bytes(b"")
    code, _, err = submit()
    assert (code, FIRST.read_bytes(), "--force" in err) == (2, b"", True)
    assert submit("--force")[0] == 0
    assert FIRST.read_bytes()
    Path("out/notes.txt").write_text("mine")
    code, _, err = submit("--force")
    assert (code, "holds more than a submission (notes.txt)" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--swap",), "leave out --swap"),
        (("--limit", "1", "--coco-map"), "leave out --coco-map, --limit"),
        (("--split", "valid,test"), "choose it with --split"),
        (("--dataset", "shapes", "--split", "val"), "leave out --submission"),
    ],
)
def test_what_does_not_go_with_it_is_refused_in_a_line(arguments: tuple[str, ...], told: str) -> None:
    code, _, err = submit(*arguments)
    assert code == 2
    assert told in err.splitlines()[-1]
    assert not Path("out").exists()
