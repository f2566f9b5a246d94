"""Relation-aware reasoning: relation words route messages between the regions of the image (eq. 5–10)."""

from typing import NamedTuple, Protocol

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


class Edges(Protocol):
    """An adjacency, formed or not."""

    def propagate(self, vertices: Tensor) -> Tensor:
        """A · vertices (B, N, C)."""


class WordRouting(nn.Module):
    """The edges of a graph whose vertices meet at the words that they both answer to.

    Equation: 5–9.
    """

    def __init__(self, text_width: int, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.gate = config.relation_gate
        self.scale = width**-0.5 if config.affinity_scale else 1.0
        self.region_key = nn.Linear(width, width, bias=config.projection_bias)
        self.word_key = nn.Linear(text_width, width, bias=config.projection_bias)

    def routes(self, vertices: Tensor, words: TypedWords, p_router: Tensor) -> Routes:
        """Affinities between vertices and router words, normalised over the words and over the vertices.

        Equation: 6–8.

        Args:
            vertices: (B, N, C_m).
            words: of B expressions.
            p_router: (B, T) how much each word is a router.
        """
        routers = words.words if self.gate == "logits" else p_router[..., None] * words.words
        affinity = affinities(vertices, self.region_key, self.word_key(routers)) * self.scale  # (B, N, T)
        if self.gate == "logits":
            affinity = affinity * p_router[:, None]
        word_to_region = affinity.mT.softmax(dim=-1)
        is_padding = ~words.is_word[:, None]
        return Routes(affinity.masked_fill(is_padding, float("-inf")).softmax(dim=-1), word_to_region)


class RelationReasoning(WordRouting):
    """A graph over all regions, with relation words as routers.

    Equation: 5–10.
    Reference: `CMPC_model.build_spa_graph`.
    """

    def __init__(self, text_width: int, config: CmpcConfig) -> None:
        super().__init__(text_width, config)
        width = config.multimodal_width
        self.vertices = nn.Linear(width, width) if config.vertex_projection else nn.Identity()
        self.layers = nn.ModuleList(graph_convolution(config) for _ in range(config.graph_layers))

    def forward(self, multimodal: Tensor, words: TypedWords) -> tuple[Tensor, Routes]:
        """Reason over `multimodal`, M (B, N, C_m).

        Returns:
            `reasoned`, M̄ (B, N, C_m), and the routes it took.
        """
        vertices = self.vertices(multimodal)
        routes = self.routes(vertices, words, words.p_relation)
        for layer in self.layers:
            vertices = layer(vertices, routes)
        return vertices, routes


def affinities(vertices: Tensor, key: nn.Linear, queries: Tensor) -> Tensor:
    """The products of projected vertices with queries, (M W + b) Qᵀ, without projecting any vertex.

    There are few queries, so W is folded into them: M (Q Wᵀ)ᵀ + b Qᵀ.

    Args:
        vertices: M (B, N, C).
        key: W and b.
        queries: Q (B, Q, C).

    Returns:
        (B, N, Q).
    """
    products = vertices @ (queries @ key.weight).mT
    if key.bias is not None:
        products = products + (queries @ key.bias)[:, None]
    return products


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

    def forward(self, vertices: Tensor, edges: Edges) -> Tensor:
        """Update vertices (B, N, C_m)."""
        received = F.relu(vertices + self.message_norm(edges.propagate(vertices)))
        return self.unit(F.relu(self.update_norm(self.update(received))))  # type: ignore[no-any-return]


class PlainGraphConvolution(nn.Module):
    """One graph convolution as the paper prints it.

    Equation: 10, M̄ = (A + I) M̃ W7.
    """

    def __init__(self, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.update = nn.Linear(width, width, bias=config.projection_bias)

    def forward(self, vertices: Tensor, edges: Edges) -> Tensor:
        """Update vertices (B, N, C_m)."""
        return self.update(edges.propagate(vertices) + vertices)  # type: ignore[no-any-return]


def graph_convolution(config: CmpcConfig) -> NormalisedGraphConvolution | PlainGraphConvolution:
    """One graph convolution of the configured kind."""
    if config.graph_convolution == "normalised":
        return NormalisedGraphConvolution(config)
    return PlainGraphConvolution(config)
