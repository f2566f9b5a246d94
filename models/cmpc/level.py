"""One level of the image: what is perceived in it and reasoned about it, as one feature Y (paper, Fig. 3)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .config import CmpcConfig
from .coordinates import N_COORDINATES
from .fusion import EntityPerception
from .graph import RelationReasoning, Routes
from .normalise import UnitLength
from .output import LevelOutput
from .words import TypedWords


@dataclass(frozen=True)
class LevelFeatures:
    """What no expression changes at one level.

    Args:
        visual: X (I, N, C_v) of I images; of clips, frame after frame (V·K, N, C_v).
        branch: the fusion's branch of it, (I, N, r·C_m).
        n_frames: K, how many frames a clip has; 1 for images.
    """

    visual: Tensor
    branch: Tensor | None
    n_frames: int = 1

    def __len__(self) -> int:
        return len(self.visual) // self.n_frames

    def visual_of(self, n_expressions: int) -> Tensor:
        """X of B expressions, (B, N, C_v): each image's B/I times."""
        return self.visual.repeat_interleave(n_expressions // len(self.visual), dim=0)


class LevelComprehension(nn.Module):
    """One level: entity perception, relation-aware reasoning, output (paper, Fig. 3).

    Args:
        channels: of the backbone's level.
        text_width: C_l of the text encoder.
        config: sizes and switches.
        context_width: channels that the output reads besides, of what is perceived in other frames.
    """

    def __init__(self, channels: int, text_width: int, config: CmpcConfig, context_width: int = 0) -> None:
        super().__init__()
        self.config = config
        in_lateral = N_COORDINATES if config.coordinates == "lateral" else 0
        self.lateral = nn.Linear(channels + in_lateral, config.visual_width)
        self.perceive = EntityPerception(text_width, config) if config.entity_perception else None
        self.reason = RelationReasoning(text_width, config) if config.relation_reasoning else None
        seen = config.multimodal_width if config.concat_multimodal else config.visual_width
        # Without reasoning M stands where M̄ would: Table 10, g = 0 is Table 5, row 2. Once is enough, though.
        self.perceived_only = not (self.reason or config.concat_multimodal) and self.perceive is not None
        self.reads_types = bool(self.perceive or self.reason)
        reasoned = config.multimodal_width if self.reason or self.perceived_only else 0
        self.output = LevelOutput(seen + reasoned + context_width, text_width, config)
        self.unit = UnitLength(config)

    def encode_image(self, regions: Tensor, places: Tensor) -> LevelFeatures:
        """Project backbone regions (I, N, C) with their coordinates (N, 8)."""
        places = places.expand(len(regions), -1, -1)
        in_lateral = self.config.coordinates == "lateral"
        visual = self.unit(self.lateral(torch.cat([regions, places], dim=-1) if in_lateral else regions))
        if self.perceive is None:
            return LevelFeatures(visual, None)
        placed = visual if in_lateral else torch.cat([visual, places], dim=-1)
        return LevelFeatures(visual, self.perceive.visual_branch(placed))

    def forward(
        self, image: LevelFeatures, words: TypedWords, places: Tensor
    ) -> tuple[Tensor, Routes | None]:
        """Comprehend B expressions on I images: Y (B, N, C_y) and the routes of the graph."""
        multimodal = self._perceived(image, words.entity)
        reasoned, routes = self._reasoned(multimodal, words)
        regions = self._regions(image, multimodal, reasoned)
        return self.output(regions, self._sentence(words), places), routes

    def _perceived(self, image: LevelFeatures, entity: Tensor) -> Tensor:
        """M (B, N, C_m) for q_e (B, C_l): X itself without entity perception."""
        if self.perceive is None or image.branch is None:
            return image.visual_of(len(entity))
        return self.perceive(image.branch, entity)  # type: ignore[no-any-return]

    def _reasoned(self, multimodal: Tensor, words: TypedWords) -> tuple[Tensor, Routes | None]:
        """M̄ (B, N, C_m) and its routes: M itself without relation reasoning."""
        return (multimodal, None) if self.reason is None else self.reason(multimodal, words)

    def _regions(self, image: LevelFeatures, multimodal: Tensor, reasoned: Tensor) -> list[Tensor]:
        """What the output reads of each region."""
        seen = multimodal if self.config.concat_multimodal else image.visual_of(len(multimodal))
        return [seen, reasoned] if self.reason is not None or self.perceived_only else [seen]

    def _sentence(self, words: TypedWords) -> Tensor:
        """The sentence vector of the output; the encoder's own in the baseline, which has no such stage."""
        if not self.reads_types:
            return words.sentence
        return words.entity if self.config.output_sentence == "entity" else words.necessary
