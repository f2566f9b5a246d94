"""From a video and sentences to masks over time: a frame is looked at once, and forgotten when it can be."""

import sys
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
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
from .cmpc.words import TypedWords
from .predictor import Prediction, Predictor


class VideoFrame(Protocol):
    """A frame of a video."""

    @property
    def number(self) -> int:
        """Its place in the video, counted from 0."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(H, W, 3) RGB."""


Frame = TypeVar("Frame", bound=VideoFrame)


@dataclass(frozen=True)
class Question:
    """What is to be found in frames of a video.

    Args:
        expressions: B of them, which are computed together.
        text: their words, encoded once for all frames; both from `Predictor.understand`.
        word_types: (B, T, K) of the words, None for the learned ones.
        threshold: foreground is where the probability is above it.
        wanted: the numbers of the frames to segment, counted from 0; all if not given.
    """

    expressions: Sequence[str]
    text: TextFeatures
    word_types: Tensor | None = None
    threshold: float = 0.5
    wanted: Container[int] = range(sys.maxsize)


def segment_video(
    predictor: Predictor, frames: Iterable[Frame], questions: Sequence[Question]
) -> Iterator[tuple[Frame, list[list[Prediction]]]]:
    """Segment what expressions name in the frames of a video, one after the other.

    The clip around a frame is made of the frames of the video around it, wanted or not, so that what is
    found in a frame hangs neither on where one starts nor on how many are passed over. Frames are read only
    as far as they are needed, and what is kept of them does not grow with their number.

    Args:
        predictor: with a network for videos, or for images, which sees each frame by itself.
        frames: the video's in order, from the first to the last; those that are in no clip around a wanted
            frame may be missing.
        questions: what is to be found; the image features of a frame are computed once for all of them.

    Yields:
        Each frame that any question wants, with the B predictions of each question; none of one that does
        not want it.
    """
    offsets = predictor.segmenter.frame_offsets
    before, ahead = -min(offsets), max(offsets)
    look = _look(predictor, questions)
    canvases: dict[int, Tensor] = {}
    waiting: deque[Frame] = deque()
    n_seen = 0

    def answer() -> tuple[Frame, list[list[Prediction]]]:
        frame = waiting.popleft()
        clip = window_frames(frame.number, n_seen, offsets)
        with predictor.running():
            segmented = look.segment(clip, frame.number, canvases)
        return frame, [
            [] if each is None else _predictions(predictor, question, each, frame)
            for question, each in zip(questions, segmented, strict=True)
        ]

    for frame in frames:
        number, n_seen = frame.number, frame.number + 1
        is_wanted = any(number in question.wanted for question in questions)
        if is_wanted or len(offsets) > 1:
            canvases[number] = predictor.preprocess.image(frame.pixels)
        if is_wanted:
            waiting.append(frame)
        del frame  # which may be large, and is held by those that wait alone
        while waiting and waiting[0].number + ahead < n_seen:
            yield answer()
        for old in [each for each in canvases if each < (waiting[0].number if waiting else n_seen) - before]:
            del canvases[old]
            look.forget(old)
    while waiting:  # at the end of the video clips are shorter, and repeat the last frame
        yield answer()


def clip_numbers(wanted: Iterable[int], n_frames: int, offsets: Sequence[int]) -> list[int]:
    """The frames of a video, in order, that `segment_video` needs for the wanted ones.

    Args:
        wanted: numbers of frames, counted from 0.
        n_frames: of the video.
        offsets: see `Predictor.offsets`.
    """
    return sorted({number for centre in wanted for number in window_frames(centre, n_frames, offsets)})


def _predictions(
    predictor: Predictor, question: Question, segmentation: Segmentation, frame: VideoFrame
) -> list[Prediction]:
    shape = frame.pixels.shape[0], frame.pixels.shape[1]
    return predictor.predictions(question.expressions, question.text, segmentation, shape, question.threshold)


def _look(predictor: Predictor, questions: Sequence[Question]) -> "_Whole | _Perceived":
    """Choose by whether what the network sees in a frame depends on the frames around it."""
    head = predictor.segmenter.head
    if isinstance(head, CmpcVideo) and predictor.segmenter.backbone.clip_frames == 1:
        return _Perceived(predictor, head, questions)
    return _Whole(predictor, questions)


class _Whole:
    """Computes each clip as a whole; that of a network for images is one frame."""

    def __init__(self, predictor: Predictor, questions: Sequence[Question]) -> None:
        self._segmenter, self._questions = predictor.segmenter, questions

    def segment(
        self, clip: Sequence[int], centre: int, canvases: Mapping[int, Tensor]
    ) -> list[Segmentation | None]:
        """Segment the centre frame of the clip made of these frames, for each question that wants it."""
        frames = torch.stack([canvases[number] for number in clip])
        is_video = isinstance(self._segmenter.head, CmpcVideo)
        seen = self._segmenter.encode_image(frames[None] if is_video else frames)
        return [
            self._segmenter.decode(seen, question.text, question.word_types)
            if centre in question.wanted
            else None
            for question in self._questions
        ]

    def forget(self, frame: int) -> None:
        """Nothing is kept."""


class _Perceived:
    """Perceives each frame once, and puts clips together of that: see `PerceivedClips.among`."""

    def __init__(self, predictor: Predictor, head: CmpcVideo, questions: Sequence[Question]) -> None:
        self._segmenter, self._head = predictor.segmenter, head
        with predictor.running():
            words = [head.type_words(question.text, question.word_types) for question in questions]
        self._asked = [_Asked(question, typed) for question, typed in zip(questions, words, strict=True)]
        self._perceived: set[int] = set()

    def segment(
        self, clip: Sequence[int], centre: int, canvases: Mapping[int, Tensor]
    ) -> list[Segmentation | None]:
        """Segment the centre frame of the clip made of these frames, for each question that wants it."""
        for number in clip:
            if number not in self._perceived:
                self._perceive(number, canvases[number])
        return [asked.segment(self._head, clip, centre) for asked in self._asked]

    def forget(self, frame: int) -> None:
        """Let go of a frame that no later clip has."""
        self._perceived.discard(frame)
        for asked in self._asked:
            asked.nodes.pop(frame, None)

    def _perceive(self, number: int, canvas: Tensor) -> None:
        self._perceived.add(number)
        seen = self._segmenter.encode_image(canvas[None, None])
        for asked in self._asked:
            asked.keep(number, self._head.perceive(seen, asked.words))


class _Asked:
    """What one question perceives in the frames of a video."""

    def __init__(self, question: Question, words: TypedWords) -> None:
        self.words = words
        self.nodes: dict[int, tuple[Tensor, ...]] = {}  # small; all that clips need of other frames
        self._wanted = question.wanted
        self._centres: dict[int, PerceivedClips] = {}  # large; of frames that will be centres

    def keep(self, number: int, seen: PerceivedClips) -> None:
        """Keep what is needed of a frame."""
        self.nodes[number] = seen.nodes
        if number in self._wanted:
            self._centres[number] = seen

    def segment(self, head: CmpcVideo, clip: Sequence[int], centre: int) -> Segmentation | None:
        """Segment the centre frame, if it is wanted, and let go of what is perceived in it."""
        if centre not in self._wanted:
            return None
        among = self._centres.pop(centre).among([self.nodes[number] for number in clip])
        return head.comprehend(among, self.words)
