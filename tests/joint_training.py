"""Ten steps of plain SGD on the tiny training, by one process or by several together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from refseg_cli.data.mixture import Mixture, read_mixture
from refseg_cli.engine import together
from refseg_cli.engine.build import build_for_training
from refseg_cli.engine.optimizers import trained
from refseg_cli.engine.run_config import read_run_config
from refseg_cli.engine.train import Trainer

STEPS = 10


def make_trainer(folder: Path, *settings: str) -> Trainer:
    config = read_run_config("official", folder / "tiny.toml", settings)
    samples = read_mixture(config.data, folder, config.training.seed).samples
    # so that parts differ in how many of their words have a known type
    uneven = [
        (replace(sample, expression=sample.expression + " dog" * sample.image_id), 1.0) for sample in samples
    ]
    mixture = Mixture(uneven, config.data, config.training.seed)
    segmenter = build_for_training(config, mixture, folder)
    for module in segmenter.backbone.modules():
        if isinstance(
            module, nn.Conv2d
        ):  # or random weights give features of 0, whose unit length is nothing
            nn.init.kaiming_normal_(module.weight)
    return Trainer(segmenter, mixture, config)


def train_with_sgd(folder: Path, *settings: str) -> dict[str, Tensor]:
    """Train; returns the gradients of the first step and the weights and terms after the last."""
    trainer = make_trainer(folder, *settings)
    trainer.optimizer = torch.optim.SGD(trained(trainer.segmenter), lr=0.0)
    names = {id(weight): name for name, weight in trainer.segmenter.named_parameters()}
    found, batches = {}, trainer.coming()
    for step in range(STEPS):
        trainer.step(batches)
        if not step:
            found |= {
                f"gradient/{names[id(weight)]}": weight.grad.clone()
                for weight in trained(trainer.segmenter)
                if weight.grad is not None
            }
    found |= {f"weight/{names[id(weight)]}": weight.detach() for weight in trained(trainer.segmenter)}
    return found | {"terms": torch.stack(trainer.terms)}


def train_together(folder: Path, *settings: str) -> dict[str, NDArray[Any]]:
    """The same in one of several processes; arrays, as tensors would be sent through shared memory."""
    with together.joined(torch.device("cpu")):
        return {name: tensor.numpy() for name, tensor in train_with_sgd(folder, *settings).items()}


def threads_in_and_after(folder: Path, *settings: str) -> tuple[set[str], set[str]]:
    """The names of the threads of one of several processes, while they train together and after; on Linux."""
    with together.joined(torch.device("cpu")):
        train_with_sgd(folder, *settings)
        there = _threads()
    return there, _threads()


def _threads() -> set[str]:
    return {path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")}
