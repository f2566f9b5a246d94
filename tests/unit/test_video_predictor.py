"""A video segmented frame by frame: the same as clip by clip, with each frame looked at once."""

import gc
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tiny_checkpoint import write_tiny_checkpoint, write_tiny_video_checkpoint
from torch import Tensor
from torch.nn import functional as F

from refseg.models.backbones.base import Backbone, Levels
from refseg.models.checkpoint import Checkpoint
from refseg.models.cmpc import build_head
from refseg.models.cmpc.clip_window import window_frames
from refseg.models.predictor import Prediction, Predictor
from refseg.models.segmenter import Segmenter
from refseg.models.video_predictor import Question, clip_numbers, segment_video

N = 19  # frames: more than a clip reaches over, and then some
EXPRESSIONS = ["left dog", "right"]
ALL = range(sys.maxsize)


@dataclass(frozen=True, eq=False)
class Frame:
    number: int
    pixels: NDArray[np.uint8]


def video(n_frames: int = N) -> list[Frame]:
    pixels = np.random.default_rng(1).integers(0, 256, (n_frames, 40, 60, 3), dtype=np.uint8)
    return [Frame(number, each) for number, each in enumerate(pixels)]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Predictor]:
    """A predictor with a tiny network for videos, with some fields of its head changed."""
    folder = tmp_path_factory.mktemp("checkpoints")

    def load(**changes: object) -> Predictor:
        return Predictor.load(write_tiny_video_checkpoint(folder / "tiny.safetensors", **changes))

    return load


def found(
    predictor: Predictor, frames: Iterator[Frame] | Sequence[Frame], wanted: range = ALL
) -> list[list[Prediction]]:
    text, types = predictor.understand(EXPRESSIONS)
    question = Question(EXPRESSIONS, text, types, wanted=wanted)
    return [predictions for _, (predictions,) in segment_video(predictor, frames, [question])]


def clip_by_clip(predictor: Predictor, frames: Sequence[Frame]) -> list[list[Prediction]]:
    """Each frame with a clip of its own, of which everything is computed anew."""
    predictions = []
    for centre in range(len(frames)):
        clip = window_frames(centre, len(frames), predictor.offsets)
        canvases = torch.stack([predictor.preprocess.image(frames[number].pixels) for number in clip])
        with predictor.running():
            segmentation = predictor.segmenter(canvases[None], EXPRESSIONS)
        text, _ = predictor.understand(EXPRESSIONS)
        predictions.append(predictor.predictions(EXPRESSIONS, text, segmentation, (40, 60)))
    return predictions


def assert_same(some: Sequence[list[Prediction]], others: Sequence[list[Prediction]]) -> None:
    assert len(some) == len(others)
    for each, other in zip(some, others, strict=True):
        for one, expected in zip(each, other, strict=True):
            np.testing.assert_allclose(one.canvas, expected.canvas, rtol=0, atol=1e-5)
            np.testing.assert_allclose(one.word_types, expected.word_types, rtol=0, atol=1e-5)
            assert one.mask.shape == (40, 60)


@pytest.mark.parametrize("adjacency", ["direct", "adaptive"])
def test_it_equals_clips_computed_as_a_whole(load: Callable[..., Predictor], adjacency: str) -> None:
    predictor, frames = load(temporal_adjacency=adjacency), video()
    one_by_one = found(predictor, frames)
    assert_same(one_by_one, clip_by_clip(predictor, frames))
    assert one_by_one[0][0].type_names == ("entity", "attribute", "relation", "action", "unnecessary")
    # the other frames do matter: else all this would say nothing
    predictor.set_image(frames[9].pixels)
    alone = predictor.segment_many(EXPRESSIONS)
    assert np.abs(one_by_one[9][0].canvas - alone[0].canvas).max() > 1e-3


class OfClips(Backbone):
    """Sees eight frames together, of which later levels keep fewer."""

    name, channels, clip_frames = "of-clips", (3, 3, 3), 8

    def forward(self, images: Tensor) -> Levels:
        mixed = images.cumsum(dim=2) / 1000  # so that what it sees in a frame hangs on those before
        c3, c4, c5 = (F.avg_pool3d(mixed, (each, 8, 8)) for each in (2, 4, 8))
        return Levels(c3, c4, c5)


@pytest.fixture
def of_clips(load: Callable[..., Predictor]) -> Predictor:
    """With a backbone for clips."""
    tiny = load().segmenter
    head = build_head(OfClips.channels, tiny.text_encoder.width, tiny.head.config)
    return Predictor(Checkpoint(Segmenter(OfClips(), tiny.text_encoder, head, tiny.preprocess)))


