"""TensorFlow's SAME padding for clips: in time as in height and width, see `same_padding.py`."""

from math import inf

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .same_padding import same_padding

Triple = tuple[int, int, int]
"""One number for time, one for height and one for width."""


def pad_same_3d(features: Tensor, kernel: Triple, stride: Triple, value: float = 0.0) -> Tensor:
    """Pads (B, C, K, H, W) so that an unpadded kernel gives SAME's output."""
    pads: list[int] = []
    for axis in (2, 1, 0):  # the last axis comes first in PyTorch
        pads += same_padding(features.shape[axis + 2], kernel[axis], stride[axis])
    return F.pad(features, pads, value=value) if any(pads) else features


class SameConv3d(nn.Conv3d):
    """A cubic convolution without bias and with SAME padding."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> None:
        # At stride 1 an odd kernel is padded alike on both sides: the convolution does it without a copy.
        super().__init__(inputs, outputs, kernel, stride, (kernel - 1) // 2 if stride == 1 else 0, bias=False)

    def reset_parameters(self) -> None:
        """Draw kernels that neither fade nor swell features: PyTorch's own shrink them by 2.4 a layer."""
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, K, H, W) → (B, outputs, ceil(K / stride), ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride > 1:
            features = pad_same_3d(features, (kernel,) * 3, (stride,) * 3)
        trained = self.weight.requires_grad and torch.is_grad_enabled()
        if features.device.type != "cpu" or not trained:
            return super().forward(features)
        # On processors oneDNN fills gradients of 3-D kernels in bfloat16 with chance numbers (PyTorch 2.15).
        with torch.autocast("cpu", enabled=False):
            return super().forward(features.float())


class SameMaxPool3d(nn.Module):
    """A max pooling with SAME padding; padded cells never win."""

    def __init__(self, kernel: Triple, *, stride: Triple) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, K, H, W) → the same, each side divided by its stride and rounded up."""
        padded = pad_same_3d(features, self.kernel, self.stride, value=-inf)
        return F.max_pool3d(padded, self.kernel, self.stride)
