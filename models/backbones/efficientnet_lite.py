"""EfficientNet-Lite0, a small image network trained on ImageNet (Tan & Le; the "lite" variant for phones)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from torch import Tensor, nn

from .base import Levels
from .inverted_residual import BlockGroup, MobileBackbone
from .provenance import IMAGENET
from .weights_file import load_exactly, read_safetensors

_GROUPS = (
    BlockGroup(1, 3, 1, 1, 16),
    BlockGroup(2, 3, 2, 6, 24),
    BlockGroup(2, 5, 2, 6, 40),
    BlockGroup(3, 3, 2, 6, 80),
    BlockGroup(3, 5, 1, 6, 112),
    BlockGroup(4, 5, 2, 6, 192),
    BlockGroup(1, 3, 1, 6, 320),
)
# The published file also holds the widening before its classifier, which no level comes from.
_UNUSED = ("_conv_head.", "_bn1.")


class EfficientNetLite0(MobileBackbone):
    """EfficientNet-Lite0 without its classifier: levels of stride 8, 16 and 32 from blocks 4, 10 and 15."""

    name = "efficientnet-lite0"
    channels = (40, 112, 320)

    def __init__(self) -> None:
        super().__init__(_GROUPS)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Makes the network with the weights of `efficientnet_lite0_imagenet.safetensors`.

        Raises:
            WeightsNotFound: when there is no such file.
            CheckpointError: when it holds other weights.
        """
        backbone = cls()
        tensors = read_safetensors(path)
        load_exactly(
            backbone,
            {name: t for name, t in tensors.items() if not name.startswith(_UNUSED)},
            path,
        )
        backbone.provenance = IMAGENET
        return backbone

    def forward(self, images: Tensor) -> Levels:
        """See `Backbone.forward`; strides 8, 16 and 32."""
        fine, middle, coarse = self.stages()
        c3 = fine(self._stem((images - 127) / 128))
        c4 = middle(c3)
        return Levels(c3, c4, coarse(c4))

    def stages(self) -> Sequence[nn.Module]:
        """See `Backbone.stages`."""
        return self._blocks[:5], self._blocks[5:11], self._blocks[11:]
