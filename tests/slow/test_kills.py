"""Runs are killed at fifty random moments, half of them in a write: each goes on, to the same weights."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_training import write_tiny_training

RUNS, KILLS = 10, 5
STEPS = ("--set", "training.steps=40", "--set", "training.save_every=3", "--quiet")
SECONDS, BYTES = 3.0, 60_000_000  # about what the steps of a whole run take, and what it writes


def refseg(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def final_state(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "trainer" / "step-40.safetensors")


@pytest.mark.slow
def test_fifty_kills_change_nothing(tmp_path: Path, root: Path) -> None:
    options = [*write_tiny_training(tmp_path), *STEPS]
    dying = str(root / "tests" / "dying_training.py")
    chance = random.Random(0)
    refseg("-m", "refseg_cli", "train", *options, "--name", "whole", folder=tmp_path)
    whole = tmp_path / "runs/mixture/whole"
    n_killed = {"second": 0, "byte": 0}
    for number in range(RUNS):
        run = tmp_path / "runs/mixture" / str(number)
        for kill in range(KILLS):
            moment, limit = ("byte", BYTES / KILLS) if kill % 2 == number % 2 else ("second", SECONDS / KILLS)
            start = ("--resume", str(run), "--quiet") if kill else (*options, "--name", str(number))
            done = refseg(dying, moment, str(chance.uniform(0, limit)), "train", *start, folder=tmp_path)
            assert done.returncode in (-signal.SIGKILL, 0), done.stderr
            n_killed[moment] += done.returncode != 0
        done = refseg("-m", "refseg_cli", "train", "--resume", str(run), "--quiet", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        one, other = final_state(run), final_state(whole)
        assert all(torch.equal(one[name], other[name]) for name in other)
        assert not list(run.rglob(".*"))
    assert sum(n_killed.values()) >= 0.9 * RUNS * KILLS, n_killed
