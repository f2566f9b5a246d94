"""Single steps of the trainer, and how it computes."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from joint_training import make_trainer
from tiny_training import write_tiny_training

from refseg.models.checkpoint import load_checkpoint
from refseg_cli.data.mixture import Draw
from refseg_cli.engine.optimizers import trained
from refseg_cli.engine.run_config import read_run_config
from refseg_cli.engine.train import Diverged, Trainer
from refseg_cli.engine.trainer_state import collect, restore
from refseg_cli.errors import ConfigError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    write_tiny_training(folder)
    return folder


def advance(trainer: Trainer, n_steps: int) -> list[torch.Tensor]:
    batches = trainer.coming()
    for _ in range(n_steps):
        trainer.step(batches)
    return [weight.detach().clone() for weight in trainer.segmenter.head.parameters()]


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_in_half_precision_the_losses_stay_close_and_the_weights_whole(folder: Path, precision: str) -> None:
    exact, half = (make_trainer(folder, f"training.precision={name}") for name in ("float32", precision))
    for trainer in (exact, half):
        advance(trainer, 1)
    assert half.means()["total"] == pytest.approx(exact.means()["total"], rel=0.02)
    assert {weight.dtype for weight in half.segmenter.parameters()} == {torch.float32}


def test_a_step_whose_scaled_gradient_overflows_is_left_out(folder: Path) -> None:
    trainer = make_trainer(folder, "training.precision=float16")
    trainer.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)
    before = [weight.detach().clone() for weight in trainer.segmenter.head.parameters()]
    after = advance(trainer, 1)
    assert all(map(torch.equal, before, after))
    assert (trainer.done, trainer.scaler.get_scale()) == (1, 2.0**119)


def test_the_state_carries_the_scale_of_the_loss_and_the_average(folder: Path) -> None:
    settings = ("training.precision=float16", "optimizer.ema=0.9")
    first, second = make_trainer(folder, *settings), make_trainer(folder, *settings)
    first.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**9, growth_interval=2)
    advance(first, 1)
    tensors, facts = collect(first)
    restore(second, {name: tensor.clone() for name, tensor in tensors.items()}, facts)
    second.scaler.set_growth_interval(2)
    assert all(map(torch.equal, advance(first, 2), advance(second, 2)))
    assert first.scaler.get_scale() == second.scaler.get_scale() == 2.0**10
    assert first.average is not None
    assert second.average is not None
    assert all(map(torch.equal, first.average.averages, second.average.averages))


def test_clipping_limits_the_gradient_that_moves_the_weights(folder: Path) -> None:
    trainer = make_trainer(folder, "optimizer.clip_norm=0.001")
    advance(trainer, 1)
    squares = [
        weight.grad.square().sum() for weight in trainer.segmenter.parameters() if weight.grad is not None
    ]
    assert torch.stack(squares).sum().sqrt().item() == pytest.approx(0.001, rel=1e-3)


def test_grouped_by_image_sentences_give_the_gradient_that_they_give_one_by_one(folder: Path) -> None:
    trainer = make_trainer(folder)
    (draw, *_) = trainer.mixture.draw(0)
    apart = [replace(draw, samples=(sample,)) for sample in draw.samples]
    grouped, single = (gradient(trainer, draws) for draws in ([draw], apart))
    assert len(apart) == 2
    torch.testing.assert_close(grouped, single, rtol=0, atol=1e-5 * single.abs().max().item())


def gradient(trainer: Trainer, draws: list[Draw]) -> torch.Tensor:
    loss = trainer.losses(trainer.batches.make(draws)).total
    found = torch.autograd.grad(loss, trained(trainer.segmenter), materialize_grads=True)
    return torch.cat([each.flatten() for each in found])


def test_the_average_is_what_is_saved(folder: Path, tmp_path: Path) -> None:
    trainer = make_trainer(folder, "optimizer.ema=0.9")
    advance(trainer, 2)
    name, weight = next(trainer.segmenter.head.named_parameters())
    assert trainer.average is not None
    average = next(
        mean
        for mean, own in zip(trainer.average.averages, trainer.average.weights, strict=True)
        if own is weight
    )
    trainer.save(tmp_path / "x.safetensors", {})
    saved = load_checkpoint(tmp_path / "x.safetensors").segmenter.head.state_dict()[name]
    assert torch.equal(saved.half(), average.half())
    assert not torch.equal(saved.half(), weight.half())


def test_weights_that_are_no_numbers_are_noticed(folder: Path) -> None:
    trainer = make_trainer(folder)
    advance(trainer, 2)
    trainer.check()
    trainer.segmenter.head.score.bias.data.fill_(float("inf"))
    with pytest.raises(Diverged, match="after step 2, not all weights are finite"):
        trainer.check()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("training.accumulate=0", "accumulate must be at least 1"),
        ("training.steps=0", "steps must be at least 1"),
    ],
)
def test_numbers_out_of_range_are_refused(setting: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_run_config("official", None, [setting])
