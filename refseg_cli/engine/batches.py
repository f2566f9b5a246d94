"""Turns what a step draws into tensors: the levels of its images, its sentences, its targets."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from refseg.models.cmpc.clip_window import FRAME_OFFSETS, window_frames
from refseg.models.cmpc.words import WORD_TYPES
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Draw, Mixture
from refseg_cli.data.samples import Sample
from refseg_cli.data.windows import Window
from refseg_cli.data.word_types import NO_TARGET, TypeSource, mirrored, target_types
from refseg_cli.errors import RefsegError

from .kept_levels import View
from .parts import ALONE, Part, Sharing
from .stopping import leave_stopping_to_the_trainer

_Thing = tuple[str, Path, int | None, int]  # dataset, photo or clip and frame, number of the annotation


@dataclass(frozen=True)
class Batch:
    """One step's data: I images and B sentences, B/I for each image, image by image.

    Args:
        levels: of the backbone on the grid, each (I, C, H, W); of clips, each (I, K, C, H, W).
        expressions: B sentences.
        targets: (B, h, w) in [0, 1].
        share: of the step's sentences that these are.
        types: see `types_of`.
    """

    levels: list[Tensor]
    expressions: list[str]
    targets: Tensor
    share: float = 1.0
    types: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True)
class Pictures:
    """What the draws of one step look like on the canvas, before the network has seen them.

    Args:
        canvases: one an image, each (3, size, size) uint8 RGB; of clips, each (F, 3, size, size).
        targets: (B, h, w) in [0, 1].
        expressions: B sentences.
        types: see `types_of`.
        share: of the step's sentences that these are.
    """

    canvases: list[Tensor]
    targets: Tensor
    expressions: list[str]
    types: list[list[int]]
    share: float


@dataclass(frozen=True)
class PictureMaker(Dataset["Pictures | RefsegError"]):
    """Reads photos and masks from disk; made so that it can do so in processes of its own.

    Args:
        preprocess: of the network.
        target_grid: see `LossConfig.target_grid`.
        type_source: see `DataConfig.word_types`.
        type_names: of the network's word types, in order.
        offsets: which frames around the one that is asked about the network sees.
    """

    preprocess: Preprocess
    target_grid: int | None
    type_source: TypeSource = "lexicon"
    type_names: Sequence[str] = WORD_TYPES
    offsets: Sequence[int] = FRAME_OFFSETS

    def __getitem__(self, part: Part) -> Pictures | RefsegError:
        """The pictures of a part of a step, or what is wrong with them: loaders rewrite what is raised."""
        try:
            return self.pictures(part)
        except RefsegError as error:
            return error

    def pictures(self, part: Part) -> Pictures:
        """The pictures of a part of a step."""
        draws = part.draws
        targets = torch.stack([self.target(sample, draw) for draw in draws for sample in draw.samples])
        canvases = [self.canvas(draw) for draw in draws]
        types = types_of(draws, self.type_source, self.type_names)
        return Pictures(canvases, targets, expressions_of(draws), types, part.share)

    def canvas(self, draw: Draw) -> Tensor:
        """The image of a draw on the canvas, (3, size, size), or the frames of a clip, (F, 3, size, size)."""
        if draw.samples[0].frame is None:
            return self._canvas(draw.samples[0].image(), draw)
        numbers = self.frames(draw)
        canvases = self.canvases(draw, set(numbers))
        return torch.stack([canvases[number] for number in numbers])

    def canvases(self, draw: Draw, frames: Iterable[int]) -> dict[int, Tensor]:
        """Frames of the clip of a draw, by their numbers, each (3, size, size)."""
        read = draw.samples[0].frames(frames)
        return {number: self._canvas(pixels, draw) for number, pixels in read.items()}

    def frames(self, draw: Draw) -> tuple[int, ...]:
        """The numbers of the frames that the network sees of the clip of a draw."""
        sample = draw.samples[0]
        if sample.clip is None or sample.frame is None:
            raise ValueError(f"{sample.sample_id} is on no frame of a clip")
        return window_frames(sample.frame, sample.clip.n_frames, self.offsets)

    def _canvas(self, pixels: np.ndarray, draw: Draw) -> Tensor:
        pixels = _seen(pixels, draw.window)
        return self.preprocess.image(pixels[:, ::-1] if draw.flipped else pixels)

    def target(self, sample: Sample, draw: Draw) -> Tensor:
        """The mask of a sentence as the draw shows it, (h, w) in [0, 1]."""
        target = self.preprocess.target(_seen(sample.mask(), draw.window), self.target_grid)
        return target.flip(-1) if draw.flipped else target


class Batches:
    """Makes batches: reads ahead in processes of their own, or keeps what several steps need in memory.

    Args:
        segmenter: whose preprocessing and backbone are used.
        target_grid: see `LossConfig.target_grid`.
        cache_levels: keep each image's levels and masks in memory, in half precision.
        workers: processes that read ahead; unused where everything is kept in memory.
        type_source: see `DataConfig.word_types`.
        dtype: of the backbone's products where nothing is kept, as in evaluation; None for float32.
        levels: what earlier runs have kept, and where to keep what is new; None to start with nothing.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        target_grid: int | None,
        cache_levels: bool,
        workers: int = 0,
        type_source: TypeSource = "lexicon",
        dtype: torch.dtype | None = None,
        levels: dict[View, list[Tensor]] | None = None,
    ) -> None:
        self.segmenter, self.cache_levels, self.dtype = segmenter, cache_levels, dtype
        self.workers = 0 if cache_levels else workers
        names, offsets = segmenter.head.word_type_names, segmenter.frame_offsets
        self.pictures = PictureMaker(segmenter.preprocess, target_grid, type_source, names, offsets)
        self._levels = {} if levels is None else levels
        self._targets: dict[tuple[Sample | _Thing, Window | None, bool], Tensor] = {}

    def steps(self, mixture: Mixture, steps: range, sharing: Sharing = ALONE) -> Iterator[Batch]:
        """Make this process's batches of some steps, one a turn, one after the other."""
        if not self.workers:
            for step in steps:
                yield from (self.make(part.draws, part.share) for part in sharing.parts(mixture.draw(step)))
            return
        # forked processes would inherit the locks of threads that they do not have
        for pictures in DataLoader(
            self.pictures,
            sampler=_Parts(mixture, steps, sharing),
            batch_size=None,
            num_workers=self.workers,
            multiprocessing_context="forkserver",
            generator=torch.Generator(),  # or the loader would draw from the one that training draws from
            worker_init_fn=leave_stopping_to_the_trainer,
        ):
            if isinstance(pictures, RefsegError):
                raise pictures
            yield self._batch(pictures)

    def make(self, draws: Sequence[Draw], share: float = 1.0) -> Batch:
        """Make a batch in this process."""
        if not self.cache_levels:
            return self._batch(self.pictures.pictures(Part(draws, share)))
        images = [self._kept_levels(draw) for draw in draws]
        levels = [
            torch.cat(level).to(self.segmenter.device, torch.float32) for level in zip(*images, strict=True)
        ]
        targets = [self._kept_target(sample, draw) for draw in draws for sample in draw.samples]
        masks = torch.stack(targets).float().to(self.segmenter.device)
        return Batch(levels, expressions_of(draws), masks, share, self.types(draws))

    def types(self, draws: Sequence[Draw]) -> list[list[int]]:
        """See `types_of`."""
        return types_of(draws, self.pictures.type_source, self.pictures.type_names)

    def _batch(self, pictures: Pictures) -> Batch:
        with torch.autocast(self.segmenter.device.type, self.dtype, enabled=self.dtype is not None):
            levels = self.segmenter.extract_levels(torch.stack(pictures.canvases))
        targets = pictures.targets.to(self.segmenter.device)
        return Batch(levels, pictures.expressions, targets, pictures.share, pictures.types)

    def _kept_levels(self, draw: Draw) -> list[Tensor]:
        """The levels of one image, each (1, C, H, W) in half precision; of one clip, each (1, K, C, H, W)."""
        if draw.samples[0].frame is not None and self.segmenter.backbone.clip_frames == 1:
            return self._kept_levels_of_frames(draw)
        key = (draw.samples[0].picture, draw.window, draw.flipped)
        if key not in self._levels:
            levels = self.segmenter.extract_levels(self.pictures.canvas(draw)[None])
            self._levels[key] = [level.half() for level in levels]
        return self._levels[key]

    def _kept_levels_of_frames(self, draw: Draw) -> list[Tensor]:
        """The levels of one clip, whose frames are each seen once, whatever clips they are part of."""
        path, frames = draw.samples[0].image_path, self.pictures.frames(draw)
        keys: dict[int, View] = {number: ((path, number), draw.window, draw.flipped) for number in frames}
        new = [number for number, key in keys.items() if key not in self._levels]
        if new:
            canvases = self.pictures.canvases(draw, new)
            levels = self.segmenter.extract_levels(torch.stack([canvases[number] for number in new])[:, None])
            for place, number in enumerate(new):
                # copies, or each would keep all frames that it was seen with
                self._levels[keys[number]] = [level[place : place + 1].half().clone() for level in levels]
        each_frame = [self._levels[keys[number]] for number in frames]
        return [torch.cat(level, dim=1) for level in zip(*each_frame, strict=True)]

    def _kept_target(self, sample: Sample, draw: Draw) -> Tensor:
        """The mask of one sentence in half precision."""
        # what names several things or none has no number of its own: such sentences share nothing
        thing = sample if sample.ann_id == -1 else (sample.dataset, *sample.picture, sample.ann_id)
        key = (thing, draw.window, draw.flipped)
        if key not in self._targets:
            self._targets[key] = self.pictures.target(sample, draw).half()
        return self._targets[key]


