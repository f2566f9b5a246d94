"""The block that MobileNetV2 and EfficientNet-Lite are made of: widen, look around per channel, narrow again.

Sub-modules carry the names of the published EfficientNet-Lite file, so that its arrays load as they are.
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from .base import Backbone
from .frozen_batch_norm import FrozenBatchNorm2d
from .same_padding import SameConv2d


class BlockGroup(NamedTuple):
    """A row of the architecture's table: blocks of one kind; the stride belongs to the first of them."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


class InvertedResidual(nn.Module):
    """1×1 up, depthwise k×k, 1×1 down; ReLU6 but for the last. Adds the input where the shape allows it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.widens = expansion > 1
        self.adds_input = stride == 1 and inputs == outputs
        if self.widens:
            self._expand_conv = SameConv2d(inputs, hidden, 1)
            self._bn0 = FrozenBatchNorm2d(hidden)
        self._depthwise_conv = SameConv2d(hidden, hidden, kernel, stride=stride, groups=hidden)
        self._bn1 = FrozenBatchNorm2d(hidden)
        self._project_conv = SameConv2d(hidden, outputs, 1)
        self._bn2 = FrozenBatchNorm2d(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, ceil(H / stride), ceil(W / stride))."""
        return self.reduce(self.expand(features), features)

    def expand(self, features: Tensor) -> Tensor:
        """The first half: (B, inputs, H, W) → (B, inputs · expansion, H, W)."""
        return F.relu6(self._bn0(self._expand_conv(features))) if self.widens else features

    def reduce(self, expanded: Tensor, features: Tensor) -> Tensor:
        """The second half, from what `expand` made of `features`."""
        inner = F.relu6(self._bn1(self._depthwise_conv(expanded)))
        projected: Tensor = self._bn2(self._project_conv(inner))
        return projected + features if self.adds_input else projected


class MobileBackbone(Backbone):
    """A stem of stride 2 and a row of inverted residual blocks."""

    def __init__(self, groups: Iterable[BlockGroup], stem_channels: int = 32) -> None:
        super().__init__()
        self._conv_stem = SameConv2d(3, stem_channels, 3, stride=2)
        self._bn0 = FrozenBatchNorm2d(stem_channels)
        self._blocks = nn.Sequential(*_blocks(groups, stem_channels))

    def _stem(self, normalised: Tensor) -> Tensor:
        return F.relu6(self._bn0(self._conv_stem(normalised)))


def _blocks(groups: Iterable[BlockGroup], inputs: int) -> Iterable[InvertedResidual]:
    for group in groups:
        for repeat in range(group.repeats):
            stride = group.stride if repeat == 0 else 1
            yield InvertedResidual(inputs, group.channels, group.kernel, stride, group.expansion)
            inputs = group.channels
