"""Runs that end before they are done, and go on."""

import json
import os
import shutil
import signal
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from dying_training import refseg_and_die
from joint_work import exit_code
from safetensors import SafetensorError
from safetensors.torch import load_file
from tiny_training import Train, run_train, write_tiny_training

import refseg.models.checkpoint
from refseg.models.checkpoint import load_checkpoint
from refseg_cli.engine.train import Trainer

RUN = Path("runs", "mixture", "official")
TIMES = ("seconds", "samples_per_second", "memory_gib")


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    return write_tiny_training(tmp_path)


@pytest.fixture
def train(options: list[str]) -> Train:
    return partial(run_train, options)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Everything in the newest state, in full precision."""
    newest = max(folder.glob("trainer/step-*"), key=lambda path: int(path.stem.removeprefix("step-")))
    return load_file(newest)


def lines(folder: Path) -> list[dict[str, Any]]:
    """What the log says, without what hangs on the clock."""
    records = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [{key: value for key, value in record.items() if key not in TIMES} for record in records]


def same(first: Path, second: Path) -> bool:
    one, other = weights(first), weights(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_killed_and_resumed_is_bit_for_bit_uninterrupted(train: Train, options: list[str]) -> None:
    steps = ("--set", "training.steps=40", "--set", "training.save_every=10", "--quiet")
    odd = ("--set", "training.log_every=3")  # a line is due when its first steps were before the kill
    assert train(*steps, *odd, "--name", "whole")[0] == 0
    dying = ("train", *options, *steps, *odd, "--name", "cut")
    assert exit_code(refseg_and_die, "step", 23, *dying) == -signal.SIGKILL
    cut, whole = Path("runs/mixture/cut"), Path("runs/mixture/whole")
    assert not same(cut, whole)
    code, out, err = train("--resume", str(cut))
    assert (code, out) == (0, "runs/mixture/cut/checkpoints/last.safetensors\n")
    assert "going on after step 20" in err
    assert same(cut, whole)
    assert lines(cut) == lines(whole)
    assert [line["step"] for line in lines(cut)] == [*range(3, 40, 3), 40]
    table = [path.joinpath("metrics.csv").read_text().splitlines() for path in (cut, whole)]
    assert [row.split(",")[:8] for row in table[0]] == [row.split(",")[:8] for row in table[1]]
    assert (cut / "checkpoints/last.safetensors").read_bytes() == (
        whole / "checkpoints/last.safetensors"
    ).read_bytes()


def test_ctrl_c_and_sigterm_save_first_and_tell_how_to_go_on(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert train("--name", "whole", "--set", "training.steps=6")[0] == 0
    step = Trainer.step

    def interrupted(self: Trainer, batches: Any) -> None:
        step(self, batches)
        if self.done in (3, 5):
            os.kill(os.getpid(), signal.SIGTERM if self.done == 3 else signal.SIGINT)

    monkeypatch.setattr(Trainer, "step", interrupted)
    code, out, err = train("--set", "training.steps=6")
    assert (code, out) == (130, "")
    assert f"to go on: refseg train --resume {RUN}" in err
    assert (RUN / "trainer/step-3.safetensors").is_file()
    assert train("--resume", str(RUN))[0] == 130
    assert (RUN / "trainer/step-5.safetensors").is_file()
    assert train("--resume", str(RUN))[0] == 0
    assert same(RUN, Path("runs/mixture/whole"))
    assert lines(RUN) == lines(Path("runs/mixture/whole"))


def test_the_two_last_states_are_kept_and_a_broken_one_costs_a_warning(train: Train) -> None:
    assert train("--name", "whole", "--set", "training.steps=8", "--quiet")[0] == 0
    assert train("--set", "training.steps=8", "--quiet")[0] == 0
    states = sorted(path.name for path in (RUN / "trainer").glob("*.safetensors"))
    assert states == ["step-6.safetensors", "step-8.safetensors"]
    newest = RUN / "trainer" / "step-8.safetensors"
    content = bytearray(newest.read_bytes())
    content[-100] ^= 1  # one bit
    newest.write_bytes(content)
    code, _, err = train("--resume", str(RUN))
    assert code == 0
    assert "step-8.safetensors is not as it was written; going on from the state before" in err
    assert same(RUN, Path("runs/mixture/whole"))
    for state in (RUN / "trainer").glob("*.safetensors"):
        state.write_bytes(state.read_bytes()[:1000])
    code, _, err = train("--resume", str(RUN))
    assert code == 3
    assert err.splitlines()[-1].endswith("start again with --force instead of --resume")


def test_a_finished_run_is_told_where_it_is(train: Train) -> None:
    _, out, _ = train("--quiet")
    before = lines(RUN)
    assert train("--resume", str(RUN), "--quiet") == (0, out, "")
    assert lines(RUN) == before


def test_a_run_that_was_killed_before_its_first_save_starts_again(train: Train, options: list[str]) -> None:
    assert train("--name", "whole", "--quiet")[0] == 0
    assert exit_code(refseg_and_die, "byte", 500_000, "train", *options) == -signal.SIGKILL
    assert not list((RUN / "trainer").glob("step-*"))
    assert list((RUN / "checkpoints").iterdir())  # what was being written
    assert train("--resume", str(RUN))[0] == 0
    assert same(RUN, Path("runs/mixture/whole"))
    assert [path.name for path in (RUN / "checkpoints").iterdir()] == ["last.safetensors"]


@pytest.mark.parametrize(
    "option", [("--set", "training.steps=9"), ("--name", "other"), ("--preset", "small")]
)
def test_other_settings_are_refused_where_a_run_goes_on(train: Train, option: tuple[str, str]) -> None:
    code, _, err = train("--resume", str(RUN), *option)
    assert code == 2
    assert f"leave out {option[0]}" in err


def test_there_must_be_a_run_to_go_on_with(train: Train) -> None:
    code, _, err = train("--resume", "nowhere")
    assert code == 2
    assert "nowhere is not the folder of a run" in err


def test_changed_data_is_noticed_and_moved_data_is_not(train: Train) -> None:
    assert train("--quiet")[0] == 0
    shutil.copytree("dogs", "elsewhere/dogs")
    shutil.copy("words.txt", "elsewhere")
    assert train("--resume", str(RUN), "--data", "elsewhere")[0] == 0
    instances = Path("elsewhere/dogs/instances.json")
    instances.write_text(instances.read_text().replace("[4, 10, 24, 10", "[5, 10, 24, 10"))
    code, _, err = train("--resume", str(RUN), "--data", "elsewhere")
    assert code == 3
    assert "the masks changed since the run started (4 samples then, 4 now): put the data back" in err


def test_a_state_of_another_network_is_refused(train: Train) -> None:
    assert train("--quiet")[0] == 0
    config = RUN / "config.toml"
    config.write_text(config.read_text().replace("level_width = 12", "level_width = 14"))
    code, _, err = train("--resume", str(RUN))
    assert code == 3
    assert "is of another network: head.level_width differs (12 then, 14 now)" in err


def test_a_backbone_with_other_weights_is_refused(train: Train) -> None:
    assert train("--quiet")[0] == 0
    config = RUN / "config.toml"
    config.write_text(config.read_text().replace("seed = 0", "seed = 1"))
    code, _, err = train("--resume", str(RUN))
    assert code == 3
    assert "was trained on a backbone with other weights" in err


def test_a_missing_photo_ends_the_run_with_all_steps_saved(train: Train) -> None:
    more = ("--set", "training.cache_levels=false", "--set", "training.save_every=100")
    more = (*more, "--set", "training.workers=0", "--set", "training.steps=6")
    assert train(*more, "--name", "whole")[0] == 0
    step = Trainer.step

    def losing(self: Trainer, batches: Any) -> None:
        step(self, batches)
        if self.done == 3:
            Path("dogs/images").rename("dogs/gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", losing)
        code, _, err = train(*more)
    assert code == 3
    assert ".jpg" in err.splitlines()[-1]
    assert f"go on: refseg train --resume {RUN}" in err
    Path("dogs/gone").rename("dogs/images")
    assert train("--resume", str(RUN))[0] == 0
    assert same(RUN, Path("runs/mixture/whole"))


def test_a_loss_that_is_no_number_is_told_and_not_saved(
    train: Train,
) -> None:
    step = Trainer.step

    def poisoned(self: Trainer, batches: Any) -> None:
        if self.done == 4:
            next(self.segmenter.head.parameters()).data.fill_(float("nan"))
        step(self, batches)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", poisoned)
        code, _, err = train("--set", "training.steps=8", "--set", "training.log_every=3")
    assert code == 3
    assert "the loss of step 5 is not a finite number; what was saved before stays" in err.splitlines()[-1]
    assert max((RUN / "trainer").glob("*.safetensors")).name == "step-4.safetensors"
    states = load_checkpoint(RUN / "checkpoints/last.safetensors").segmenter.state_dict()
    assert all(tensor.isfinite().all() for tensor in states.values())
    assert train("--resume", str(RUN))[0] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("file", ["state", "checkpoint", "metrics"])
def test_a_full_disk_is_told_and_costs_what_was_not_saved(train: Train, file: str) -> None:
    assert train("--name", "whole", "--set", "training.steps=6", "--quiet")[0] == 0
    fill = {"state": _fill_state, "checkpoint": _fill_checkpoint, "metrics": _fill_metrics}[file]
    step = Trainer.step

    with pytest.MonkeyPatch.context() as patch:

        def filling(self: Trainer, batches: Any) -> None:
            if self.done == 2:
                fill(patch)
            step(self, batches)

        patch.setattr(Trainer, "step", filling)
        code, _, err = train("--set", "training.steps=6")
    assert code == 3
    told = err.splitlines()[-1]
    assert "No space left on device" in told
    assert told.count("make room") == 1
    assert told.endswith(f"make room, then go on: refseg train --resume {RUN}")
    assert max((RUN / "trainer").glob("step*")).name == "step-2.safetensors"
    if file == "metrics":
        (RUN / "metrics.jsonl").unlink()
        (RUN / "full").rename(RUN / "metrics.jsonl")
    assert train("--resume", str(RUN))[0] == 0
    assert same(RUN, Path("runs/mixture/whole"))


def _fill_state(_: pytest.MonkeyPatch) -> None:
    digest = sha256(b"step-4.safetensors").hexdigest()[:8]
    (RUN / "trainer" / f".refseg-{os.getpid()}-{digest}.part").symlink_to("/dev/full")


def _fill_checkpoint(patch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    patch.setattr(refseg.models.checkpoint, "save_file", full)


def _fill_metrics(_: pytest.MonkeyPatch) -> None:
    (RUN / "metrics.jsonl").rename(RUN / "full")
    (RUN / "metrics.jsonl").symlink_to("/dev/full")
