"""TensorFlow's SAME padding: the output has ceil(input / stride) cells, whatever the kernel.

PyTorch pads both sides alike. SAME depends on the input's size and puts the odd cell at the bottom and right:
a network trained with it, if run with PyTorch's, sees everything shifted at each layer of stride 2.
"""

from math import inf

import torch.nn.functional as F
from torch import Tensor, nn


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Returns how many cells SAME puts before and after one axis of `size` cells."""
    n_outputs = -(-size // stride)
    total = max((n_outputs - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def pad_same(features: Tensor, kernel: int, stride: int, dilation: int = 1, value: float = 0.0) -> Tensor:
    """Pads (B, C, H, W) so that an unpadded square kernel gives SAME's output."""
    height, width = features.shape[-2:]
    left, right = same_padding(width, kernel, stride, dilation)
    top, bottom = same_padding(height, kernel, stride, dilation)
    return (
        F.pad(features, (left, right, top, bottom), value=value) if left + right + top + bottom else features
    )


class SameConv2d(nn.Conv2d):
    """A square convolution without bias and with SAME padding."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
    ) -> None:
        # At stride 1 an odd kernel is padded alike on both sides: the convolution does it without a copy.
        padding = dilation * (kernel - 1) // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, ceil(H / stride), ceil(W / stride))."""
        kernel, stride, dilation = self.kernel_size[0], self.stride[0], self.dilation[0]
        return super().forward(features if stride == 1 else pad_same(features, kernel, stride, dilation))


class SameMaxPool2d(nn.Module):
    """A square max pooling with SAME padding; padded cells never win."""

    def __init__(self, kernel: int, *, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, ceil(H / stride), ceil(W / stride))."""
        return F.max_pool2d(
            pad_same(features, self.kernel, self.stride, value=-inf),
            self.kernel,
            self.stride,
        )
