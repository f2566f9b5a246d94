"""The temporal graph: what is seen in one frame of a clip is compared with the others (eq. 16–18)."""

from typing import NamedTuple

from torch import Tensor, nn

from .config import CmpcConfig
from .graph import Edges, WordRouting, graph_convolution
from .video_config import CmpcVideoConfig
from .words import TypedWords


class TemporalGraph(nn.Module):
    """A graph with a vertex for each frame. It has no positions: their order is the same to it.

    Equation: 16–18; "adaptive" takes equations 5–9 instead of 16 and 17, with action words as routers.
    Reference: `CMPC_video_mm_tgraph_allvec.build_temp_graph`.
    """

    def __init__(self, text_width: int, config: CmpcVideoConfig) -> None:
        super().__init__()
        adaptive = config.temporal_adjacency == "adaptive"
        self.edges = WordRouting(text_width, config) if adaptive else DirectRelevance(config)
        self.layer = graph_convolution(config)

    def forward(self, nodes: Tensor, words: TypedWords) -> Tensor:
        """Reason over `frame_nodes`, P̃ (B, K, C_m): P̄ (B, K, C_m)."""
        return self.layer(nodes, self._adjacency(nodes, words))  # type: ignore[no-any-return]

    def _adjacency(self, nodes: Tensor, words: TypedWords) -> Edges:
        if isinstance(self.edges, WordRouting):
            return self.edges.routes(nodes, words, words.p_action)
        adjacency: FrameAdjacency = self.edges(nodes)
        return adjacency


class FrameAdjacency(NamedTuple):
    """A_V (B, K, K), rows sum to 1."""

    matrix: Tensor

    def propagate(self, vertices: Tensor) -> Tensor:
        """A · vertices (B, K, C)."""
        return self.matrix @ vertices


class DirectRelevance(nn.Module):
    """How much each frame has to do with each other, by what is seen in both.

    Equation: 16, 17, A_V = softmax((P̃ W12)(P̃ W13)ᵀ / √C_m).
    """

    def __init__(self, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.query = nn.Linear(width, width, bias=config.projection_bias)
        self.key = nn.Linear(width, width, bias=config.projection_bias)

    def forward(self, nodes: Tensor) -> FrameAdjacency:
        """Relate frames by `frame_nodes`, P̃ (B, K, C_m)."""
        relevance = self.query(nodes) @ self.key(nodes).mT
        return FrameAdjacency((relevance * nodes.shape[-1] ** -0.5).softmax(dim=-1))
