import json
import pickle
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from PIL import Image
from scenes import SIZE, box, instances

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (SIZE, SIZE)).save(tmp_path / "photos" / "photo.png")
    coco = instances(box(1, 18, 5, 40, 20, 20), box(2, 18, 60, 20, 30, 30))
    (tmp_path / "instances.json").write_text(json.dumps(coco))
    return tmp_path


COMMAND = ("data", "phrases", "instances.json", "--images", "photos", "--out", "mine")


def test_phrases_are_written_counted_and_not_overwritten(refseg: Run, folder: Path) -> None:
    done = refseg(*COMMAND, "--split", "val")
    assert (done.returncode, done.stdout) == (0, "mine\n")
    assert "position" in done.stderr
    assert "plural" in done.stderr
    assert "val: 15 sentences on 1 photos" in done.stderr
    content = (folder / "mine" / "refs(phrases).p").read_bytes()
    assert content[:2] == b"\x80\x02"  # protocol 2, as the pickles of REFER
    references = pickle.loads(content)
    assert {reference["split"] for reference in references} == {"val"}
    assert (folder / "mine" / "images" / "photo.png").is_file()

    again = refseg(*COMMAND)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert (folder / "mine" / "refs(phrases).p").read_bytes() == content
    assert refseg(*COMMAND, "--force", "--quiet").stderr == ""
    assert (folder / "mine" / "refs(phrases).p").read_bytes() != content
    assert {path.name for path in folder.iterdir()} == {"photos", "instances.json", "mine"}


@pytest.mark.parametrize(
    ("extra", "code", "message"),
    [
        (("--complete", "dog,unicorn"), 3, "no category unicorn"),
        (("--complete", "person"), 3, "nothing in it can be named"),
        (("--exclude-images", "1"), 3, "nothing in it can be named"),
        (("--exclude-images", "one"), 2, "not whole numbers"),
        (("--out", "photos/photo.png"), 3, "give another folder with --out"),
        (("--out", "."), 2, "holds the annotations themselves"),
        (("--images", "nowhere"), 3, "no such folder of photos"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_done_is_said_in_one_line(
    refseg: Run, extra: tuple[str, ...], code: int, message: str
) -> None:
    done = refseg(*COMMAND, *extra)
    assert done.returncode == code
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_help_ends_with_an_example_and_its_output(refseg: Run) -> None:
    lines = refseg("data", "phrases", "--help").stdout
    assert "$ refseg data phrases" in lines
    assert "train: 6797 sentences" in lines
