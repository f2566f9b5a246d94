"""I3D through `refseg train` and what takes its checkpoint, in seconds: tiny clips of 32 pixels."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_clips import cut_short, run_on_clips, tiny_clips
from typer.testing import CliRunner

from refseg.models.backbones.i3d import I3D
from refseg.models.checkpoint import load_checkpoint
from refseg_cli.app import app

RUN = Path("runs/shapes-motion/small-video+i3d-random")
LAST = "checkpoints/last.safetensors"
NEW = ("--dataset", "shapes-motion", "--preset", "small-video", "--set", "preprocess.size=32")


@pytest.fixture(autouse=True)
def _clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_clips(tmp_path, monkeypatch)


def train(*arguments: str, backbone: str = "i3d:random", settings: tuple[str, ...] = ()) -> str:
    words = [word for each in ("training.validation_samples=1", *settings) for word in ("--set", each)]
    new = () if "--resume" in arguments else (*NEW, "--backbone", backbone, *words)
    code, _, err = run_on_clips("train", *new, *arguments)
    assert code == 0, err
    return err


def run(*arguments: str) -> tuple[str, str]:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(run / LAST).segmenter.state_dict()


def frames(folder: Path, n: int) -> None:
    folder.mkdir()
    for number in range(n):
        pixels = np.random.default_rng(number).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number + 1:05d}.png")


def test_its_checkpoint_is_shown_scored_and_asked_about_videos_and_photos() -> None:
    train(settings=("training.steps=1",))
    last = str(RUN / LAST)
    assert load_checkpoint(last).segmenter.frame_offsets == (-4, -3, -2, -1, 0, 1, 2, 3)
    described: dict[str, Any] = json.loads(run("checkpoints", "show", last, "--json")[0])
    assert described["backbone"]["name"] == "i3d"
    run_on_clips("eval", "--dataset", "shapes-motion", "--split", "test", "--checkpoint", last)
    (report,) = (json.loads(path.read_text()) for path in Path("eval").glob("*original.json"))
    assert (report["data"]["n_expressions"], report["data"]["n_frames"]) == (4, 4)
    frames(Path("frames"), 5)  # fewer than it looks at
    lines = run("predict", "--video", "frames", "red ball", "-c", last, "--json", "--no-overlay")[0]
    assert [json.loads(line)["name"] for line in lines.splitlines()] == [f"{n:05d}" for n in range(1, 6)]
    out, err = run("predict", "frames/00001.png", "red ball", "-c", last, "--show-words", "--explain")
    assert "takes a photo for a video in which nothing moves" in err
    assert [line.split()[0] for line in out.splitlines()[-2:]] == ["red", "ball"]


def test_a_run_that_was_cut_short_goes_on_to_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    train("--name", "whole")
    with cut_short(monkeypatch, 3):
        run_on_clips("train", *NEW, "--backbone", "i3d:random", "--set", "training.validation_samples=1")
    train("--resume", str(RUN))
    whole = weights(RUN.with_name("whole"))
    assert all(torch.equal(weight, whole[name]) for name, weight in weights(RUN).items())


def test_levels_of_clips_that_are_kept_change_little() -> None:
    losses = []
    for kept in ("true", "false"):
        told = train(settings=(f"training.cache_levels={kept}", "training.workers=0"), backbone="i3d:random")
        losses.append(
            [float(line.split("loss ")[1].split()[0]) for line in told.splitlines() if " loss " in line]
        )
        RUN.rename(kept)
    assert losses[0] == pytest.approx(losses[1], rel=5e-3)


def test_its_last_stages_can_be_tuned() -> None:
    once = ("training.cache_levels=false", "training.workers=0", "training.steps=1")
    for n_stages in ("0", "3"):
        train("--name", n_stages, settings=(*once, f"backbone.tuned_stages={n_stages}"))
    before, after = (weights(RUN.with_name(n)) for n in ("0", "3"))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    of_backbone = {name for name in changed if name.startswith("backbone.")}
    assert len(of_backbone) == 9 * 6
    assert all(".Mixed_" in name and name.endswith("conv3d.weight") for name in of_backbone)


@pytest.mark.parametrize("asked", ["i3d", "i3d:mine.pt"])
def test_it_starts_from_weights_in_the_public_layout(asked: str) -> None:
    published = {name: tensor.half() for name, tensor in I3D().state_dict().items()}
    classifier = {
        "logits.conv3d.weight": torch.zeros(400, 1024, 1, 1, 1),
        "logits.conv3d.bias": torch.zeros(400),
    }
    path = Path("mine.pt" if ":" in asked else "data/i3d/rgb_imagenet.pt")
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({**published, **classifier}, path)
    train("--name", "run", backbone=asked, settings=("training.steps=1",))
    made = RUN.with_name("run")
    found = weights(made)
    assert all(torch.equal(found[f"backbone.{name}"], tensor.float()) for name, tensor in published.items())
    shown = run("checkpoints", "show", str(made / LAST))[0]
    assert "ImageNet-1k, Kinetics-400; contains RefCOCO images: no" in shown


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("i3d", "data/i3d/rgb_imagenet.pt: no such weights file; see what can be fetched"),
        ("i3d:flow.pt", "flow.pt does not hold the weights of i3d: 284 missing"),
        ("i3d:text.pt", "text.pt cannot be read as a file of weights: it is broken"),
        ("flow.pt", "refseg train --backbone i3d:flow.pt"),
    ],
)
def test_a_file_that_is_no_i3d_is_told_in_a_line(asked: str, told: str) -> None:
    torch.save({"Conv3d_1a_7x7.conv3d.weight": torch.zeros(64, 2, 7, 7, 7)}, "flow.pt")
    Path("text.pt").write_text("hello")
    code, _, err = run_on_clips("train", *NEW, "--backbone", asked)
    assert code == 3
    assert told in err.splitlines()[-1]
