"""From a video and sentences to masks over time: the work behind `refseg predict clip.mp4`."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from refseg_cli import console
from refseg_cli.data.footage import Frame, expected_frames, read_frames
from refseg_cli.errors import UsageError

from .forced_types import forced_types, network_types
from .plan import Request
from .predict import DATA, start, warn_of_dropped_words
from .video_plan import VideoTarget, plan_video

if TYPE_CHECKING:
    from refseg.models.predictor import Prediction, Predictor
    from refseg.models.video_predictor import Question


def predict_video(request: Request) -> Iterator[dict[str, Any]]:
    """Segment the frames of a video by every sentence; the files are there when all frames have come.

    Names and options are checked, and the video is opened, before a network is loaded. What is held in memory
    grows with the number of sentences and the size of the frames, and not with the length of the video.

    Args:
        request: what to do; its source is a video.

    Yields:
        A record for each frame and sentence: `source`, `frame` (counted from 0), `name`, `time` in seconds,
        all that `prediction_record` gives, `masks`, `overlay`, `checkpoint`, `threshold`, `word_types`,
        `set_types`.

    Raises:
        UsageError: options that do not fit, existing files without `force`, a range without frames.
        TaggerMissing: the words are to be tagged, and spaCy's pipeline is not there.
        DataError, ImageError: the video is missing or cannot be read, or an output cannot be written.
    """
    from .clip_predictions import tell_of_frames_alone

    targets = plan_video(request)
    wanted = request.video.wanted
    n_expected = expected_frames(Path(request.source))
    predictor = start(request)
    tell_of_frames_alone(predictor, request.checkpoint)
    total = None if n_expected is None else len(range(n_expected)[wanted.start : wanted.stop : wanted.step])
    n_done, begun = 0, perf_counter()
    with console.progress(total, "segmenting") as advance:
        for records in _written(predictor, request, targets):
            yield from records
            n_done += 1
            advance(note=f"{n_done / (perf_counter() - begun):.1f} frames/s")
    if not n_done:
        there = "" if n_expected is None else f" (it has {n_expected:,})"
        raise UsageError(
            f"{request.source} ends before the frames {request.video.frames}{there}; try --frames 0:100"
        )
    seconds = perf_counter() - begun
    console.say(f"{n_done:,} frames in {seconds:.1f} s, {n_done / seconds:.1f} frames/s")


def _written(
    predictor: "Predictor", request: Request, targets: list[VideoTarget]
) -> Iterator[list[dict[str, Any]]]:
    """Segment, and write what is found; give the records of a frame at a time, one for each sentence."""
    from refseg.models.video_predictor import segment_video

    from .video_outputs import SentenceWriter

    question, wanted = _ask(predictor, request, targets), request.video.wanted
    last = min(wanted.stop + max(predictor.offsets), sys.maxsize)  # no clip needs a later one
    frames = islice(read_frames(Path(request.source), request.video.max_size), last)
    writers: list[SentenceWriter] = []
    with ExitStack() as files:
        for frame, (found,) in segment_video(predictor, frames, [question]):
            writers = writers or [SentenceWriter(target, files, wanted.step) for target in targets]
            records = [
                _record(request, target, frame, prediction)
                for target, prediction in zip(targets, found, strict=True)
            ]
            for writer, prediction, record in zip(writers, found, records, strict=True):
                writer.add(frame, prediction, record)
            yield records


def _ask(predictor: "Predictor", request: Request, targets: list[VideoTarget]) -> "Question":
    """Read the sentences, once for all frames."""
    from refseg.models.video_predictor import Question

    names = predictor.segmenter.head.word_type_names
    forced = forced_types(request.word_types, DATA, request.told_types, actions="action" in names)
    expressions = [target.expression for target in targets]
    text, types = predictor.understand(
        expressions, word_types=network_types(request.word_types), forced=forced
    )
    for expression, words, n_dropped in zip(expressions, text.tokens, text.n_dropped, strict=True):
        warn_of_dropped_words(expression, len(words), n_dropped)
    return Question(expressions, text, types, request.level, request.video.wanted)


def _record(request: Request, target: VideoTarget, frame: Frame, prediction: "Prediction") -> dict[str, Any]:
    """Say what was found in a frame, where the files are and how they came about."""
    from .outputs import prediction_record

    return {
        "source": request.source,
        "frame": frame.number,
        "name": frame.name,
        "time": round(float(frame.start), 6),
        **prediction_record(prediction),
        "masks": str(target.masks),
        "overlay": None if target.overlay is None else str(target.overlay),
        "checkpoint": request.checkpoint,
        "threshold": request.level,
        "word_types": request.word_types,
        "set_types": request.told_types,
    }
