"""Two backbones looking at the same picture, their levels side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .base import Backbone, Levels
from .registry import build_backbone


class PairBackbone(Backbone):
    """Joins two backbones by channel: what the one was trained to see, the other may have missed.

    A level of the second whose size differs is resized (bilinear, half-pixel) to that of the first.

    Args:
        first: gives the sizes of the levels and their first channels.
        second: gives the other channels.
    """

    name = "pair"

    def __init__(self, first: Backbone, second: Backbone) -> None:
        super().__init__()
        self.first, self.second = first, second
        c3, c4, c5 = (a + b for a, b in zip(first.channels, second.channels, strict=True))
        self.channels = (c3, c4, c5)
        self.provenance = first.provenance | second.provenance

    def config(self) -> dict[str, Any]:
        """See `Backbone.config`; the configurations of the two are nested."""
        return {
            "name": self.name,
            "first": self.first.config(),
            "second": self.second.config(),
        }

    @classmethod
    def from_config(cls, options: Mapping[str, Any]) -> Self:
        """See `Backbone.from_config`."""
        return cls(**{role: build_backbone(config) for role, config in options.items()})

    def forward(self, images: Tensor) -> Levels:
        """See `Backbone.forward`; the strides are the first backbone's."""
        return Levels(*map(_join, self.first(images), self.second(images)))

    def stages(self) -> Sequence[nn.Module]:
        """See `Backbone.stages`; each is one of the first and one of the second."""
        return [nn.ModuleList(both) for both in zip(self.first.stages(), self.second.stages(), strict=True)]


def _join(first: Tensor, second: Tensor) -> Tensor:
    size = first.shape[-2:]
    if second.shape[-2:] != size:
        second = F.interpolate(second, size=size, mode="bilinear", align_corners=False)
    return torch.cat((first, second), dim=1)
