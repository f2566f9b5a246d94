"""What every test can count on: fixed seeds, the reference material, and the command `refseg`."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]

# The same examples everywhere, so that a failure on one machine is a failure on all; slowness is no failure.
hypothesis.settings.register_profile("refseg", deadline=None, derandomize=True, max_examples=25)
hypothesis.settings.load_profile("refseg")


@pytest.fixture(autouse=True)
def seeds() -> None:
    """Start every test from the same chance, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - for libraries that still draw from the global generator
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what refseg keeps for later out of the cache of whoever runs the tests; it may be shared."""
    folder = tmp_path_factory.getbasetemp() / "refseg-home"
    monkeypatch.setenv("REFSEG_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference arrays, photos and weights, where it lies beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared, which is not part of the repository")
    return folder


@pytest.fixture
def refseg(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `refseg` in a process of its own, in an empty folder: `refseg("predict", "photo.jpg")`."""

    def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "refseg_cli", *map(str, arguments)]
        settings = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 120, **options}
        return subprocess.run(command, check=False, **settings)

    return run
