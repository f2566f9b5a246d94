"""The words that a run knows, from the command line: no file of words is needed, and none of vectors."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from joint_work import in_each, type_in
from refer_folders import DOGS, SIDES, photo, write_refer_folder
from tiny_training import CONFIG
from typer.testing import CliRunner

from refseg.encoders.vocabulary import SPECIALS
from refseg.models.checkpoint import Checkpoint, load_checkpoint
from refseg_cli.app import app
from refseg_cli.data import datasets
from refseg_cli.data.shapes.reader import ShapesReader

OPTIONS = ("--config", "tiny.toml", "--data", ".", "--device", "cpu", "--name", "one")
NO_VALIDATION = ("--set", "training.validation_samples=0")
OF_SMALL = ("--set", "text.glove=small", "--set", "text.encoder.embedding_width=100")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny training without its data and its choice of words: the preset's holds."""
    monkeypatch.chdir(tmp_path)
    kept = [
        line for line in CONFIG.splitlines() if not line.startswith(("sources =", "glove =", "vocabulary ="))
    ]
    Path("tiny.toml").write_text("\n".join(kept))
    return tmp_path


def write_own_dataset() -> None:
    """`mine.jsonl`: four sentences on two photos."""
    write_refer_folder(Path("dogs"))
    lines = [
        {"image": f"dogs/images/{photo(image)}", "text": f"{side} ({words})", "bbox": list(box)}
        for image, words in zip(DOGS, ("Zürich", "again"), strict=True)
        for side, box in zip(SIDES, DOGS[image], strict=True)
    ]
    Path("mine.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def train(*arguments: str, code: int = 0) -> str:
    options = () if "--resume" in arguments else OPTIONS
    done = CliRunner().invoke(app, ["train", *options, *arguments])
    assert done.exit_code == code, done.stderr
    return done.stderr


def last(run: str) -> Checkpoint:
    return load_checkpoint(Path("runs", run, "checkpoints", "last.safetensors"))


def vocabulary(run: str) -> tuple[str, ...]:
    encoder: Any = last(run).segmenter.text_encoder
    return tuple(encoder.vocabulary.words)


def test_a_run_on_ones_own_dataset_knows_its_words_and_a_resumed_one_the_same() -> None:
    write_own_dataset()
    train("--dataset", "mine.jsonl", "--set", "text.glove=")
    words = (*SPECIALS, " (", ")", "dog", "again", "left", "right", "rich", "z", "ü")
    assert sorted(vocabulary("mine/one")) == sorted(words)
    config = Path("runs/mine/one/config.toml")
    config.write_text(config.read_text().replace("steps = 4\n", "steps = 6\n"))
    assert "going on after step 4" in train("--resume", "runs/mine/one")
    assert last("mine/one").provenance["steps"] == 6
    assert sorted(vocabulary("mine/one")) == sorted(words)


def test_two_processes_know_the_same_words_in_the_same_order() -> None:
    write_own_dataset()
    options = ("--dataset", "mine.jsonl", "--set", "text.glove=")
    train(*options)
    done = in_each(2, type_in, "train", *OPTIONS, *options, "--name", "two")
    assert [code for code, _, _ in done] == [0, 0], done
    assert vocabulary("mine/two") == vocabulary("mine/one")


def test_sentences_that_changed_are_told_as_such_and_not_as_another_network() -> None:
    write_own_dataset()
    train("--dataset", "mine.jsonl", "--set", "text.glove=")
    Path("mine.jsonl").write_text(Path("mine.jsonl").read_text().replace("again", "once more"))
    told = train("--resume", "runs/mine/one", code=3)
    assert "the sentences changed since the run started" in told.splitlines()[-1]


def test_shapes_need_no_file_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        datasets._NAMED, "shapes", lambda _: ShapesReader(size=40)
    )  # drawing all of them takes long
    told = train("--dataset", "shapes", "--set", "text.glove=", *NO_VALIDATION)
    assert "words; vectors: random start" in told
    assert {"star", "touching", "left"} < set(vocabulary("shapes/one"))


def test_the_vectors_of_the_bundled_checkpoint_are_a_start_and_words_without_are_listed() -> None:
    write_own_dataset()
    told = train("--dataset", "mine.jsonl", *OF_SMALL)
    missing = Path("runs/mine/one/words_without_vector.txt").read_text().splitlines()
    assert f"{len(missing)} of 9 words (" in told
    assert {"ü"} <= set(missing) < set(vocabulary("mine/one"))
    provenance = last("mine/one").provenance["words"]
    assert provenance == {"known": 9, "vectors": "checkpoint small", "without_vector": missing}
    train("--dataset", "mine.jsonl", "--set", "text.glove=", "--force")
    assert not Path("runs/mine/one/words_without_vector.txt").exists()


def test_missing_vectors_are_told_with_both_ways_on() -> None:
    write_own_dataset()
    told = train("--dataset", "mine.jsonl", code=3).splitlines()[-1]
    assert "glove/glove.840B.300d.txt is not there; to get it: refseg download glove" in told
    assert told.endswith("--set text.glove=")


def test_vectors_cut_out_for_some_words_do() -> None:
    write_own_dataset()
    Path("glove").mkdir()
    Path("glove/glove.840B.300d.mine.txt").write_text(f"dog{' 1' * 8}\nleft{' 2' * 8}\n")
    cut = "text.glove=glove/glove.840B.300d.mine.txt"
    assert f"--set {cut}" in train("--dataset", "mine.jsonl", code=3)
    assert "7 of 9 words" in train("--dataset", "mine.jsonl", "--set", cut)
    shutil.rmtree("glove")
    assert "is not there" in train("--resume", "runs/mine/one", code=3)
