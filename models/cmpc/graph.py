"""Relation-aware reasoning: relation words route messages between the regions of the image (eq. 5–10)."""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from .config import CmpcConfig
from .normalise import JointNorm, UnitLength
from .words import TypedWords


class Routes(NamedTuple):
    """The two factors of the adjacency A = B1 B2 (eq. 7–9), which is never formed.

    `region_to_word` is B1 (B, N, T), rows sum to 1; `word_to_region` is B2 (B, T, N), rows sum to 1.
    """

    region_to_word: Tensor
    word_to_region: Tensor

    def propagate(self, vertices: Tensor) -> Tensor:
        """A · vertices (B, N, C) as B1 (B2 vertices): N·T·C products instead of N²·C."""
        return self.region_to_word @ (self.word_to_region @ vertices)


class RelationReasoning(nn.Module):
    """A graph over all regions, with relation words as routers.

    Equation: 5–10.
    Reference: `CMPC_model.build_spa_graph`.
    """

    def __init__(self, text_width: int, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.gate = config.relation_gate
        self.scale = width**-0.5 if config.affinity_scale else 1.0
        self.vertices = nn.Linear(width, width) if config.vertex_projection else nn.Identity()
        self.region_key = nn.Linear(width, width, bias=config.projection_bias)
        self.word_key = nn.Linear(text_width, width, bias=config.projection_bias)
        convolution = (
            NormalisedGraphConvolution if config.graph_convolution == "normalised" else PlainGraphConvolution
        )
        self.layers = nn.ModuleList(convolution(config) for _ in range(config.graph_layers))

    def forward(self, multimodal: Tensor, words: TypedWords) -> tuple[Tensor, Routes]:
        """Reason over `multimodal`, M (B, N, C_m).

        Returns:
            `reasoned`, M̄ (B, N, C_m), and the routes it took.
        """
        vertices = self.vertices(multimodal)
        routes = self.routes(vertices, words)
        for layer in self.layers:
            vertices = layer(vertices, routes)
        return vertices, routes

    def routes(self, vertices: Tensor, words: TypedWords) -> Routes:
        """Affinities between regions and relation words, normalised over the words and over the regions.

        Equation: 6–8. The regions' projection W5 is folded into the words: (M W5)(R W6)ᵀ = M (W5 (R W6)ᵀ), so
        that no region is projected.
        """
        p_relation = words.p_relation
        routers = words.words if self.gate == "logits" else p_relation[..., None] * words.words
        keys = self.word_key(routers)  # (B, T, C_m)
        affinity = vertices @ (keys @ self.region_key.weight).mT  # (B, N, T)
        if self.region_key.bias is not None:
            affinity = affinity + (keys @ self.region_key.bias)[:, None]
        affinity = affinity * self.scale
        if self.gate == "logits":
            affinity = affinity * p_relation[:, None]
        word_to_region = affinity.mT.softmax(dim=-1)
        is_padding = ~words.is_word[:, None]
        return Routes(affinity.masked_fill(is_padding, float("-inf")).softmax(dim=-1), word_to_region)


class NormalisedGraphConvolution(nn.Module):
    """One graph convolution as the authors compute it.

    Reference: `CMPC_model.graph_conv`: ReLU(M + LN(A M)) → linear → LN → ReLU → unit length.
    """

    def __init__(self, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.message_norm = JointNorm(width)
        self.update = nn.Linear(width, width, bias=config.projection_bias)
        self.update_norm = JointNorm(width)
        self.unit = UnitLength(config)

    def forward(self, vertices: Tensor, routes: Routes) -> Tensor:
        """Update vertices (B, N, C_m)."""
        received = F.relu(vertices + self.message_norm(routes.propagate(vertices)))
        return self.unit(F.relu(self.update_norm(self.update(received))))  # type: ignore[no-any-return]


class PlainGraphConvolution(nn.Module):
    """One graph convolution as the paper prints it.

    Equation: 10, M̄ = (A + I) M̃ W7.
    """

    def __init__(self, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.update = nn.Linear(width, width, bias=config.projection_bias)

    def forward(self, vertices: Tensor, routes: Routes) -> Tensor:
        """Update vertices (B, N, C_m)."""
        return self.update(routes.propagate(vertices) + vertices)  # type: ignore[no-any-return]