class _Parts(Sampler[Part]):
    """Hands this process's parts of each step to whoever makes pictures of them."""

    def __init__(self, mixture: Mixture, steps: range, sharing: Sharing) -> None:
        self._mixture, self._steps, self._sharing = mixture, steps, sharing

    def __iter__(self) -> Iterator[Part]:
        return (part for step in self._steps for part in self._sharing.parts(self._mixture.draw(step)))

    def __len__(self) -> int:
        return len(self._steps) * self._sharing.n_turns


def expressions_of(draws: Sequence[Draw]) -> list[str]:
    """The sentences of some draws, as they fit pictures that may be mirrored."""
    return [
        mirrored(sample.expression) if draw.flipped else sample.expression
        for draw in draws
        for sample in draw.samples
    ]


def types_of(draws: Sequence[Draw], source: TypeSource, names: Sequence[str] = WORD_TYPES) -> list[list[int]]:
    """The type that each word of the draws' sentences is nudged towards, -100 where none is known."""
    return [target_types(sample, source, names) for draw in draws for sample in draw.samples]


def _seen(pixels: np.ndarray, window: Window | None) -> np.ndarray:
    """The part of an image or a mask that lies in a window."""
    if window is None:
        return pixels
    top, left, height, width = window
    return pixels[top : top + height, left : left + width]


def word_type_targets(types: Sequence[Sequence[int]], like: Tensor) -> Tensor:
    """The types of B sentences, cut or padded with -100 to the shape (B, T) of `like`."""
    n_words = like.shape[1]
    rows = [[*row[:n_words], *[NO_TARGET] * (n_words - len(row))] for row in types]
    return torch.tensor(rows, device=like.device)


def n_typed(types: Sequence[Sequence[int]], max_words: int) -> int:
    """How many words of some sentences have such a type, of those that the encoder keeps."""
    return sum(number != NO_TARGET for row in types for number in row[:max_words])
