"""How the weights move: optimiser, schedule, moving average."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from refseg.encoders.transformer import TransformerEncoder
from refseg.models.losses import decayed_weights
from refseg.models.segmenter import Segmenter

from .run_config import OptimizerConfig

_POWER = 0.9


def build_optimizer(
    segmenter: Segmenter, config: OptimizerConfig, backbone_rate: float = 0.0, text_rate: float = 0.0
) -> torch.optim.Optimizer:
    """Adam over everything that is trained, with decay on the weights that `decayed_weights` names.

    Args:
        segmenter: with the weights.
        config: how they move.
        backbone_rate: learning rate of what is tuned of the backbone where the head's is
            `config.learning_rate`; 0 for the same.
        text_rate: likewise of what is tuned of a pretrained text encoder.

    Returns:
        The optimiser; a group's `share` is that of the head's rate which it moves at.
    """
    decayed, tuned = list(decayed_weights(segmenter.head)), list(decayed_weights(segmenter.backbone))
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    text_encoder = segmenter.text_encoder
    tuned_text = text_encoder.tuned() if isinstance(text_encoder, TransformerEncoder) else []
    named = {id(weight) for weight in decayed + tuned + tuned_text}
    others = [weight for weight in trained(segmenter) if id(weight) not in named]
    groups: list[dict[str, Any]] = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if tuned:
        share = _share(backbone_rate, config)
        groups.append({"params": tuned, "weight_decay": config.weight_decay, "share": share})
    if tuned_text:
        groups.append({"params": tuned_text, "weight_decay": 0.0, "share": _share(text_rate, config)})
    betas = (0.9, config.beta2)
    kind: type[torch.optim.Optimizer] = kinds[config.name]
    return kind(groups, lr=config.learning_rate, betas=betas, eps=1e-8, fused=True)  # type: ignore[call-arg]


def _share(rate: float, config: OptimizerConfig) -> float:
    """A rate as a share of the head's; 0 stands for the same."""
    return rate / config.learning_rate if rate and config.learning_rate else 1.0


def trained(segmenter: nn.Module) -> list[nn.Parameter]:
    """The weights that are trained."""
    return [weight for weight in segmenter.parameters() if weight.requires_grad]


def learning_rate(step: int, config: OptimizerConfig, steps: int) -> float:
    """The learning rate of a step, counted from 0.

    Reference: `tf.train.polynomial_decay` with power 0.9 for "poly"; "drop" is the paper's schedule for
        Refer-YouTube-VOS (section 4.2.2): a tenth of the rate from step 160,000 on.
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    share = min(step / (config.schedule_steps or steps), 1.0)
    left = {
        "poly": math.pow(1 - share, _POWER),
        "cosine": (1 + math.cos(math.pi * share)) / 2,
        "drop": float(share < 1),
    }[config.schedule]
    return config.final_learning_rate + (config.learning_rate - config.final_learning_rate) * left


class MovingAverage:
    """An exponential moving average of the trained weights.

    Args:
        weights: that are trained.
        decay: of the average; in the first steps it is smaller, so that the start is soon forgotten.
    """

    def __init__(self, weights: Iterable[nn.Parameter], decay: float) -> None:
        self.decay = decay
        self.weights = list(weights)
        self.averages: list[Tensor] = [weight.detach().clone() for weight in self.weights]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        decay = min(self.decay, (step + 1) / (step + 10))
        for average, weight in zip(self.averages, self.weights, strict=True):
            average.lerp_(weight, 1 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the averages in place of the weights for a while."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    @torch.no_grad()
    def _exchange(self) -> None:
        for average, weight in zip(self.averages, self.weights, strict=True):
            kept = weight.clone()
            weight.copy_(average)
            average.copy_(kept)
