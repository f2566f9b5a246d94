import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joint_work import type_in
from PIL import Image
from refer_folders import HEIGHT, WIDTH, photo, write_refer_folder
from tiny_checkpoint import write_tiny_checkpoint
from typer.testing import CliRunner

from refseg.models.predictor import Predictor
from refseg_cli.app import app

Run = Callable[..., subprocess.CompletedProcess[str]]
Evaluate = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    return write_tiny_checkpoint(path, backbone=["COCO (detection)"])


@pytest.fixture
def dogs(tmp_path: Path) -> Path:
    return write_refer_folder(tmp_path / "dogs")


@pytest.fixture
def evaluate(checkpoint: Path, dogs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Run `refseg eval --checkpoint tiny.safetensors --dataset dogs …` in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        words = ["eval", "-c", str(checkpoint), "--dataset", dogs.name, *map(str, arguments)]
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


def refused(done: tuple[int, str, str], code: int, words: str) -> None:
    """Check that the command ended with one line on stderr and nothing on stdout."""
    assert done[:2] == (code, ""), done
    assert re.fullmatch(r"refseg: [^\n]+\n", done[2])
    assert words in done[2]


def test_a_table_says_what_was_scored_and_never_just_iou(evaluate: Evaluate) -> None:
    code, out, err = evaluate("--baseline", "centred-box", "--baseline", "random-word-types", "--swap")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "dogs, split val: 4 sentences on 2 images"
    assert lines[1] == "checkpoint tiny, learned word types, protocol original"
    assert lines[2] == "contaminated: the backbone was trained on COCO, where these images come from"
    assert lines[4].split()[:2] == ["%", "on"]
    assert lines[4].split()[-8:] == ["oIoU", "mIoU", "P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9", "mAP"]
    assert "val" in lines[4]
    assert not re.search(r"(?<![om])IoU", out)
    first_words = [line.split()[0] for line in lines if line.strip()]
    for name in ("tiny", "centred-box", "random-word-types", "left-right", "size", "always-leftmost"):
        assert name in first_words
    assert "swap test: 4 pairs on 2 images" in lines


def test_the_report_is_written_under_a_name_of_its_own_and_named_last(evaluate: Evaluate) -> None:
    _, out, _ = evaluate("--swap", "--out", "reports")
    path = Path(out.splitlines()[-1])
    assert re.fullmatch(r"tiny-[0-9a-f]{8}--dogs-val-original--swap\.json", path.name)
    assert sorted(path.parent.iterdir()) == [path, path.with_suffix(".samples.jsonl")]
    report = json.loads(path.read_text())
    assert report["checkpoint"]["contaminated"] is True
    assert report["swap"]["n_pairs"] == 4


def test_json_on_stdout_is_the_report_in_the_file(evaluate: Evaluate) -> None:
    _, out, _ = evaluate("--json")
    (path,) = Path("eval").glob("*.json")
    assert json.loads(out) == json.loads(path.read_text())
    assert next(iter(json.loads(out))) == "schema_version"


def test_each_sample_is_written(evaluate: Evaluate) -> None:
    evaluate()
    (path,) = Path("eval").glob("*.samples.jsonl")
    records: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["sample_id"] for record in records] == ["dogs/10", "dogs/11", "dogs/20", "dogs/21"]
    assert all(record["iou"] == record["intersection"] / record["union"] for record in records)


def test_other_questions_get_other_files(evaluate: Evaluate) -> None:
    for arguments in (
        (),
        ("--word-types", "random"),
        ("--limit", "2"),
        ("--only-images", "train"),
        ("--threshold", "0.4"),
    ):
        assert evaluate(*arguments)[0] == 0
    names = {path.name.split("--", 1)[1] for path in Path("eval").glob("*.json")}
    assert names == {
        "dogs-val-original.json",
        "dogs-val-original--random.json",
        "dogs-val-original--first-2.json",
        "dogs-val-train-original.json",
        "dogs-val-original--threshold-0.4.json",
    }


def test_a_report_is_not_overwritten_without_force(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert evaluate()[0] == 0
    (path,) = Path("eval").glob("*.json")
    path.write_text("kept")
    with monkeypatch.context() as patched:
        patched.setattr(Predictor, "segment_many", lambda *_, **__: pytest.fail("work was done in vain"))
        refused(evaluate(), 2, "--force")
    assert path.read_text() == "kept"
    assert evaluate("--force")[0] == 0
    assert path.read_text() != "kept"


def test_a_limited_evaluation_is_labelled_as_partial(evaluate: Evaluate) -> None:
    _, out, _ = evaluate("--limit", "3")
    assert "PARTIAL: 3 of 4 sentences; not a score of the split" in out.splitlines()


def test_photos_that_the_checkpoint_was_trained_on_are_pointed_out(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    seen = write_tiny_checkpoint(tmp_path / "seen.safetensors", image_ids=[1, 5])
    _, out, _ = evaluate("-c", seen)
    assert "NOT HELD OUT: the checkpoint was trained on 1 of these images" in out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--dataset", "cats"), 3, "cats: no such dataset, folder or file"),
        (("--split", "testA"), 3, "no split 'testA'"),
        (("--images", "nowhere"), 3, "the first is nowhere/COCO_train2014_000000000001.jpg"),
        (("--only-images", "nowhere"), 2, "--only-images takes"),
        (("--threshold", "1"), 2, "--threshold lies between 0 and 1"),
        (("--baseline", "zero"), 2, "'zero' is not one of 'centred-box', 'random-word-types'"),
        (("--checkpoint", "nowhere"), 3, "no checkpoint 'nowhere'"),
        (("--device", "toaster"), 2, "--device toaster"),
        (("--out", "dogs/instances.json"), 3, "cannot make the folder dogs/instances.json"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    evaluate: Evaluate, arguments: tuple[str, ...], code: int, words: str
) -> None:
    refused(evaluate(*arguments), code, words)


def test_a_photo_of_another_size_than_annotated_is_an_error(evaluate: Evaluate, dogs: Path) -> None:
    Image.new("RGB", (HEIGHT, WIDTH)).save(dogs / "images" / photo(1))
    refused(evaluate(), 3, f"the photo is {HEIGHT}x{WIDTH} but annotated as {WIDTH}x{HEIGHT}")
    assert list(Path("eval").iterdir()) == []


def test_a_broken_photo_is_an_error(evaluate: Evaluate, dogs: Path) -> None:
    (dogs / "images" / photo(1)).write_bytes(b"not a photo")
    refused(evaluate(), 3, photo(1))


def test_the_checkpoint_and_the_dataset_must_be_named() -> None:
    code, out, err = type_in("eval", "--dataset", "unc")
    assert (code, out) == (2, "")
    assert "'--dataset'" in type_in("eval", "-c", "small")[2]
    assert "give one of the two" in err


def test_a_real_process_scores_a_folder(refseg: Run, checkpoint: Path, dogs: Path) -> None:
    done = refseg("eval", "-c", checkpoint, "--dataset", dogs, "--baseline", "centred-box")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("dogs, split val: 4 sentences on 2 images\n")
