"""`refseg data check`, `stats` and `show`."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from PIL import Image
from refer_folders import write_refer_folder

from refseg_cli.data.datasets import DATASET_NAMES

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with four sentences on two photos, all of the split val."""
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    return write_refer_folder(tmp_path / "dogs", "refs(mine).p")


def test_check_without_a_name_lists_every_dataset_and_the_command_that_gets_it(refseg: Run) -> None:
    done = refseg("data", "check")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(DATASET_NAMES)
    assert "refseg download unc" in lines[0]
    assert "shapes" not in [line.split()[0] for line in lines if "refseg download" in line]


def test_check_says_what_is_missing_and_ends_with_3_and_the_command(refseg: Run) -> None:
    done = refseg("data", "check", "unc", "--data", "nowhere")
    assert done.returncode == 3
    assert "nowhere/refcoco/refs(unc).p" in done.stdout
    assert done.stderr.splitlines()[-1].endswith("; refseg download unc")


def test_check_of_what_is_complete_ends_with_0(refseg: Run, folder: Path) -> None:
    done = refseg("data", "check", folder, "--deep")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{folder}: complete")
    assert "every mask decoded" in done.stdout


def test_check_finds_a_broken_photo_only_when_it_opens_it(refseg: Run, folder: Path) -> None:
    photo = min((folder / "images").iterdir())
    photo.write_bytes(photo.read_bytes()[:200])
    assert refseg("data", "check", folder).returncode == 0
    done = refseg("data", "check", folder, "--deep", "--json")
    assert done.returncode == 3
    (checked,) = json.loads(done.stdout)["datasets"]
    assert [broken["what"] for broken in checked["broken"]] == [str(photo)]


def test_what_is_no_good_of_ones_own_is_to_be_mended(refseg: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("{")
    done = refseg("data", "check", "mine.jsonl")
    assert done.returncode == 3
    assert done.stdout.count("no good") == 1
    assert done.stderr == (
        "refseg: mine.jsonl: 1 broken; mend what is no good, then look again: refseg data check mine.jsonl\n"
    )


def test_a_name_that_nothing_has_is_one_line(refseg: Run) -> None:
    for command in ("check", "stats", "show"):
        done = refseg("data", command, "unk")
        assert done.returncode in {2, 3}
        assert len(done.stderr.splitlines()) == 1
        assert "unc" in done.stderr


def test_stats_counts_a_folder_whose_photos_are_missing(refseg: Run, folder: Path) -> None:
    for photo in (folder / "images").iterdir():
        photo.unlink()
    done = refseg("data", "stats", folder, "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split() == ["sentences", "4"]
    document = json.loads(refseg("data", "stats", folder, "--json").stdout)
    assert document["schema_version"] == 1
    assert document["categories"] == {"dog": 4}
    assert document["splits"]["val"]["pictures"] == 2


def test_stats_of_a_split_that_is_not_there_says_which_are(refseg: Run, folder: Path) -> None:
    done = refseg("data", "stats", folder, "--split", "testA", "--quiet")
    assert done.returncode == 3
    assert "val (4)" in done.stderr


def test_show_draws_a_sheet_and_never_over_another(refseg: Run, folder: Path, tmp_path: Path) -> None:
    done = refseg("data", "show", folder, "--count", "2", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "dogs-val.png\n", "")
    sheet = tmp_path / "dogs-val.png"
    first = sheet.read_bytes()
    with Image.open(sheet) as image:
        assert image.width > 2 * 400

    again = refseg("data", "show", folder, "--count", "2", "--quiet")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert refseg("data", "show", folder, "--count", "2", "--force").returncode == 0
    assert sheet.read_bytes() == first
    assert refseg("data", "show", folder, "--count", "1", "-o", "one.png").returncode == 0
    assert (tmp_path / "one.png").read_bytes() != first


def test_show_keeps_to_sentences_with_a_text(refseg: Run, folder: Path) -> None:
    done = refseg("data", "show", folder, "--match", "LEFT", "-o", "left.png")
    assert done.returncode == 0
    nothing = refseg("data", "show", folder, "--match", "unicorn", "-o", "none.png", "--quiet")
    assert nothing.returncode == 2
    assert "no sentence of val has 'unicorn' in it" in nothing.stderr
    assert len(nothing.stderr.splitlines()) == 1


def test_show_without_photos_says_which_is_missing(refseg: Run, folder: Path) -> None:
    photo = min((folder / "images").iterdir())
    photo.unlink()
    done = refseg("data", "show", folder, "--quiet")
    assert done.returncode == 3
    assert photo.name in done.stderr


@pytest.mark.parametrize("command", ["check", "stats", "show"])
def test_the_help_ends_with_an_example(refseg: Run, command: str) -> None:
    assert f"$ refseg data {command}" in refseg("data", command, "--help").stdout


@pytest.mark.parametrize("command", [("check",), ("stats", "FOLDER")])
def test_looking_does_not_import_torch(folder: Path, command: tuple[str, ...]) -> None:
    words = [str(folder) if word == "FOLDER" else word for word in command]
    code = (
        "import sys; from refseg_cli.app import app\n"
        f"try: app({['data', *words]!r})\n"
        "except SystemExit: pass\n"
        "print({'torch', 'spacy', 'scipy', 'h5py', 'av'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
