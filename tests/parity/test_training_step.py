"""One step of the training code on the recorded case, with the authors' weights."""

import pytest
import torch
from parity.reference import arrays, case_inputs, official_parts
from torch import nn

from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Mixture
from refseg_cli.engine.batches import Batch
from refseg_cli.engine.run_config import RunConfig
from refseg_cli.engine.train import Trainer


@pytest.fixture
def trainer() -> Trainer:
    encoder, head = official_parts()
    backbone = nn.Module()
    backbone.clip_frames = 1  # type: ignore[assignment]
    segmenter = Segmenter(backbone, encoder, head)  # type: ignore[arg-type] - its levels are recorded
    return Trainer(segmenter, Mixture([], RunConfig().data, 0), RunConfig())


@pytest.fixture
def batch(trainer: Trainer) -> Batch:
    levels, expression = case_inputs()
    target = torch.from_numpy(arrays("official_image_small_losses.npz")["mask"])
    return Batch(trainer.segmenter.head.on_grid(levels), [expression], target[None])


def test_a_step_tells_the_recorded_losses(trainer: Trainer, batch: Batch) -> None:
    recorded = arrays("official_image_small_losses.npz")
    assert trainer.rate == pytest.approx(float(recorded["step0/lr"]))
    trainer.step(iter([batch]))
    told = trainer.means()
    names = {"final": "cls_loss", "total": "cls_loss_all", "l2": "reg_loss"}
    names |= {level: f"cls_loss_{level}" for level in ("c3", "c4", "c5")}
    for name, theirs in names.items():
        assert told[name] == pytest.approx(float(recorded[f"step0/{theirs}"]), rel=1e-5), name
    assert told["final"] == pytest.approx(4712.934, rel=1e-5)
    assert told["l2"] == pytest.approx(18.7605, rel=1e-5)
    assert told["total"] + told["l2"] == pytest.approx(float(recorded["step0/cost"]), rel=1e-5)


def test_the_gradient_that_adam_sees_is_that_of_the_whole_cost(trainer: Trainer, batch: Batch) -> None:
    weight = trainer.segmenter.head.word_types.output.weight
    before = weight.detach().clone()
    trainer.step(iter([batch]))
    first_moment = trainer.optimizer.state[weight]["exp_avg"]
    expected = 0.1 * (weight.grad + 5e-4 * before)  # the decay is coupled: a loss, not a shrinking
    torch.testing.assert_close(first_moment, expected)
