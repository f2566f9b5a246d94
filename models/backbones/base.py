"""What every image backbone is: a picture in, three levels of visual features (the paper's V) out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from torch import Tensor, nn


class Levels(NamedTuple):
    """Visual features from fine to coarse, each (B, C_v, H, W); each level may have its own stride."""

    c3: Tensor
    c4: Tensor
    c5: Tensor


class Backbone(nn.Module, ABC):
    """An image network that turns pictures into three levels of features.

    It normalises the picture itself, so that nobody can pair it with another network's mean or channel order.

    Attributes:
        name: its name in the registry.
        channels: widths of c3, c4 and c5.
        provenance: the data that its present weights have seen; empty for weights drawn at random.
            Whoever fills the weights in sets it.
    """

    name: str
    channels: tuple[int, int, int]
    provenance: tuple[str, ...] = ()

    @abstractmethod
    def forward(self, images: Tensor) -> Levels:
        """Computes the three levels.

        Args:
            images: (B, 3, H, W), float, RGB in 0..255, of any height and width.
        """

    def config(self) -> dict[str, Any]:
        """Returns what `build_backbone` needs to make this architecture again; it can be written as JSON."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, options: Mapping[str, Any]) -> Self:
        """Makes the architecture from the entries of `config()` other than the name."""
        return cls(**options)
