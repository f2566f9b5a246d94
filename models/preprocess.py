"""Brings an image to the model's square canvas, and maps and masks between the canvas and the image."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Preprocess:
    """How an image of any size becomes a square canvas; a checkpoint carries its own.

    Pixels stay RGB from 0 to 255: each backbone normalises them itself.

    Args:
        size: side of the canvas in pixels.
        fit: "pad" keeps the proportions and centres the image on black, as the authors; "squash" fills the
            canvas.
        antialias: average over the source pixels where an image shrinks; the authors' resizing interpolates.

    Raises:
        ValueError: if a value is out of range.
    """

    size: int = 320
    fit: Literal["pad", "squash"] = "pad"
    antialias: bool = False

    def __post_init__(self) -> None:
        if self.size < 8:
            raise ValueError(f"size must be at least 8 pixels, got {self.size}")
        if self.fit not in ("pad", "squash"):
            raise ValueError(f'fit must be "pad" or "squash", got {self.fit!r}')

    def image(self, pixels: Image) -> Tensor:
        """Bring an RGB image (h, w, 3) uint8 to the canvas: (3, size, size) uint8.

        Reference: `util.im_processing.resize_and_pad` over scikit-image's bilinear resizing.
        """
        top, left, height, width = self.frame(*pixels.shape[:2])
        resized = (
            _antialiased(pixels, height, width)
            if self.antialias
            else _interpolated(pixels, height, width).round().to(torch.uint8)
        )
        bottom, right = self.size - top - height, self.size - left - width
        return F.pad(resized, (left, right, top, bottom))

    def frame(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Where an image of this size lies on the canvas: top, left, height, width in pixels."""
        if self.fit == "squash":
            return 0, 0, self.size, self.size
        scale = min(self.size / height, self.size / width)
        # An image of extreme proportions keeps at least one row or column.
        inner_height, inner_width = max(1, round(height * scale)), max(1, round(width * scale))
        return (self.size - inner_height) // 2, (self.size - inner_width) // 2, inner_height, inner_width

    def target(self, mask: NDArray[np.bool_], grid: int | None = None) -> Tensor:
        """Bring a mask (h, w) to the canvas, as a target to train on.

        Args:
            mask: True on the object.
            grid: None for 0 and 1 at the canvas size, where any touched pixel counts (the authors'
                `mask > 0`); a number for the share of the object in each cell of a grid×grid canvas.

        Returns:
            (size, size) or (grid, grid) float in [0, 1].
        """
        pixels = mask[..., None].astype(np.uint8) * 255
        top, left, height, width = self.frame(*mask.shape)
        inner = _interpolated(pixels, height, width) if grid is None else _antialiased(pixels, height, width)
        canvas = F.pad(inner[0], (left, self.size - left - width, top, self.size - top - height))
        if grid is None:
            return (canvas > 0).float()
        return F.adaptive_avg_pool2d(canvas[None].float() / 255, grid)[0]

    def restore(self, maps: Tensor, height: int, width: int, rows: slice | None = None) -> Tensor:
        """Bring maps (B, size, size) on the canvas back to an image's own size.

        Args:
            maps: logits or the like.
            height: of the image in pixels.
            width: of the image in pixels.
            rows: which rows of the image are wanted; None for all.

        Returns:
            (B, rows, width), bilinear with half-pixel centres.
        """
        top, left, inner_height, inner_width = self.frame(height, width)
        inner = maps[:, top : top + inner_height, left : left + inner_width]
        if rows is None or rows == slice(0, height):
            return F.interpolate(inner[:, None], (height, width), mode="bilinear", align_corners=False)[:, 0]
        low, high, weight = (axis.to(maps.device) for axis in _axis(inner_height, height, rows))
        strip = torch.lerp(inner[:, low], inner[:, high], weight[:, None].to(maps.dtype))
        return F.interpolate(strip[:, None], (len(low), width), mode="bilinear", align_corners=False)[:, 0]

    def config(self) -> dict[str, Any]:
        """The fields, as JSON."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build it from `config()`."""
        return cls(**config)


def _axis(source: int, target: int, wanted: slice) -> tuple[Tensor, Tensor, Tensor]:
    """For each wanted position of a resized axis: the two source positions around it, the second's weight."""
    positions = torch.arange(wanted.start, wanted.stop, dtype=torch.float64)
    where = ((positions + 0.5) * (source / target) - 0.5).clamp(0, source - 1)
    low = where.floor().long()
    return low, (low + 1).clamp(max=source - 1), where - low


def _interpolated(pixels: Image, height: int, width: int) -> Tensor:
    """Bilinear between the four nearest pixels: (h, w, C) uint8 → (C, height, width) float64.

    Only the pixels that count are touched, so a very large image costs no more than a small one.
    """
    top, bottom, down = _axis(pixels.shape[0], height, slice(0, height))
    left, right, across = _axis(pixels.shape[1], width, slice(0, width))
    source = torch.from_numpy(np.require(pixels, requirements=("C", "W")))
    rows = torch.lerp(source[top].double(), source[bottom].double(), down[:, None, None])
    return torch.lerp(rows[:, left], rows[:, right], across[None, :, None]).permute(2, 0, 1)


def _antialiased(pixels: Image, height: int, width: int) -> Tensor:
    source = torch.from_numpy(np.require(pixels, requirements=("C", "W"))).permute(2, 0, 1)[None]
    return F.interpolate(source, (height, width), mode="bilinear", antialias=True)[0]
