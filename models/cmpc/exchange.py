"""Text-guided feature exchange: each level takes from the others what the sentence asks for (eq. 22–24)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import CmpcConfig
from .normalise import UnitLength


class FeatureExchange(nn.Module):
    """One round of exchange between all levels; each level sees the others as they were before the round.

    Equation: 24.
    Reference: `CMPC_model.gated_exchange_fusion_lstm_2times`.
    """

    def __init__(self, text_width: int, config: CmpcConfig) -> None:
        super().__init__()
        self.levels = nn.ModuleDict({level: LevelExchange(text_width, config) for level in config.levels})

    def forward(self, levels: Sequence[Tensor], guide: Tensor) -> list[Tensor]:
        """Exchange between levels, each (B, N, C_y), guided by a sentence vector (B, C_l)."""
        receive = enumerate(self.levels.values())
        return [module(levels[i], [*levels[:i], *levels[i + 1 :]], guide) for i, module in receive]


class LevelExchange(nn.Module):
    """What one level receives in one round.

    Equation: 22, Λ = (s W10)(Y W11)ᵀ; 23, g = Λ Y; 24, Y + Σ_j σ(c) ⊙ Y_j with c = linear([g ; s]).
    Reference: `CMPC_model.global_vec` and `CMPC_model.lang_se`; differs: the key projection W11 is folded
        into the query, so that no region is projected, and c has unit length per sample.
    """

    def __init__(self, text_width: int, config: CmpcConfig) -> None:
        super().__init__()
        width, n_sources = config.level_width, len(config.levels) - 1
        self.pooling = config.exchange_pooling
        self.key = nn.Linear(width, width, bias=config.projection_bias)
        self.query = nn.Linear(text_width, width, bias=config.projection_bias)
        self.context = nn.Linear(width + text_width, width)
        n_gates = n_sources if config.exchange_gate == "per_source" else 0
        self.gates = nn.ModuleList(nn.Linear(width, width) for _ in range(n_gates))
        self.sources = nn.ModuleList(nn.Linear(width, width) for _ in range(n_gates))
        self.unit = UnitLength(config)

    def forward(self, level: Tensor, others: Sequence[Tensor], guide: Tensor) -> Tensor:
        """Add to a level (B, N, C_y) what `guide` (B, C_l) selects from the other levels."""
        context = self.gather_context(level, guide)
        for selected in self._select(others, context):
            level = level + selected
        return self.unit(level)  # type: ignore[no-any-return]

    def gather_context(self, level: Tensor, guide: Tensor) -> Tensor:
        """Pool a level by what the sentence is about, and join both: `context`, c (B, C_y)."""
        query = self.query(guide)
        weights = (level @ (query @ self.key.weight)[..., None]).squeeze(-1)  # (B, N)
        if self.key.bias is not None:
            weights = weights + query @ self.key.bias[:, None]
        if self.pooling == "softmax":
            weights = (weights * level.shape[-1] ** -0.5).softmax(dim=-1)
        pooled = (weights[:, None] @ level).squeeze(1)
        return self.unit(self.context(torch.cat([pooled, guide], dim=-1)))  # type: ignore[no-any-return]

    def _select(self, others: Sequence[Tensor], context: Tensor) -> list[Tensor]:
        if not self.gates:
            return [other * context.sigmoid()[:, None] for other in others]
        gated = zip(self.gates, self.sources, others, strict=True)
        return [F.relu(source(other)) * gate(context).sigmoid()[:, None] for gate, source, other in gated]
