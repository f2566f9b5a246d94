"""The folder of a run: who may train in it, and from where."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from joint_work import in_each, type_in
from PIL import Image, ImageOps
from tiny_training import CONFIG, Train, run_train, write_tiny_training

from refseg.models.checkpoint import load_checkpoint
from refseg_cli.engine import run_folder
from refseg_cli.engine.run_folder import RunFolder
from refseg_cli.engine.train import Trainer
from refseg_cli.errors import DataError

RUN = Path("runs", "mixture", "official")
PHOTO = Path("dogs/images/COCO_train2014_000000000001.jpg")
HOLD = """
import sys, time
from pathlib import Path
from refseg_cli.engine.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(100)
"""


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.chdir(tmp_path)
    options = write_tiny_training(tmp_path)

    return partial(run_train, options)


@pytest.fixture
def another() -> Iterator[subprocess.Popen[str]]:
    """A process that holds the folder of the run."""
    command = [sys.executable, "-c", HOLD, str(RUN)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def steps_in_log() -> list[int]:
    return [json.loads(line)["step"] for line in (RUN / "metrics.jsonl").read_text().splitlines()]


def test_a_folder_in_which_another_process_trains_is_left_alone_until_it_dies(
    train: Train, request: pytest.FixtureRequest
) -> None:
    assert train("--quiet")[0] == 0
    before = content(RUN)
    another = request.getfixturevalue("another")
    for options in (("--resume", str(RUN)), ("--force",), ("--force", "--nproc", "2")):
        code, out, err = train(*options)
        assert (code, out) == (2, "")
        assert f"another refseg trains in {RUN} right now" in err.splitlines()[-1]
    assert content(RUN) == before
    another.kill()
    another.wait()
    assert train("--resume", str(RUN))[0] == 0


def test_the_folder_is_held_while_it_is_trained_in(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = []
    save = RunFolder.save_state

    def asking(self: RunFolder, *arguments: object) -> None:
        saved.append(train("--resume", str(RUN))[0])
        save(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(RunFolder, "save_state", asking)
    assert train()[0] == 0
    assert saved == [2, 2]


def test_a_disk_without_locks_costs_a_warning(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_: object) -> bool:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(run_folder, "try_lock", no_locks)
    code, _, err = train()
    assert code == 0
    assert "Function not implemented; let no other refseg train in this folder" in err


def test_a_run_goes_on_from_another_folder(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = 'sources = [{ folder = "dogs", refs = "refs(unc).p", split = "val" }]\n'
    Path("tiny.toml").write_text(CONFIG.replace(source, ""))
    row = {"image": "dogs/images/COCO_train2014_000000000001.jpg", "text": "dog", "bbox": [4, 10, 20, 20]}
    Path("mine.jsonl").write_text(json.dumps(row))
    one_image = ("--set", "data.images_per_step=1", "--set", "training.steps=4")
    code, out, _ = train("--dataset", "mine.jsonl", *one_image)
    assert (code, out) == (0, "runs/mine/official/checkpoints/last.safetensors\n")
    assert load_checkpoint(out.strip()).provenance["data"] == ["mine.jsonl"]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert train("--resume", "../runs/mine/official")[0] == 0


def test_a_finished_run_goes_on_when_its_file_says_more_steps(train: Train) -> None:
    assert train("--quiet")[0] == 0
    config = RUN / "config.toml"
    config.write_text(config.read_text().replace("\nsteps = 4\n", "\nsteps = 8\n"))
    code, out, err = train("--resume", str(RUN))
    assert (code, out) == (0, f"{RUN}/checkpoints/last.safetensors\n")
    assert "going on after step 4" in err
    assert steps_in_log() == [2, 4, 6, 8]
    assert load_checkpoint(out.strip()).provenance["steps"] == 8


def after_step(patch: pytest.MonkeyPatch, number: int, happening: Callable[[], object]) -> None:
    """Have something happen when the training has made a step."""
    step = Trainer.step

    def changed(self: Trainer, batches: Any) -> None:
        step(self, batches)
        if self.done == number:
            happening()

    patch.setattr(Trainer, "step", changed)


def test_a_stopped_run_ends_where_it_is_when_its_file_says_so(train: Train) -> None:
    with pytest.MonkeyPatch.context() as patch:
        after_step(patch, 4, lambda: os.kill(os.getpid(), signal.SIGTERM))
        assert train("--set", "training.steps=8", "--set", "training.log_every=3")[0] == 130
    config = RUN / "config.toml"
    config.write_text(config.read_text().replace("\nsteps = 8\n", "\nsteps = 4\n"))
    assert train("--resume", str(RUN))[0] == 0
    assert steps_in_log() == [3, 4]
    last = json.loads((RUN / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["samples_per_second"] > 0


def test_a_missing_validation_photo_ends_the_run_with_all_steps_saved(train: Train) -> None:
    source = 'sources = [{ folder = "dogs", refs = "refs(unc).p", split = "val" }]\n'
    Path("tiny.toml").write_text(CONFIG.replace(source, ""))
    photos = {"train": PHOTO, "val": PHOTO.with_name("COCO_train2014_000000000002.jpg")}
    rows = [
        {"image": str(photo), "text": "dog", "bbox": [4, 10, 20, 20], "split": split}
        for split, photo in photos.items()
    ]
    Path("mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    rare = ("--set", "training.validate_every=3", "--set", "training.save_every=100")
    run = Path("runs/mine/official")
    with pytest.MonkeyPatch.context() as patch:
        after_step(patch, 2, lambda: photos["val"].rename("gone.jpg"))
        code, _, err = train("--dataset", "mine.jsonl", *rare)
    assert code == 3
    assert photos["val"].name in err.splitlines()[-1]
    assert f"saved; when that is mended, go on: refseg train --resume {run}" in err
    assert [path.name for path in run.glob("trainer/step-*")] == ["step-3.safetensors"]
    Path("gone.jpg").rename(photos["val"])
    assert train("--resume", str(run))[0] == 0
    assert (run / "checkpoints/best.safetensors").is_file()


def test_a_photo_that_one_of_two_processes_cannot_read_ends_both_with_all_steps_saved(train: Train) -> None:
    whole = PHOTO.read_bytes()
    PHOTO.write_bytes(b"broken")
    settings = ("training.cache_levels=false", "training.workers=0", "training.save_every=100")
    seed = "training.seed=23"  # with it, the third step is the first to draw that photo, once
    options = [word for setting in (*settings, seed) for word in ("--set", setting)]
    tiny = ("--config", "tiny.toml", "--data", ".", "--device", "cpu", "--name", "official")
    done = in_each(2, type_in, "train", *tiny, *options)
    assert [code for code, _, _ in done] == [3, 0], done  # all end, and one tells
    told = "".join(err for _, _, err in done)
    assert told.count(PHOTO.name) == 1
    assert f"saved; when that is mended, go on: refseg train --resume {RUN}" in told
    assert [path.name for path in RUN.glob("trainer/step-*")] == ["step-2.safetensors"]
    PHOTO.write_bytes(whole)
    code, _, err = train("--resume", str(RUN))
    assert code == 0
    assert "going on after step 2" in err


def test_changed_pixels_are_noticed(train: Train) -> None:
    assert train("--quiet")[0] == 0
    with Image.open(PHOTO) as photo:
        ImageOps.invert(photo).save(PHOTO)
    code, _, err = train("--resume", str(RUN))
    assert code == 3
    assert "the files of the photos changed since the run started (4 samples then, 4 now)" in err


def test_a_file_in_the_way_is_told_before_anything_is_read(train: Train) -> None:
    RUN.parent.parent.mkdir()
    RUN.parent.write_text("")
    code, _, err = train("--force")
    assert code == 2
    assert f"{RUN.parent} is a file, not a folder: move it away" in err


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("No space left on device", "no step was saved yet: make room, then start again: "),
        ("Permission denied", "no step was saved yet: mend that, then start again: "),
    ],
)
def test_what_cannot_be_written_is_told_as_it_is(tmp_path: Path, reason: str, told: str) -> None:
    with pytest.raises(DataError) as error, RunFolder(tmp_path / "run").saving():
        raise OSError(1, reason)
    expected = f"cannot write into {tmp_path / 'run'} ({reason}); {told}refseg train --name NAME"
    assert str(error.value) == expected


def test_a_dry_run_of_a_run_tells_its_plan_and_leaves_it_as_it_is(train: Train) -> None:
    assert train("--quiet")[0] == 0
    before = content(RUN)
    code, out, _ = train("--resume", str(RUN), "--dry-run")
    assert code == 0
    assert out.startswith("# folder  ")
    assert out.endswith((RUN / "config.toml").read_text().rstrip() + "\n")
    assert content(RUN) == before
