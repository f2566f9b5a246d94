"""Where `refseg predict` takes images from: files, folders, patterns, stdin; and what it says of bad ones."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from predicting import Predict, Run, mask_at, picture


def test_a_folder_means_the_images_in_it(predict: Predict, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    for name in ("b.png", "a.JPG", ".hidden.png", "a--dog.mask.png", "a--dog.overlay.png", "deeper/c.png"):
        picture().save(folder / name)
    (folder / "notes.txt").write_text("no image")
    done = predict(folder, "dog", "--no-overlay")
    assert done.code == 0
    assert [Path(line).name for line in done.out] == ["a--dog.mask.png", "b--dog.mask.png"]


def test_a_pattern_reaches_into_folders_and_tells_equal_names_apart(predict: Predict, tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        picture().save(tmp_path / folder / "1.png")
    done = predict("**/*.png", "dog", "--no-overlay")
    assert done.code == 0
    assert len(set(done.out)) == 2


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(predict: Predict, tmp_path: Path) -> None:
    picture().save(tmp_path / "photo[1].png")
    assert predict("photo[1].png", "dog", "--no-overlay").out == ["refseg-out/photo[1]--dog.mask.png"]


def test_a_minus_reads_from_stdin(predict: Predict, photo: Path) -> None:
    done = predict("-", "dog", "--no-overlay", stdin=photo.read_bytes())
    assert done.out == ["refseg-out/stdin--dog.mask.png"]
    assert mask_at(done.out[0]).shape == (40, 60)


def test_a_real_process_reads_from_a_pipe(refseg: Run, checkpoint: Path, photo: Path, tmp_path: Path) -> None:
    with subprocess.Popen(["cat", photo], stdout=subprocess.PIPE) as pipe:
        done = refseg("predict", "-", "dog", "-c", checkpoint, stdin=pipe.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert [mask_at(tmp_path / done.stdout.split()[0]).shape] == [(40, 60)]


@pytest.mark.parametrize(("stdin", "words"), [(b"", "is empty"), (b"text", "is not an image")])
def test_a_bad_stdin_is_refused(stdin: bytes, words: str, predict: Predict) -> None:
    predict("-", "dog", stdin=stdin).refused(3, f"standard input {words}")


@pytest.mark.usefixtures("no_network", "photo")
def test_a_missing_file_is_refused_with_the_nearest_name(predict: Predict) -> None:
    predict("foto.png", "dog").refused(3, "foto.png: no such file; did you mean photo.png?")


@pytest.mark.parametrize("source", ["nothing", "*.png"])
def test_a_source_without_images_is_refused(source: str, predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    predict(source, "dog").refused(3, source)
    assert not Path("refseg-out").exists()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("content", "words"), [(b"dear diary", "is not an image"), (b"", "is empty (0 bytes)")]
)
def test_a_bad_file_is_refused(content: bytes, words: str, predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(content)
    predict("bad.jpg", "dog").refused(3, f"bad.jpg {words}")
    assert not Path("refseg-out").exists()


def test_among_several_images_a_bad_one_is_named_and_passed_over(predict: Predict, tmp_path: Path) -> None:
    picture().save(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes()[:60])
    picture().save(tmp_path / "3.png")
    done = predict(".", "dog", "--no-overlay")
    assert done.code == 5
    assert [Path(line).name for line in done.out] == ["1--dog.mask.png", "3--dog.mask.png"]
    assert re.fullmatch(
        "refseg: 2.png is damaged or cut short .*\nrefseg: 1 of 3 images could not be read; .*\n", done.err
    )


def test_when_no_image_can_be_read_the_code_says_so(predict: Predict, tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).touch()
    done = predict(".", "dog")
    assert (done.code, done.out) == (3, [])
    assert done.err.count("\n") == 3


@pytest.mark.usefixtures("photo")
def test_a_mistake_is_answered_without_loading_torch(refseg: Run) -> None:
    done = refseg("predict", "foto.png", "dog", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    assert (done.returncode, done.stdout) == (3, "")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "refseg_cli.engine.predict" in imported
    assert "torch" not in imported
