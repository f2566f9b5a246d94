"""CMPC for videos: as for images, and what an action looks like in the other frames tells objects apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

import torch
from torch import Tensor

from .config import CmpcConfig
from .image import CmpcImage, ImageFeatures, Segmentation
from .video_config import CmpcVideoConfig
from .video_level import ClipComprehension, PerceivedLevel
from .words import VIDEO_WORD_TYPES, TypedWords


@dataclass(frozen=True)
class PerceivedClips:
    """What B expressions perceive in V clips: the centre frame, and one vector of every frame."""

    levels: tuple[PerceivedLevel, ...]
    grid: tuple[int, int]

    @property
    def nodes(self) -> tuple[Tensor, ...]:
        """Of each level, P̃ (B, K, C_m): all that a clip needs of its frames other than the centre one."""
        return tuple(level.nodes for level in self.levels)

    def among(self, frames: Sequence[tuple[Tensor, ...]]) -> Self:
        """The clip whose centre is this one's and whose frames are others'.

        What a backbone for pictures sees in a frame, and what an expression perceives there, does not depend
        on the other frames. So each frame of a video is perceived once, as a clip of its own, and the clip
        around each is put together of these.

        Args:
            frames: the `nodes` of each frame, in any order.
        """
        joined = (
            replace(level, nodes=torch.cat(nodes, dim=1))
            for level, nodes in zip(self.levels, zip(*frames, strict=True), strict=True)
        )
        return replace(self, levels=tuple(joined))


class CmpcVideo(CmpcImage):
    """The head: from the levels of a clip and the words of an expression to the scores of its centre frame.

    It is used as `CmpcImage` is, with clips in the place of images, and then word types are five. With a
    backbone for pictures the order of the frames other than the centre one changes nothing: `docs/method.md`.

    Reference: `CMPC_video_mm_tgraph_allvec.LSTM_model.build_graph`; differs as `CmpcImage` does.

    Args:
        channels: of the backbone's levels c3, c4, c5.
        text_width: C_l of the text encoder.
        config: sizes and switches.
    """

    word_type_names = VIDEO_WORD_TYPES
    config: CmpcVideoConfig

    def __init__(
        self, channels: Sequence[int], text_width: int, config: CmpcVideoConfig | None = None
    ) -> None:
        super().__init__(channels, text_width, config or CmpcVideoConfig())

    def on_grid(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """The levels in use of V clips, resized to the grid: see `CmpcImage.on_grid`.

        Args:
            levels: each (V, K, C, H, W) with its own size and its own number of frames K.
        """
        n_clips = _n_clips(levels)
        flat = super().on_grid([level.flatten(0, 1) for level in levels])
        return [level.unflatten(0, (n_clips, -1)) for level in flat]

    def encode_image(self, levels: Sequence[Tensor]) -> ImageFeatures:
        """Do for all frames of V clips all that needs no expression.

        A frame of a video can be a clip of its own here: see `perceive`.

        Args:
            levels: the levels in use on the grid, from `on_grid`, each (V, K, C, H, W).
        """
        _n_clips(levels)
        frames = super().encode_image([level.flatten(0, 1) for level in levels])
        clips = (
            replace(encoded, n_frames=level.shape[1])
            for encoded, level in zip(frames.levels, levels, strict=True)
        )
        return replace(frames, levels=tuple(clips))

    def perceive(self, clips: ImageFeatures, words: TypedWords) -> PerceivedClips:
        """Perceive B expressions in the frames of V clips, each frame by itself; B/V in each clip.

        `decode` does this and `comprehend`. The frames of a video are perceived once each instead, as clips
        of one frame, and then joined by `PerceivedClips.among`.

        Args:
            clips: from `encode_image`.
            words: from `type_words`.
        """
        modules = zip(self._clip_levels(), clips.levels, strict=True)
        levels = tuple(module.perceive_frames(level, words) for module, level in modules)
        return PerceivedClips(levels, clips.grid)

    def comprehend(self, perceived: PerceivedClips, words: TypedWords) -> Segmentation:
        """Segment B expressions in the centre frames of clips whose frames have been perceived."""
        places = self._places(perceived.grid, words.words)
        modules = zip(self._clip_levels(), perceived.levels, strict=True)
        comprehended = [module.comprehend(level, words, places) for module, level in modules]
        return self._segment(comprehended, words, perceived.grid)

    def _make_level(self, channels: int, text_width: int) -> ClipComprehension:
        return ClipComprehension(channels, text_width, self.config)

    def _clip_levels(self) -> Iterable[ClipComprehension]:
        return cast("Iterable[ClipComprehension]", self.levels.values())


def build_head(channels: Sequence[int], text_width: int, config: CmpcConfig) -> CmpcImage:
    """The head that a configuration is of: for images, or for videos."""
    if isinstance(config, CmpcVideoConfig):
        return CmpcVideo(channels, text_width, config)
    return CmpcImage(channels, text_width, config)


def _n_clips(levels: Sequence[Tensor]) -> int:
    if any(level.dim() != 5 for level in levels):
        shapes = [tuple(level.shape) for level in levels]
        raise ValueError(f"levels of clips must each be (V, K, C, H, W), got {shapes}")
    return len(levels[0])
