"""The output of a level: what was perceived, what was reasoned and what was said, as one feature Y."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import CmpcConfig
from .coordinates import N_COORDINATES


class LevelOutput(nn.Module):
    """A 1×1 convolution of [regions ; sentence ; coordinates] to `levels[i]`, Y^i.

    Reference: the convolution `fusion_c5` of `CMPC_model.build_full_model`; differs: the sentence is constant
        over the map, so its share is computed once and added instead of tiled.
    """

    def __init__(self, region_width: int, text_width: int, config: CmpcConfig) -> None:
        super().__init__()
        self.region_width, self.text_width = region_width, text_width
        extra = N_COORDINATES if config.coordinates == "fusion" else 0
        self.projection = nn.Linear(region_width + text_width + extra, config.level_width)
        self.activation = nn.ReLU() if config.output_relu else nn.Identity()

    def forward(self, regions: list[Tensor], sentence: Tensor, coordinates: Tensor) -> Tensor:
        """Project regions (each (B, N, C)), a sentence (B, C_l) and coordinates (N, 8) to (B, N, C_y)."""
        weight = self.projection.weight
        of_regions = weight[:, : self.region_width]
        of_sentence = weight[:, self.region_width : self.region_width + self.text_width]
        of_coordinates = weight[:, self.region_width + self.text_width :]
        constant = F.linear(sentence, of_sentence, self.projection.bias)[:, None]
        total = F.linear(torch.cat(regions, dim=-1), of_regions) + constant
        if of_coordinates.shape[1]:
            total = total + F.linear(coordinates, of_coordinates)
        return self.activation(total)  # type: ignore[no-any-return]
