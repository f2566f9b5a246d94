"""What training minimises: the authors' sum over pixels, the paper's mean, and terms for small data."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .cmpc.image import Segmentation


@dataclass(frozen=True)
class LossConfig:
    """The loss. The defaults are the preset `official`; `paper` is `reduction="mean", auxiliary_weight=0`.

    Args:
        reduction: binary cross-entropy summed over the pixels of an image, or averaged.
        auxiliary_weight: of each level's own score map; the final map has the rest (0.7 = 1 - 3 · 0.1).
        cross_entropy_weight: factor on all of that.
        dice_weight: of 1 - dice of the final map; counts small objects as much as large ones.
        word_type_weight: of the cross-entropy between the learned word types and weak targets, a mean over
            words; where pixels are summed, it needs to be as much larger as there are pixels.
        target_grid: None for 0/1 targets at the canvas size; a number for shares of area on such a grid.

    Raises:
        ValueError: if a value is unknown or out of range.
    """

    reduction: Literal["sum", "mean"] = "sum"
    auxiliary_weight: float = 0.1
    cross_entropy_weight: float = 1.0
    dice_weight: float = 0.0
    word_type_weight: float = 0.0
    target_grid: int | None = None

    def __post_init__(self) -> None:
        if self.reduction not in ("sum", "mean"):
            raise ValueError(f'reduction must be "sum" or "mean", got {self.reduction!r}')
        weights = ("auxiliary_weight", "cross_entropy_weight", "dice_weight", "word_type_weight")
        for name in weights:
            if not 0 <= getattr(self, name) < inf:
                raise ValueError(f"{name} must be at least 0 and finite, got {getattr(self, name)}")
        if self.target_grid is not None and self.target_grid < 1:
            raise ValueError(f"target_grid must be at least 1, or None, got {self.target_grid}")


@dataclass(frozen=True)
class Losses:
    """The terms of one batch, each a scalar: `total` is what is minimised."""

    final: Tensor
    levels: Tensor
    dice: Tensor
    word_types: Tensor
    total: Tensor


def segmentation_losses(
    segmentation: Segmentation, targets: Tensor, config: LossConfig, type_targets: Tensor | None = None
) -> Losses:
    """The loss of B expressions.

    Reference: `CMPC_model.train_op` without its weight decay, which `l2_penalty` has.

    Args:
        segmentation: of B expressions.
        targets: (B, h, w) in [0, 1].
        config: weights.
        type_targets: (B, T) numbers of word types, -100 where none is known; None without such targets.
    """
    size = (targets.shape[-2], targets.shape[-1])
    logits = segmentation.logits(size)
    final = _cross_entropy(logits, targets, config)
    level_logits = segmentation.level_logits(size)
    of_levels = [_cross_entropy(level, targets, config) for level in level_logits.unbind(dim=1)]
    levels = torch.stack(of_levels) if of_levels else final.new_zeros(0)
    final_weight = 1 - config.auxiliary_weight * len(levels)
    cross_entropy = final_weight * final + config.auxiliary_weight * levels.sum()
    dice = dice_loss(logits, targets) if config.dice_weight else final.new_zeros(())
    word_types = _word_type_loss(segmentation.word_types, type_targets)
    total = (
        config.cross_entropy_weight * cross_entropy
        + config.dice_weight * dice
        + config.word_type_weight * word_types
    )
    return Losses(final, levels, dice, word_types, total)


def dice_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """1 - dice of soft masks (B, h, w), averaged over the batch."""
    probabilities = logits.sigmoid()
    overlap = (probabilities * targets).sum(dim=(1, 2))
    return (1 - (2 * overlap + 1) / (probabilities.sum(dim=(1, 2)) + targets.sum(dim=(1, 2)) + 1)).mean()


def decayed_weights(part: nn.Module) -> Iterator[Tensor]:
    """The weights under decay of the head or a backbone: of linear layers and convolutions that are trained.

    No bias, norm or ConvLSTM parameter is among them, and nothing of a frozen backbone.

    Reference: the variables named `DW` in the authors' code; with `-conv5` also `weights` of the backbone.
    """
    for module in part.modules():
        if isinstance(module, nn.Linear | nn.Conv2d) and module.weight.requires_grad:
            yield module.weight


def l2_penalty(part: nn.Module, decay: float) -> Tensor:
    """The scalar decay · Σ ½‖w‖² over `decayed_weights`."""
    halves = [weight.square().sum() / 2 for weight in decayed_weights(part)]
    return decay * (torch.stack(halves).sum() if halves else torch.zeros(()))


def _cross_entropy(logits: Tensor, targets: Tensor, config: LossConfig) -> Tensor:
    """Binary cross-entropy of (B, h, w): summed or averaged over pixels, averaged over the batch."""
    total = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
    return total / (len(logits) if config.reduction == "sum" else logits.numel())


def _word_type_loss(word_types: Tensor, targets: Tensor | None) -> Tensor:
    if targets is None or not (targets >= 0).any():
        return word_types.new_zeros((), dtype=torch.float32)
    log_types = word_types.float().clamp_min(1e-8).log()  # under bfloat16 they may come in it
    return F.nll_loss(log_types.flatten(0, 1), targets.flatten(), ignore_index=-100)
