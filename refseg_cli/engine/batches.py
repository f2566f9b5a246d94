"""Turns what a step draws into tensors: the levels of its images, its sentences, its targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from refseg.models.images import read_image
from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Draw
from refseg_cli.data.samples import Sample
from refseg_cli.data.windows import Window
from refseg_cli.data.word_types import mirrored, weak_types


@dataclass(frozen=True)
class Batch:
    """One step's data: I images and B sentences, B/I for each image, image by image.

    Args:
        levels: of the backbone on the grid, each (I, C, H, W).
        expressions: B sentences.
        targets: (B, h, w) in [0, 1].
    """

    levels: list[Tensor]
    expressions: list[str]
    targets: Tensor


class Batches:
    """Makes batches, and keeps what several steps need: targets, and levels where the backbone is frozen.

    Args:
        segmenter: whose preprocessing and backbone are used.
        target_grid: see `LossConfig.target_grid`.
        cache_levels: keep each image's levels in memory, in half precision.
    """

    def __init__(self, segmenter: Segmenter, target_grid: int | None, cache_levels: bool) -> None:
        self.segmenter, self.target_grid, self.cache_levels = segmenter, target_grid, cache_levels
        self._levels: dict[tuple[Path, Window | None, bool], list[Tensor]] = {}
        self._targets: dict[tuple[Path, Window | None, int], Tensor] = {}

    def make(self, draws: Sequence[Draw]) -> Batch:
        """Make the batch of one step."""
        images = [self._image_levels(draw) for draw in draws]
        levels = [
            torch.cat(level).to(self.segmenter.device, torch.float32) for level in zip(*images, strict=True)
        ]
        pairs = [(sample, draw) for draw in draws for sample in draw.samples]
        targets = torch.stack([self._target(sample, draw) for sample, draw in pairs])
        expressions = [
            mirrored(sample.expression) if draw.flipped else sample.expression for sample, draw in pairs
        ]
        return Batch(levels, expressions, targets.to(self.segmenter.device))

    def _image_levels(self, draw: Draw) -> list[Tensor]:
        """The levels of one image, each (1, C, H, W)."""
        path = draw.samples[0].image_path
        key = (path, draw.window, draw.flipped)
        if key in self._levels:
            return self._levels[key]
        pixels = _seen(np.asarray(read_image(path)), draw.window)
        canvas = self.segmenter.preprocess.image(pixels[:, ::-1] if draw.flipped else pixels)
        levels = self.segmenter.extract_levels(canvas[None])
        if self.cache_levels:
            self._levels[key] = levels = [level.half() for level in levels]
        return levels

    def _target(self, sample: Sample, draw: Draw) -> Tensor:
        key = (sample.image_path, draw.window, sample.ann_id)
        if key not in self._targets:
            mask = _seen(sample.mask(), draw.window)
            self._targets[key] = self.segmenter.preprocess.target(mask, self.target_grid).half()
        target = self._targets[key].float()
        return target.flip(-1) if draw.flipped else target


def _seen(pixels: np.ndarray, window: Window | None) -> np.ndarray:
    """The part of an image or a mask that lies in a window."""
    if window is None:
        return pixels
    top, left, height, width = window
    return pixels[top : top + height, left : left + width]


def word_type_targets(tokens: Sequence[Sequence[str]], like: Tensor) -> Tensor:
    """Weak word types from the lexicon for B sentences, padded with -100 to the shape (B, T) of `like`."""
    targets = torch.full(like.shape[:2], -100, dtype=torch.long)
    for row, words in zip(targets, tokens, strict=True):
        row[: len(words)] = torch.tensor(weak_types(words))
    return targets.to(like.device)
