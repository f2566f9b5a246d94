"""The two normalisations of the authors' code: to unit length, and over regions and channels together."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import CmpcConfig


class UnitLength(nn.Module):
    """Scales each vector (last axis) to length 1, or to √C; does nothing where the configuration has it off.

    Reference: `tf.nn.l2_normalize(x, 3)`, whose ε 1e-12 is on the squared length.
    """

    def __init__(self, config: CmpcConfig) -> None:
        super().__init__()
        self.active, self.rescale = config.l2_normalisation, config.l2_rescale

    def forward(self, vectors: Tensor) -> Tensor:
        """Normalise (…, C)."""
        if not self.active:
            return vectors
        wanted = vectors.shape[-1] ** 0.5 if self.rescale else 1.0
        # One divisor for each vector, so that the vectors themselves are passed over only once. Its inverse
        # would be infinite in half precision where a vector is zero.
        lengths: Tensor = torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)
        return vectors / (lengths / wanted).clamp_min(1e-6)


class JointNorm(nn.Module):
    """Layer norm with one mean and one variance for all regions and channels of a sample.

    Reference: `tf.contrib.layers.layer_norm`, biased variance, ε 1e-12, one gain and offset per channel.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, features: Tensor) -> Tensor:
        """Normalise (B, N, C), in the precision of the gains."""
        shape = features.shape[1:]
        weight, bias = self.weight.expand(shape), self.bias.expand(shape)
        return F.layer_norm(features.to(weight.dtype), shape, weight, bias, eps=1e-12)
