"""One level of a clip: perceived in every frame, reasoned about in the centre one, told of by the others."""

from dataclasses import dataclass, replace

from torch import Tensor

from .action_reasoning import ActionReasoning
from .graph import Routes
from .level import LevelComprehension, LevelFeatures
from .video_config import CmpcVideoConfig
from .words import TypedWords, weighted_sum


@dataclass(frozen=True)
class PerceivedLevel:
    """What B expressions perceive at one level of V clips, B/V in each clip.

    Args:
        centre: X of the centre frame, of V clips; without the branch, which is large and has done its work.
        multimodal: M of the centre frame, (B, N, C_m).
        nodes: P̃ of all frames, (B, K, C_m); K = 0 without action-aware reasoning.
    """

    centre: LevelFeatures
    multimodal: Tensor
    nodes: Tensor


class ClipComprehension(LevelComprehension):
    """One level: entity perception in all frames, relation-aware reasoning in one, action-aware over all.

    Equation: 12–21.
    Reference: `CMPC_video_mm_tgraph_allvec.build_full_model`.
    """

    def __init__(self, channels: int, text_width: int, config: CmpcVideoConfig) -> None:
        context_width = config.multimodal_width if config.action_reasoning else 0
        super().__init__(channels, text_width, config, context_width)
        self.act = ActionReasoning(text_width, config) if config.action_reasoning else None
        self.reads_types = self.reads_types or config.action_reasoning

    def forward(
        self, image: LevelFeatures, words: TypedWords, places: Tensor
    ) -> tuple[Tensor, Routes | None]:
        """Comprehend B expressions on V clips: Y (B, N, C_y) and the routes of the spatial graph."""
        return self.comprehend(self.perceive_frames(image, words), words, places)

    def perceive_frames(self, clips: LevelFeatures, words: TypedWords) -> PerceivedLevel:
        """Do all that sees one frame at a time; without action-aware reasoning, the centre one alone."""
        centre, n_clips = _centre(clips), len(clips)
        seen = replace(centre, branch=None)
        if self.act is None:
            multimodal = self._perceived(centre, words.entity)
            return PerceivedLevel(seen, multimodal, multimodal[:, :0])
        action = self.unit(weighted_sum(words.p_action, words.words))  # q_a, eq. 12
        entity = _for_each_frame(words.entity, n_clips, clips.n_frames)
        action = _for_each_frame(action, n_clips, clips.n_frames)
        # (V·K·E, …), E = B/V expressions on each frame → (V, K, E, …)
        multimodal = self._perceived(clips, entity)
        nodes = self.act.pool(multimodal, action).unflatten(0, (n_clips, clips.n_frames, -1))
        of_centre = multimodal.unflatten(0, (n_clips, clips.n_frames, -1))[:, clips.n_frames // 2]
        return PerceivedLevel(seen, of_centre.flatten(0, 1), nodes.transpose(1, 2).flatten(0, 1))

    def comprehend(
        self, perceived: PerceivedLevel, words: TypedWords, places: Tensor
    ) -> tuple[Tensor, Routes | None]:
        """Do all that relates what was perceived: Y (B, N, C_y) and the routes of the spatial graph."""
        reasoned, routes = self._reasoned(perceived.multimodal, words)
        regions = self._regions(perceived.centre, perceived.multimodal, reasoned)
        if self.act is not None:
            regions.append(self.act(perceived.nodes, perceived.multimodal, reasoned, words))
        return self.output(regions, self._sentence(words), places), routes


def _centre(clips: LevelFeatures) -> LevelFeatures:
    """The centre frame of each clip, K // 2."""
    frames = slice(clips.n_frames // 2, None, clips.n_frames)
    return LevelFeatures(clips.visual[frames], None if clips.branch is None else clips.branch[frames])


def _for_each_frame(vectors: Tensor, n_clips: int, n_frames: int) -> Tensor:
    """Repeat B expressions' vectors (V·E, C) for the frames of their clips: (V·K·E, C)."""
    per_clip = vectors.unflatten(0, (n_clips, 1, -1))
    repeated: Tensor = per_clip.expand(-1, n_frames, -1, -1).flatten(0, 2)
    return repeated
