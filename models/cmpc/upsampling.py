"""Brings maps of the grid to the size of an image."""

from typing import Literal

from torch import Tensor
from torch.nn import functional as F


def upsample(maps: Tensor, size: tuple[int, int], positions: Literal["legacy", "half_pixel"]) -> Tensor:
    """Resize maps (B, h, w) bilinearly to (B, *size).

    Reference: `tf.image.resize_bilinear` of TensorFlow 1 for "legacy": output pixel d samples at d·(in/out),
        with no half-pixel offset, and the edge repeats. With one more row and column, and one more output
        pixel, PyTorch's `align_corners=True` has just these positions.
    """
    if positions == "half_pixel":
        return F.interpolate(maps[:, None], size, mode="bilinear", align_corners=False)[:, 0]
    padded = F.pad(maps[:, None], (0, 1, 0, 1), mode="replicate")
    larger = F.interpolate(padded, (size[0] + 1, size[1] + 1), mode="bilinear", align_corners=True)
    return larger[:, 0, : size[0], : size[1]]
