"""ResNet-101 of DeepLab v2, the image network that the authors of CMPC froze under their model.

Reference: `CMPC-Refseg`, `deeplab_resnet`, up to `res5c_relu`; its classifier is not used.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .base import Backbone, Levels
from .frozen_batch_norm import FrozenBatchNorm2d
from .same_padding import SameConv2d, SameMaxPool2d
from .tensorflow_layout import batch_norm_names

_MEAN_BGR = (104.00698793, 116.66876762, 122.67891434)
_N_BLOCKS = (3, 4, 23, 3)


class Bottleneck(nn.Module):
    """Narrow, look around, widen, and add the input: the Caffe form, with its stride on the first 1×1."""

    def __init__(
        self, inputs: int, width: int, *, stride: int = 1, dilation: int = 1, projects: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = SameConv2d(inputs, width, 1, stride=stride)
        self.bn1 = FrozenBatchNorm2d(width)
        self.conv2 = SameConv2d(width, width, 3, dilation=dilation)
        self.bn2 = FrozenBatchNorm2d(width)
        self.conv3 = SameConv2d(width, 4 * width, 1)
        self.bn3 = FrozenBatchNorm2d(4 * width)
        self.downsample = nn.Sequential()
        if projects:
            self.downsample.append(SameConv2d(inputs, 4 * width, 1, stride=stride))
            self.downsample.append(FrozenBatchNorm2d(4 * width))

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, 4 · width, ceil(H / stride), ceil(W / stride))."""
        inner = F.relu(self.bn1(self.conv1(features)))
        inner = F.relu(self.bn2(self.conv2(inner)))
        return F.relu(self.bn3(self.conv3(inner)) + self.downsample(features))


class DeepLabResNet101(Backbone):
    """ResNet-101 that keeps stride 8 to the end by looking further instead: dilation 2 in c4 and 4 in c5.

    It takes BGR minus Caffe's mean, which it makes of the RGB picture itself.
    """

    name = "deeplab-resnet101"
    channels = (512, 1024, 2048)
    _mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = SameConv2d(3, 64, 7, stride=2)
        self.bn1 = FrozenBatchNorm2d(64)
        self.pool = SameMaxPool2d(3, stride=2)
        self.layer1 = _stage(64, 64, _N_BLOCKS[0])
        self.layer2 = _stage(256, 128, _N_BLOCKS[1], stride=2)
        self.layer3 = _stage(512, 256, _N_BLOCKS[2], dilation=2)
        self.layer4 = _stage(1024, 512, _N_BLOCKS[3], dilation=4)
        self.register_buffer("_mean", torch.tensor(_MEAN_BGR).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Levels:
        """See `Backbone.forward`; every level has stride 8."""
        bgr = images.flip(1) - self._mean
        c3 = self.layer2(self.layer1(self.pool(F.relu(self.bn1(self.conv1(bgr))))))
        c4 = self.layer3(c3)
        return Levels(c3, c4, self.layer4(c4))

    def stages(self) -> Sequence[nn.Module]:
        """See `Backbone.stages`."""
        return self.layer2, self.layer3, self.layer4


def _stage(inputs: int, width: int, n_blocks: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    first = Bottleneck(inputs, width, stride=stride, dilation=dilation, projects=True)
    return nn.Sequential(
        first, *(Bottleneck(4 * width, width, dilation=dilation) for _ in range(n_blocks - 1))
    )


def tensorflow_names() -> dict[str, str]:
    """Returns torch key → variable name in the authors' TensorFlow checkpoints, for the whole network."""
    names = {"conv1.weight": "conv1/weights"} | batch_norm_names("bn1", "bn_conv1")
    for layer, n_blocks in enumerate(_N_BLOCKS, start=1):
        for index in range(n_blocks):
            names |= _block_names(
                f"layer{layer}.{index}", f"{layer + 1}{_letter(index, n_blocks)}", index == 0
            )
    return names


def _letter(index: int, n_blocks: int) -> str:
    # Caffe's stages of three blocks are a, b, c; longer ones are a, b1, b2, …
    return "abc"[index] if n_blocks == 3 else f"b{index}" if index else "a"


def _block_names(block: str, caffe: str, projects: bool) -> dict[str, str]:
    names = {}
    for number, branch in enumerate("abc", start=1):
        names[f"{block}.conv{number}.weight"] = f"res{caffe}_branch2{branch}/weights"
        names |= batch_norm_names(f"{block}.bn{number}", f"bn{caffe}_branch2{branch}")
    if projects:
        names[f"{block}.downsample.0.weight"] = f"res{caffe}_branch1/weights"
        names |= batch_norm_names(f"{block}.downsample.1", f"bn{caffe}_branch1")
    return names
