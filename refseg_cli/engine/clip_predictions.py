"""What a trained model finds in a clip of a dataset: each frame is read and seen once for all sentences."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from refseg.models.predictor import Prediction, Predictor
from refseg.models.video_predictor import Question, clip_numbers, segment_video
from refseg.models.word_type_modes import ForcedTypes
from refseg_cli import console
from refseg_cli.data.samples import Sample

from .answers import Asking
from .forced_types import network_types

_READ_AHEAD: Final = 32
"""So many frames are held at once. A video file is decoded from its start for each such group."""


@dataclass(frozen=True)
class Asked:
    """A sentence, and the frames of its clip that it is asked about, counted from 0."""

    sample: Sample
    frames: tuple[int, ...]


@dataclass(frozen=True)
class ClipFrame:
    """A frame of a clip: its number, counted from 0, and (H, W, 3) RGB."""

    number: int
    pixels: NDArray[np.uint8]


def tell_of_frames_alone(predictor: Predictor, checkpoint: str) -> None:
    """Say that a network does not see what moves, if it does not."""
    if predictor.offsets == (0,):
        console.say(
            f"{checkpoint} looks at each frame by itself and does not see what moves; a checkpoint for "
            "videos does: --checkpoint PATH"
        )


def segment_clip(
    predictor: Predictor, asked: Sequence[Asked], how: Asking, forced: ForcedTypes | None = None
) -> Iterator[tuple[ClipFrame, Mapping[str, Prediction]]]:
    """Go once through a clip; sentences that are asked about the same frames are asked together, in batches.

    Args:
        predictor: The loaded model.
        asked: Sentences about one clip.
        how: How they are asked.
        forced: Words that are of one type for certain.

    Yields:
        Each frame that is asked about, in order, with what each sentence's id finds there.

    Raises:
        DataError: If the clip is missing or broken.
    """
    batches = list(_batches(asked, how.batch_size))
    questions = [_question(predictor, some, how, forced) for some in batches]
    for frame, found in segment_video(predictor, _needed(asked, predictor.offsets), questions):
        by_sentence = {
            each.sample.sentence_id: prediction
            for some, predictions in zip(batches, found, strict=True)
            for each, prediction in zip(some, predictions, strict=bool(predictions))
        }
        yield frame, by_sentence


def _batches(asked: Iterable[Asked], size: int) -> Iterator[list[Asked]]:
    by_frames: defaultdict[tuple[int, ...], list[Asked]] = defaultdict(list)
    for each in asked:
        by_frames[each.frames].append(each)
    for group in by_frames.values():
        yield from (group[start : start + size] for start in range(0, len(group), size))


def _question(
    predictor: Predictor, asked: Sequence[Asked], how: Asking, forced: ForcedTypes | None
) -> Question:
    expressions = [each.sample.expression for each in asked]
    text, types = predictor.understand(
        expressions, word_types=network_types(how.word_types), seed=how.seed, forced=forced
    )
    return Question(expressions, text, types, how.threshold, frozenset(asked[0].frames))


def _needed(asked: Sequence[Asked], offsets: Sequence[int]) -> Iterator[ClipFrame]:
    """Read the frames of which the clips around those that are asked about are made."""
    sample = asked[0].sample
    if sample.clip is None:
        raise ValueError(f"{sample.sample_id} is a photo and has no frames")
    centres = {frame for each in asked for frame in each.frames}
    numbers = clip_numbers(centres, sample.clip.n_frames, offsets)
    for start in range(0, len(numbers), _READ_AHEAD):
        some = numbers[start : start + _READ_AHEAD]
        read = sample.frames(some)
        yield from (ClipFrame(number, read.pop(number)) for number in some)
