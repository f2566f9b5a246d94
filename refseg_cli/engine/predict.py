"""From a photo and sentences to masks on disk: the work behind `refseg predict`."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image

from refseg.models.errors import ImageError
from refseg.models.images import read_image
from refseg_cli import console
from refseg_cli.errors import DataError, PartlyFailed, UsageError

from .forced_types import check_told_types, forced_types, network_types
from .plan import Plan, Request, Target, check_outputs, make_folder, make_plan
from .sources import STDIN, look_like_frames

if TYPE_CHECKING:
    from refseg.models.predictor import Prediction, Predictor

CRF_LONGEST_SIDE = 2000
"""Larger images are reduced for the CRF, which takes 7 s and 0.8 GB at 2000×1500."""

_PIXELS_AT_ONCE = 50_000_000  # masks kept in memory together, in pixels
_EXPRESSIONS_AT_ONCE = 8
DATA = Path("data")  # where a pipeline of spaCy may lie, beside the places that hang on no folder


def predict_images(request: Request, stdin: BinaryIO) -> Iterator[dict[str, Any]]:
    """Segment every image by every expression and write the results.

    Names and options are checked before a network is loaded. Each image is encoded once for all its
    expressions. Among several images, one that cannot be read is reported and passed over.

    Args:
        request: what to do.
        stdin: where an image comes from when the source is `-`.

    Yields:
        A record for each image and expression, as soon as its files are written: see `prediction_record`,
        and `source`, `mask`, `overlay`, `explanation`, `checkpoint`, `threshold`, `crf`, `word_types`,
        `set_types`.

    Raises:
        UsageError: blank expressions, existing files without `force`, a type for a word that nobody says.
        TaggerMissing: the words are to be tagged, and spaCy's pipeline is not there.
        ImageError, DataError: a source that is missing or cannot be read, an output that cannot be written.
        PartlyFailed: at the end, if some of several images could not be read.
    """
    plan = make_plan(request)
    check_outputs((file for targets in plan.values() for one in targets for file in one.files), request)
    forced_types(request.word_types, DATA, request.told_types)  # refuses here what cannot be
    if request.source == STDIN and stdin.isatty():
        raise UsageError('- reads an image from standard input; pipe one in: refseg predict - "dog" < a.jpg')
    if look_like_frames(list(plan)) and Path(request.source).is_dir():
        console.say(
            f"{len(plan)} numbered pictures in {request.source}, each taken as a photo; if they are "
            f"the frames of a video: refseg predict --video {request.source}"
        )
    unreadable: list[str] = []
    warned: set[str] = set()
    predictor: Predictor | None = None
    for source, image in _readable_images(plan, stdin, unreadable):
        if predictor is None:
            predictor = start(request)
            _tell_of_videos(predictor, request)
        for record in _segment(predictor, source, image, plan[source], request):
            if record["expression"] not in warned:
                warned.add(record["expression"])
                warn_of_dropped_words(record["expression"], len(record["words"]), record["n_dropped"])
            yield record
    if unreadable:
        among = f"{len(unreadable)} of {len(plan)} images could not be read"
        failure = PartlyFailed if len(unreadable) < len(plan) else DataError
        raise failure(f"{among}; replace those named above")


def _readable_images(plan: Plan, stdin: BinaryIO, unreadable: list[str]) -> Iterator[tuple[str, Image.Image]]:
    """Read the images one by one; among several, name those that cannot be read and go on."""
    for source in console.track(plan, "predicting"):
        try:
            image = read_image(stdin, "standard input") if source == STDIN else read_image(source)
        except ImageError as error:
            if len(plan) == 1:
                raise
            console.error(str(error))
            unreadable.append(source)
            continue
        yield source, image


def start(request: Request) -> "Predictor":
    """Load the network and make the folder for the results, now that there is something to do."""
    from refseg.models.predictor import Predictor

    from .devices import check_device

    check_device(request.device)
    predictor = Predictor.load(request.checkpoint, device=request.device, precision=request.precision)
    check_told_types(request.told_types, predictor.segmenter.head.word_type_names)
    make_folder(request.out)
    return predictor


def _tell_of_videos(predictor: "Predictor", request: Request) -> None:
    """Say of a checkpoint for videos what a photo is to it."""
    if len(predictor.offsets) > 1:
        console.say(
            f"{request.checkpoint} is a checkpoint for videos: it takes a photo for a video in which nothing "
            "moves"
        )


def _segment(
    predictor: "Predictor", source: str, image: Image.Image, targets: Sequence[Target], request: Request
) -> Iterator[dict[str, Any]]:
    """Segment one image by all its expressions, as many at once as memory allows, and write each result."""
    from .explain_picture import explained
    from .outputs import prediction_record, write_png, write_results

    seen = _reduced_for_crf(image) if request.crf else image
    predictor.set_image(np.array(seen))
    if targets[0].explanation is not None:
        write_png(
            explained(predictor, image, [target.expression for target in targets], request.level),
            targets[0].explanation,
        )
    actions = "action" in predictor.segmenter.head.word_type_names
    forced = forced_types(request.word_types, DATA, request.told_types, actions=actions)
    at_once = max(1, min(_EXPRESSIONS_AT_ONCE, _PIXELS_AT_ONCE // (seen.width * seen.height)))
    for start in range(0, len(targets), at_once):
        batch = targets[start : start + at_once]
        predictions = predictor.segment_many(
            [target.expression for target in batch],
            threshold=request.level,
            word_types=network_types(request.word_types),
            forced=forced,
        )
        for target, prediction in zip(batch, predictions, strict=True):
            final = _refined(prediction, seen, image) if request.crf else prediction
            write_results(image, final, target.mask, target.overlay)
            yield {"source": source, **prediction_record(final), **_settings(target, request)}


def _settings(target: Target, request: Request) -> dict[str, Any]:
    """Say where the files are and how they came about."""
    return {
        "mask": str(target.mask),
        "overlay": None if target.overlay is None else str(target.overlay),
        "explanation": None if target.explanation is None else str(target.explanation),
        "checkpoint": request.checkpoint,
        "threshold": None if request.crf else request.level,
        "crf": request.crf,
        "word_types": request.word_types,
        "set_types": request.told_types,
    }


def _reduced_for_crf(image: Image.Image) -> Image.Image:
    """Shrink an image that is too large for the CRF."""
    if max(image.size) <= CRF_LONGEST_SIDE:
        return image
    scale = CRF_LONGEST_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _refined(prediction: "Prediction", seen: Image.Image, image: Image.Image) -> "Prediction":
    """Redraw a mask along the colours of the image that the network saw, and bring it to the full size."""
    from .crf import refine

    if prediction.probability is None:
        raise ValueError(f"no probabilities were kept for an image of {seen.size} pixels")
    mask = refine(prediction.probability, np.asarray(seen))
    score = float(prediction.probability[mask].mean(dtype=np.float64)) if mask.any() else 0.0
    if seen is not image:
        enlarged = Image.fromarray(mask.view(np.uint8)).resize(image.size, Image.Resampling.NEAREST)
        mask = np.asarray(enlarged).astype(bool)
    return dataclasses.replace(prediction, mask=mask, probability=None, score=score)


def warn_of_dropped_words(expression: str, n_kept: int, n_dropped: int) -> None:
    """Say of a long expression how much of it is used."""
    if n_dropped:
        kept = f"kept the first {n_kept} words and dropped {n_dropped}"
        console.warn(f'"{shorten(expression, 40, placeholder=" …")}": {kept}')
