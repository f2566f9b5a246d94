"""Action-aware reasoning: action words gather from all frames what the centre frame cannot show (Fig. 4)."""

from torch import Tensor, nn

from .config import CmpcConfig
from .graph import affinities
from .normalise import UnitLength
from .temporal_graph import TemporalGraph
from .video_config import CmpcVideoConfig
from .words import TypedWords


class ActionReasoning(nn.Module):
    """Frames become vertices, vertices are reasoned about, and the centre frame's regions read them.

    Equation: 13–21.
    Reference: `CMPC_video_mm_tgraph_allvec.build_temp_graph` and `build_temp_ctx`; in the preset `official`
        they read M and P̄ where equations 19 and 21 have M̄ and P̃.
    """

    def __init__(self, text_width: int, config: CmpcVideoConfig) -> None:
        super().__init__()
        self.reads_reasoned = config.context_query == "reasoned"
        self.takes_reasoned = config.context_value == "reasoned"
        self.pool = FramePooling(text_width, config)
        self.graph = TemporalGraph(text_width, config)
        self.context = TemporalContext(config)

    def forward(self, nodes: Tensor, multimodal: Tensor, reasoned: Tensor, words: TypedWords) -> Tensor:
        """Give the regions of the centre frame what they need of the other frames.

        Args:
            nodes: `frame_nodes`, P̃ (B, K, C_m), from `pool`.
            multimodal: of the centre frame, M (B, N, C_m).
            reasoned: of the centre frame, M̄ (B, N, C_m).
            words: of B expressions.

        Returns:
            `context`, P̂ (B, N, C_m).
        """
        reasoned_nodes = self.graph(nodes, words)
        return self.context(  # type: ignore[no-any-return]
            reasoned if self.reads_reasoned else multimodal,
            reasoned_nodes,
            reasoned_nodes if self.takes_reasoned else nodes,
        )


class FramePooling(nn.Module):
    """Sums up a frame by where in it the action may be.

    Equation: 13–15, P_V = softmax((M W8)(q_a W9)ᵀ / √C_m) M. W8 is folded into the one query, so that no
        region is projected.
    """

    def __init__(self, text_width: int, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.region_key = nn.Linear(width, width, bias=config.projection_bias)
        self.action_query = nn.Linear(text_width, width, bias=config.projection_bias)

    def forward(self, multimodal: Tensor, action: Tensor) -> Tensor:
        """Pool the regions M (F, N, C_m) of F frames, each for its own q_a (F, C_l), to (F, C_m)."""
        query = self.action_query(action)[:, None]
        attention = affinities(multimodal, self.region_key, query) * multimodal.shape[-1] ** -0.5
        pooled: Tensor = attention.softmax(dim=1).mT @ multimodal  # (F, 1, N) @ (F, N, C_m)
        return pooled.squeeze(1)


class TemporalContext(nn.Module):
    """Brings what the frames tell back to the places of the centre frame.

    Equation: 19–21, P̂ = softmax over frames of ((P̄ W14)(M̄ W15)ᵀ / √C_m), times the frames. W15 is folded into
        the frames.
    """

    def __init__(self, config: CmpcConfig) -> None:
        super().__init__()
        width = config.multimodal_width
        self.region_query = nn.Linear(width, width, bias=config.projection_bias)
        self.frame_key = nn.Linear(width, width, bias=config.projection_bias)
        self.unit = UnitLength(config)

    def forward(self, regions: Tensor, frames: Tensor, values: Tensor) -> Tensor:
        """Let regions (B, N, C_m) look at frames (B, K, C_m) and take values (B, K, C_m): (B, N, C_m)."""
        relevance = affinities(regions, self.region_query, self.frame_key(frames))  # (B, N, K)
        region_to_frame = (relevance * regions.shape[-1] ** -0.5).softmax(dim=-1)
        return self.unit(region_to_frame @ values)  # type: ignore[no-any-return]
