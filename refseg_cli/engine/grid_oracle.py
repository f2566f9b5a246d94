"""What a head could say that knew the truth: its grid of cells is coarser than a mask.

The cells get the values with which the head's own upsampling comes closest to the true mask, in least
squares; the map is then brought back to the picture as a head's logits are. It is a strong map, though not
the one of the largest oIoU, which no formula gives: a head could be a little above it.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from refseg.models.cmpc import CmpcVideo
from refseg.models.cmpc.upsampling import upsample
from refseg.models.segmenter import Segmenter
from refseg_cli.data.samples import Sample

from .answers import Answer, Answered
from .protocols import Mask, Protocol, predicted

Positions = Literal["legacy", "half_pixel"]


def answer_with_grid_oracle(segmenter: Segmenter, protocol: Protocol) -> Answer:
    """Answer each sentence with the true mask as the grid of a head can show it.

    Upsampling is linear and treats rows and columns apart: a canvas is L_h G L_wᵀ of the grid's values G. So
    the closest G is L_h⁺ M (L_w⁺)ᵀ of the mask M on the canvas, with ⁺ the pseudo-inverse.

    Args:
        segmenter: whose head, canvas and resizing are taken.
        protocol: how scores become masks.
    """
    preprocess, positions = segmenter.preprocess, segmenter.head.config.upsampling
    size = preprocess.size
    down, across = (torch.linalg.pinv(spread(cells, size, positions)) for cells in grid_of(segmenter))

    def answer(samples: Sequence[Sample]) -> list[Answered]:
        return [Answered(through_grid(sample.mask())) for sample in samples]

    def through_grid(truth: Mask) -> Mask:
        cells = down @ preprocess.target(truth, size) @ across.T
        canvas = upsample(cells[None], (size, size), positions)[0]
        return predicted(protocol, canvas - 0.5, preprocess, (truth.shape[0], truth.shape[1]))

    return answer


def grid_of(segmenter: Segmenter) -> tuple[int, int]:
    """The cells of a head, (H, W); one without a fixed grid takes that of the backbone's first level."""
    if segmenter.head.config.grid is not None:
        return segmenter.head.config.grid
    blank = torch.zeros(1, 3, segmenter.preprocess.size, segmenter.preprocess.size)
    if isinstance(segmenter.head, CmpcVideo):
        blank = torch.stack([blank] * len(segmenter.frame_offsets), dim=1)
    with torch.inference_mode():
        height, width = segmenter.extract_levels(blank)[0].shape[-2:]
    return height, width


def spread(cells: int, size: int, positions: Positions) -> Tensor:
    """What each cell of one axis adds to each pixel of it, (size, cells)."""
    maps = torch.eye(cells)[:, :, None].expand(cells, cells, cells)  # map number i is 1 in its row i
    return upsample(maps, (size, size), positions)[:, :, 0].T