def test_a_backbone_for_clips_sees_each_clip_as_a_whole(of_clips: Predictor) -> None:
    assert of_clips.offsets == tuple(range(-4, 4))
    frames = video(10)
    assert_same(found(of_clips, frames), clip_by_clip(of_clips, frames))


@pytest.mark.parametrize("kind", ["videos", "photos"])
def test_a_network_that_sees_no_other_frames_takes_each_as_a_photo(
    load: Callable[..., Predictor], tmp_path: Path, kind: str
) -> None:
    if kind == "photos":
        predictor = Predictor.load(write_tiny_checkpoint(tmp_path / "tiny.safetensors"))
    else:
        predictor = load(action_reasoning=False)
    frames = video(3)
    expected = []
    for frame in frames:
        predictor.set_image(frame.pixels)
        expected.append(predictor.segment_many(EXPRESSIONS))
    assert predictor.offsets == (0,)
    assert_same(found(predictor, frames), expected)


@pytest.mark.parametrize("wanted", [range(5), range(4, 30, 5), range(13, 14), range(0, 100, 18)])
def test_where_one_starts_and_what_is_passed_over_changes_nothing(
    load: Callable[..., Predictor], wanted: range
) -> None:
    predictor, frames = load(), video()
    whole = found(predictor, frames)
    assert_same(found(predictor, frames, wanted), [whole[number] for number in wanted if number < N])


def test_each_frame_goes_through_the_backbone_once_and_only_if_a_clip_has_it(
    load: Callable[..., Predictor],
) -> None:
    predictor = load()
    seen: list[int] = []
    predictor.segmenter.backbone.register_forward_hook(lambda _, args, __: seen.append(len(args[0])))
    found(predictor, video())
    assert seen == [1] * N
    seen.clear()
    found(predictor, video(), range(10, 11))
    assert seen == [1] * 5


@pytest.mark.parametrize("kind", ["videos", "photos", "clips"])
def test_questions_asked_together_are_answered_as_alone(
    load: Callable[..., Predictor], of_clips: Predictor, tmp_path: Path, kind: str
) -> None:
    if kind == "photos":
        predictor = Predictor.load(write_tiny_checkpoint(tmp_path / "tiny.safetensors"))
    else:
        predictor = load() if kind == "videos" else of_clips
    wants = {"left dog": frozenset([2, 18]), "right": frozenset([2, 9])}
    questions = [
        Question([words], *predictor.understand([words]), wanted=wanted) for words, wanted in wants.items()
    ]
    needed = [video()[number] for number in clip_numbers([2, 9, 18], N, predictor.offsets)]
    seen: list[int] = []
    predictor.segmenter.backbone.register_forward_hook(lambda _, args, __: seen.append(len(args[0])))
    together = {frame.number: each for frame, each in segment_video(predictor, needed, questions)}
    assert len(seen) == (len(needed) if kind == "videos" else 3)
    assert [[len(each) for each in together[number]] for number in (2, 9, 18)] == [[1, 1], [0, 1], [1, 0]]
    for place, question in enumerate(questions):
        for frame, (alone,) in segment_video(predictor, video(), [question]):
            assert (alone[0].canvas == together[frame.number][place][0].canvas).all()


@pytest.mark.parametrize("kind", ["frames", "clips"])
def test_no_more_frames_and_features_are_held_than_a_clip_reaches_over(
    load: Callable[..., Predictor], of_clips: Predictor, kind: str
) -> None:
    predictor = load() if kind == "frames" else of_clips
    pixels: list[weakref.ref[Frame]] = []
    features: list[weakref.ref[Tensor]] = []

    def keep(_: object, __: object, levels: Levels) -> None:
        features.extend(weakref.ref(level) for level in levels)

    def frames() -> Iterator[Frame]:
        for number in range(40):
            frame = replace(video(1)[0], number=number)
            pixels.append(weakref.ref(frame))
            yield frame
            del frame

    predictor.segmenter.backbone.register_forward_hook(keep)
    text, types = predictor.understand(EXPRESSIONS)
    for _ in segment_video(predictor, frames(), [Question(EXPRESSIONS, text, types)]):
        gc.collect()
        assert sum(ref() is not None for ref in pixels) <= 9
        assert sum(ref() is not None for ref in features) <= 3
    assert len(pixels) == 40
