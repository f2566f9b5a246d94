"""Runs in which the last stages of the backbone are trained with the rest."""

import shutil
from pathlib import Path

import pytest
import torch
from joint_training import make_trainer, train_with_sgd
from tiny_training import write_tiny_training
from typer.testing import CliRunner

from refseg.models.checkpoint import load_checkpoint
from refseg.models.losses import decayed_weights, l2_penalty
from refseg_cli.app import app
from refseg_cli.engine.trainer_state import collect, restore

TUNED = ("backbone.tuned_stages=2", "training.cache_levels=false", "training.workers=0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    write_tiny_training(folder)
    return folder


def backbone_state(path: str | Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).segmenter.backbone.state_dict()


def test_kernels_of_the_last_stages_move_at_their_own_rate_under_decay(folder: Path) -> None:
    trainer = make_trainer(folder, *TUNED, "backbone.learning_rate=5e-4", "optimizer.ema=0.0")
    before = {name: tensor.clone() for name, tensor in trainer.segmenter.backbone.state_dict().items()}
    batches = trainer.coming()
    for _ in range(2):
        trainer.step(batches)
    after = trainer.segmenter.backbone.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert moved == {
        name for name, weight in trainer.segmenter.backbone.named_parameters() if weight.requires_grad
    }
    assert all(int(name.split(".")[1]) >= 5 and name.endswith("conv.weight") for name in moved)
    head, _, backbone = trainer.optimizer.param_groups
    assert backbone["lr"] == pytest.approx(head["lr"] / 10)
    assert backbone["weight_decay"] == head["weight_decay"] > 0
    assert len(backbone["params"]) == len(moved)


def test_the_penalty_that_is_logged_counts_the_tuned_kernels(folder: Path) -> None:
    trainer = make_trainer(folder, *TUNED, "optimizer.weight_decay=0.01")
    squares = sum(
        weight.detach().square().sum().item()
        for part in (trainer.segmenter.head, trainer.segmenter.backbone)
        for weight in decayed_weights(part)
    )
    trainer.step(trainer.coming())
    assert trainer.means()["l2"] == pytest.approx(0.01 * squares / 2, rel=1e-5)
    frozen = make_trainer(folder)
    assert l2_penalty(frozen.segmenter.backbone, 0.01) == 0


def test_two_turns_learn_what_one_learns_from_all(folder: Path) -> None:
    batch = (*TUNED, "data.images_per_step=4", "training.steps=10", "optimizer.ema=0.0")
    whole, turns = (train_with_sgd(folder, *batch, f"training.accumulate={n}") for n in (1, 2))
    tuned = [name for name in whole if name.startswith("gradient/backbone.")]
    assert tuned
    largest = max(whole[name].abs().max().item() for name in tuned)
    for name in tuned:
        torch.testing.assert_close(turns[name], whole[name], rtol=0, atol=1e-5 * largest)


def test_the_state_holds_what_is_tuned_and_no_more_of_the_backbone(folder: Path) -> None:
    first, second = make_trainer(folder, *TUNED), make_trainer(folder, *TUNED)
    first.step(first.coming())
    tensors, facts = collect(first)
    kept = {name for name in tensors if name.startswith("weights/backbone.")}
    assert kept == {
        f"weights/backbone.{name}"
        for name, weight in first.segmenter.backbone.named_parameters()
        if weight.requires_grad
    }
    restore(second, {name: tensor.clone() for name, tensor in tensors.items()}, facts)
    for trainer in (first, second):
        trainer.step(trainer.coming())
    states = [trainer.segmenter.state_dict() for trainer in (first, second)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_tuned_run_resumes_exactly_and_another_can_start_from_its_backbone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = write_tiny_training(tmp_path)
    tuning = [word for setting in TUNED for word in ("--set", setting)]

    def train(*arguments: str) -> Path:
        done = CliRunner().invoke(app, ["train", *arguments])
        assert done.exit_code == 0, done.stderr
        return Path(done.stdout.strip())

    whole = train(*options, *tuning, "--name", "whole")
    cut = tmp_path / "runs/mixture/cut"
    shutil.copytree(whole.parents[1], cut)
    (cut / "trainer/step-4.safetensors").unlink()  # as if it had been killed after step 2
    train("--resume", str(cut))
    assert (cut / "checkpoints/last.safetensors").read_bytes() == whole.read_bytes()

    untouched = train(*options, "--name", "frozen")
    tuned, frozen = backbone_state(whole), backbone_state(untouched)
    assert any(not torch.equal(tuned[name], frozen[name]) for name in tuned)
    assert torch.equal(tuned["_conv_stem.weight"], frozen["_conv_stem.weight"])

    next_run = train(*options, "--backbone", str(whole), "--name", "next")
    assert all(torch.equal(tensor, tuned[name]) for name, tensor in backbone_state(next_run).items())
    told = load_checkpoint(next_run).provenance["backbone"]
    assert told == {"trained_on": ["dogs (refer)"], "contains_refcoco": "yes"}
    told = load_checkpoint(whole).provenance
    assert told["backbone"] == {"trained_on": [], "contains_refcoco": "no"}
    assert told["backbone_tuned"]["contains_refcoco"] == "yes"


def test_a_backbone_whose_levels_are_not_kept_computes_in_the_runs_precision(folder: Path) -> None:
    settings = ("training.cache_levels=false", "training.workers=0")
    exact, half = (
        make_trainer(folder, *settings, f"training.precision={name}") for name in ("float32", "bfloat16")
    )
    levels = [next(trainer.coming()).levels for trainer in (exact, half)]
    assert [level.dtype for level in levels[1]] == [torch.bfloat16] * 3
    for one, other in zip(*levels, strict=True):
        assert one.dtype == torch.float32
        torch.testing.assert_close(other.float(), one, rtol=0, atol=0.05 * one.abs().max().item())
    half.step(half.coming())
    kept = make_trainer(folder, "training.precision=bfloat16")
    assert [level.dtype for level in next(kept.coming()).levels] == [torch.float32] * 3
