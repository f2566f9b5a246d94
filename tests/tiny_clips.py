"""A training on clips that takes seconds: four drawn clips, and a network of small widths."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refseg_cli.app import app
from refseg_cli.data import datasets
from refseg_cli.data.shapes import motion_reader, reader
from refseg_cli.data.shapes.motion_reader import MotionReader
from refseg_cli.data.shapes.reader import ShapesReader
from refseg_cli.engine.train import Trainer

N_CLIPS = 4
SETTINGS = (
    # one by one, the first would not fit those of the preset
    "head={visual_width=16,multimodal_width=16,level_width=12,word_type_width=8,grid=[4,4],score_bias=0}",
    "text.encoder={embedding_width=8,width=16,trained_embeddings=true}",
    *("preprocess.size=64", "loss.target_grid=16", "data.images_per_step=2", "training.log_every=1"),
    *("training.save_every=2", "training.steps=4", "training.validation_samples=2"),
)

Run = Callable[..., tuple[int, str, str]]


def tiny_clips(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder, where the generated datasets have four clips to train on and two in other splits."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("REFSEG_HOME", str(folder / "home"))  # whose index holds all clips elsewhere
    monkeypatch.setattr(motion_reader, "CLIPS", 2)
    monkeypatch.setattr(reader, "SCENES", 2)
    monkeypatch.setitem(datasets._NAMED, "shapes", lambda _: ShapesReader(N_CLIPS))
    monkeypatch.setitem(datasets._NAMED, "shapes-motion", lambda _: MotionReader(N_CLIPS))


def run_on_clips(command: str, *arguments: str) -> tuple[int, str, str]:
    """A command in this process, with the settings above: exit code, stdout, stderr."""
    new = () if "--resume" in arguments or command == "eval" else SETTINGS
    settings = [word for setting in new for word in ("--set", setting)]
    words = [command, *settings, *arguments, "--device", "cpu"]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


@contextmanager
def cut_short(monkeypatch: pytest.MonkeyPatch, done: int) -> Iterator[None]:
    """Interrupt a training after so many steps."""
    before = Trainer.step

    def step(self: Trainer, batches: object) -> None:
        if self.done == done:
            raise KeyboardInterrupt
        before(self, batches)  # type: ignore[arg-type]

    with monkeypatch.context() as cut:
        cut.setattr(Trainer, "step", step)
        yield
