"""Small heads and random features that several tests share."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from refseg.encoders.base import TextFeatures
from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.cmpc import CmpcConfig, CmpcImage, CmpcVideoConfig, build_head

CHANNELS = (6, 7, 8)
TEXT_WIDTH = 10
GRID = (5, 6)
SMALL: dict[str, Any] = {
    "visual_width": 12,
    "multimodal_width": 12,
    "level_width": 9,
    "fusion_heads": 3,
    "word_type_width": 11,
    "grid": GRID,
}
PRESETS = {"official": CmpcConfig.official(**SMALL), "paper": CmpcConfig.paper(**SMALL, convlstm_width=7)}
VIDEO_PRESETS = {
    "official": CmpcVideoConfig.official(**SMALL),
    "paper": CmpcVideoConfig.paper(**SMALL, convlstm_width=7),
}


def small_config(preset: str, **changes: Any) -> CmpcConfig:
    """The preset at small widths, with some fields changed."""
    narrow = SMALL if preset == "official" else {**SMALL, "convlstm_width": 7}
    return getattr(CmpcConfig, preset)(**{**narrow, **changes})


def small_video_config(preset: str, **changes: Any) -> CmpcVideoConfig:
    """The preset for videos at small widths, with some fields changed."""
    narrow = SMALL if preset == "official" else {**SMALL, "convlstm_width": 7}
    return getattr(CmpcVideoConfig, preset)(**{**narrow, **changes})


def make_head(config: CmpcConfig, noise: float = 0.2) -> CmpcImage:
    """A head in which every parameter matters: biases are not zero, gains not one; the same on every call.

    It is a `CmpcVideo` where the configuration is of one.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        head = build_head(CHANNELS, TEXT_WIDTH, config)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(noise * torch.randn(parameter.shape, generator=generator))
    return head


def make_encoder() -> LstmGlove:
    """A small LSTM that knows the words "w0" to "w9"."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        vocabulary = Vocabulary.of(f"w{number}" for number in range(10))
        return LstmGlove(vocabulary, LstmGloveConfig(embedding_width=8, width=TEXT_WIDTH))


def make_levels(n_images: int, grid: tuple[int, int] = GRID) -> list[Tensor]:
    """Levels of a backbone, each (n_images, C, H, W), not negative as after a ReLU."""
    return [torch.randn(n_images, channels, *grid).relu() for channels in CHANNELS]


def make_clips(n_clips: int, n_frames: int = 5, grid: tuple[int, int] = GRID) -> list[Tensor]:
    """Levels of a backbone for clips, each (n_clips, n_frames, C, H, W)."""
    return [level.unflatten(0, (n_clips, n_frames)) for level in make_levels(n_clips * n_frames, grid)]


def make_text(lengths: Sequence[int]) -> TextFeatures:
    """Random words of expressions with these numbers of words."""
    batch, longest = len(lengths), max(lengths)
    is_word = torch.arange(longest) < torch.tensor(lengths)[:, None]
    return TextFeatures(
        words=torch.randn(batch, longest, TEXT_WIDTH) * is_word[..., None],
        is_word=is_word,
        sentence=torch.randn(batch, TEXT_WIDTH),
        tokens=tuple(tuple(f"w{t}" for t in range(length)) for length in lengths),
        spans=tuple(tuple((3 * t, 3 * t + 2) for t in range(length)) for length in lengths),
        n_dropped=(0,) * batch,
    )
