"""What every image backbone is: a picture in, three levels of visual features (the paper's V) out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from torch import Tensor, nn

from .provenance import Provenance


class Levels(NamedTuple):
    """Visual features from fine to coarse, each (B, C_v, H, W); each level may have its own stride.

    Those of a backbone that looks at clips are (B, C_v, K, H, W), and each level has its own K frames.
    """

    c3: Tensor
    c4: Tensor
    c5: Tensor


class Backbone(nn.Module, ABC):
    """An image network that turns pictures into three levels of features.

    It normalises the picture itself, so that nobody can pair it with another network's mean or channel order.

    Attributes:
        name: its name in the registry.
        channels: widths of c3, c4 and c5.
        clip_frames: how many frames it looks at together; 1 of a backbone for pictures. One for clips takes
            (B, 3, F, H, W).
        provenance: the data that its present weights have seen. Whoever fills the weights in sets it.
    """

    name: str
    channels: tuple[int, int, int]
    clip_frames: int = 1
    provenance = Provenance()

    @abstractmethod
    def forward(self, images: Tensor) -> Levels:
        """Computes the three levels.

        Args:
            images: (B, 3, H, W), float, RGB in 0..255, of any height and width.
        """

    def stages(self) -> Sequence[nn.Module]:
        """Returns the parts that c3, c4 and c5 come out of, in this order; none if nothing can be tuned."""
        return ()

    def tune(self, n_stages: int) -> None:
        """Has the kernels of the last stages trained and everything else kept, with every normalisation.

        Reference: `-conv5` of the authors' image model, which trains `res3` to `res5` (three stages).

        Raises:
            ValueError: when there are not so many stages.
        """
        stages = self.stages()
        if not 0 <= n_stages <= len(stages):
            raise ValueError(f"{self.name} has {len(stages)} stages that can be tuned, got {n_stages}")
        self.requires_grad_(False)
        for stage in stages[len(stages) - n_stages :]:
            for module in stage.modules():
                if isinstance(module, nn.Conv2d | nn.Conv3d):
                    module.weight.requires_grad_(True)

    def config(self) -> dict[str, Any]:
        """Returns what `build_backbone` needs to make this architecture again; it can be written as JSON."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, options: Mapping[str, Any]) -> Self:
        """Makes the architecture from the entries of `config()` other than the name."""
        return cls(**options)
