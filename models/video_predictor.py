"""From a video and sentences to masks over time: a frame is looked at once, and forgotten when it can be."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from refseg.encoders.base import TextFeatures

from .cmpc.clip_window import window_frames
from .cmpc.image import Segmentation
from .cmpc.video import CmpcVideo, PerceivedClips
from .predictor import Prediction, Predictor


class HasPixels(Protocol):
    """A frame of a video."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(H, W, 3) RGB."""


Frame = TypeVar("Frame", bound=HasPixels)


@dataclass(frozen=True)
class Question:
    """What is to be found in every frame of a video.

    Args:
        expressions: B of them.
        text: their words, encoded once for all frames; both from `Predictor.understand`.
        word_types: (B, T, K) of the words, None for the learned ones.
        threshold: foreground is where the probability is above it.
    """

    expressions: Sequence[str]
    text: TextFeatures
    word_types: Tensor | None = None
    threshold: float = 0.5


def segment_video(
    predictor: Predictor, frames: Iterable[Frame], question: Question, wanted: range
) -> Iterator[tuple[Frame, list[Prediction]]]:
    """Segment what B expressions name in the frames of a video, one after the other.

    The clip around a frame is made of the frames of the video around it, wanted or not, so that what is
    found in a frame hangs neither on where one starts nor on how many are passed over. Frames are read only
    as far as they are needed, and what is kept of them does not grow with their number.

    Args:
        predictor: with a network for videos, or for images, which sees each frame by itself.
        frames: all frames of the video from the first one on.
        question: what is to be found.
        wanted: the numbers of the frames to segment, counted from 0.

    Yields:
        Each wanted frame that there is with its B predictions.
    """
    offsets = predictor.segmenter.frame_offsets
    before, ahead = -min(offsets), max(offsets)
    look = _look(predictor, question, wanted)
    canvases: dict[int, Tensor] = {}
    waiting: deque[tuple[int, Frame]] = deque()
    n_seen = 0

    def answer() -> tuple[Frame, list[Prediction]]:
        number, frame = waiting.popleft()
        clip = window_frames(number, n_seen, offsets)
        with predictor.running():
            segmentation = look.segment(clip, number, canvases)
        height, width = frame.pixels.shape[:2]
        found = predictor.predictions(
            question.expressions, question.text, segmentation, (height, width), question.threshold
        )
        return frame, found

    for number, frame in enumerate(frames):
        n_seen = number + 1
        if number in wanted or len(offsets) > 1:
            canvases[number] = predictor.preprocess.image(frame.pixels)
        if number in wanted:
            waiting.append((number, frame))
        del frame  # which may be large, and is held by those that wait alone
        while waiting and waiting[0][0] + ahead < n_seen:
            yield answer()
        for old in [each for each in canvases if each < (waiting[0][0] if waiting else n_seen) - before]:
            del canvases[old]
            look.forget(old)
        if not waiting and n_seen >= wanted.stop:
            return
    while waiting:  # at the end of the video clips are shorter, and repeat the last frame
        yield answer()


def _look(predictor: Predictor, question: Question, wanted: range) -> "_Whole | _Perceived":
    """Choose by whether what the network sees in a frame depends on the frames around it."""
    head = predictor.segmenter.head
    if isinstance(head, CmpcVideo) and predictor.segmenter.backbone.clip_frames == 1:
        return _Perceived(predictor, head, question, wanted)
    return _Whole(predictor, question)


class _Whole:
    """Computes each clip as a whole; that of a network for images is one frame."""

    def __init__(self, predictor: Predictor, question: Question) -> None:
        self._segmenter, self._question = predictor.segmenter, question

    def segment(self, clip: Sequence[int], centre: int, canvases: Mapping[int, Tensor]) -> Segmentation:
        """Segment the centre frame of the clip made of these frames."""
        del centre  # the network takes the middle of the clip
        frames = torch.stack([canvases[number] for number in clip])
        is_video = isinstance(self._segmenter.head, CmpcVideo)
        seen = self._segmenter.encode_image(frames[None] if is_video else frames)
        return self._segmenter.decode(seen, self._question.text, self._question.word_types)

    def forget(self, frame: int) -> None:
        """Nothing is kept."""


class _Perceived:
    """Perceives each frame once, and puts clips together of that: see `PerceivedClips.among`."""

    def __init__(self, predictor: Predictor, head: CmpcVideo, question: Question, wanted: range) -> None:
        self._segmenter, self._head, self._wanted = predictor.segmenter, head, wanted
        with predictor.running():
            self._words = head.type_words(question.text, question.word_types)
        self._seen: dict[int, PerceivedClips] = {}  # of frames that will be centres
        self._nodes: dict[int, tuple[Tensor, ...]] = {}  # small; all that clips need of the other frames

    def segment(self, clip: Sequence[int], centre: int, canvases: Mapping[int, Tensor]) -> Segmentation:
        """Segment the centre frame of the clip made of these frames."""
        for number in clip:
            if number not in self._nodes:
                self._perceive(number, canvases[number])
        among = self._seen.pop(centre).among([self._nodes[number] for number in clip])
        return self._head.comprehend(among, self._words)

    def forget(self, frame: int) -> None:
        """Let go of a frame that no later clip has."""
        self._nodes.pop(frame, None)

    def _perceive(self, number: int, canvas: Tensor) -> None:
        seen = self._head.perceive(self._segmenter.encode_image(canvas[None, None]), self._words)
        self._nodes[number] = seen.nodes
        if number in self._wanted:
            self._seen[number] = seen
