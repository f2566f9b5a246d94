"""Entity perception: the entity and attribute words perceive every candidate in the image (eq. 3, 4)."""

from torch import Tensor, nn

from .config import CmpcConfig
from .coordinates import N_COORDINATES
from .normalise import UnitLength


class EntityPerception(nn.Module):
    """Bilinear fusion of r heads of one level's regions with the entity context q_e.

    Equation: 3, 4, M = Σ_i (q_e W3_i) ⊙ (X W4_i).
    Reference: `CMPC_model.mutan_fusion`; differs: the r heads are one product, and the visual branch, which
        no expression changes, is computed once per image.
    """

    def __init__(self, text_width: int, config: CmpcConfig) -> None:
        super().__init__()
        self.n_heads, width = config.fusion_heads, config.multimodal_width
        extra = N_COORDINATES if config.coordinates == "fusion" else 0
        self.visual = nn.Linear(
            config.visual_width + extra, self.n_heads * width, bias=config.projection_bias
        )
        self.language = nn.Linear(text_width, self.n_heads * width, bias=config.projection_bias)
        self.activation = nn.Tanh() if config.fusion_tanh else nn.Identity()
        self.unit = UnitLength(config)

    def reset_parameters(self) -> None:
        """Xavier-uniform head by head: the heads are one matrix only for speed."""
        for projection in (self.visual, self.language):
            for head in projection.weight.chunk(self.n_heads):
                nn.init.xavier_uniform_(head)

    def visual_branch(self, visual: Tensor) -> Tensor:
        """Project regions (B, N, C_v [+ 8]) for all heads: (B, N, r·C_m)."""
        return self.activation(self.visual(visual))  # type: ignore[no-any-return]

    def forward(self, branch: Tensor, entity: Tensor) -> Tensor:
        """Fuse the visual branches of I images with q_e of B expressions, B/I for each image, image by image.

        Args:
            branch: (I, N, r·C_m) from `visual_branch`.
            entity: (B, C_l) q_e.

        Returns:
            `multimodal`, M (B, N, C_m).
        """
        language = self.activation(self.language(entity))
        # (I, 1, N, C_m) ⊙ (I, B/I, 1, C_m) per head: an image is never copied for its expressions.
        visual_heads = branch[:, None].chunk(self.n_heads, dim=-1)
        language_heads = language.view(len(branch), -1, 1, language.shape[-1]).chunk(self.n_heads, dim=-1)
        total = visual_heads[0] * language_heads[0]
        for visual_head, language_head in zip(visual_heads[1:], language_heads[1:], strict=True):
            total = total.addcmul(visual_head, language_head)
        return self.unit(self.activation(total.flatten(0, 1)))  # type: ignore[no-any-return]
