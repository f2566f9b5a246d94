"""What a prediction leaves behind: masks and pictures as PNG, and records in JSON's terms."""

from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask as coco_mask
from numpy.typing import NDArray
from PIL import Image

from refseg.models.predictor import Prediction
from refseg_cli.files import written_whole

from .overlay import draw_overlay

_FAST = (
    1  # zlib level for masks: flat areas compress well at any level, and a large mask is written 4 × faster
)


def write_png(image: Image.Image, path: Path, level: int = 6) -> None:
    """Write a PNG so that the file is complete or not there.

    Raises:
        DataError: if it cannot be written (no space, no rights).
    """
    with written_whole(path) as stream:
        image.save(stream, "PNG", compress_level=level)


def write_results(image: Image.Image, prediction: Prediction, mask: Path, overlay: Path | None) -> None:
    """Write the mask of a prediction and, where wanted, the picture that shows it."""
    write_mask(prediction.mask, mask)
    if overlay is not None:
        write_png(draw_overlay(image, prediction.mask), overlay)


def write_mask(mask: NDArray[np.bool_], path: Path) -> None:
    """Write a mask (H, W) as a PNG of one channel: 255 where the object is, 0 elsewhere."""
    write_png(Image.fromarray(mask.view(np.uint8) * np.uint8(255)), path, _FAST)


def encode_mask(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Encode a mask (H, W) as COCO's compressed run lengths: `size` [H, W] and `counts` as text."""
    encoded = coco_mask.encode(np.asfortranarray(mask.view(np.uint8)))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}


def prediction_record(prediction: Prediction) -> dict[str, Any]:
    """Say in JSON's terms what a prediction found.

    Returns:
        `expression`, `n_dropped`, `width` and `height` of the image, `box` [x, y, width, height] or null,
        `area` in pixels, `score`, `rle` (see `encode_mask`) and `words`, each with its type.
    """
    height, width = prediction.mask.shape
    return {
        "expression": prediction.expression,
        "n_dropped": prediction.n_dropped,
        "width": width,
        "height": height,
        "box": None if prediction.box is None else [int(side) for side in prediction.box],
        "area": int(prediction.area),
        "score": round(float(prediction.score), 4),
        "rle": encode_mask(prediction.mask),
        "words": _typed_words(prediction),
    }


def _typed_words(prediction: Prediction) -> list[dict[str, Any]]:
    """List the words with the probability of each type, and the likeliest type (null where all are equal)."""
    typed = []
    for word, row in zip(prediction.words, prediction.word_types, strict=True):
        probabilities = {name: round(float(p), 4) for name, p in zip(prediction.type_names, row, strict=True)}
        likeliest = max(probabilities, key=probabilities.__getitem__)
        undecided = len(set(probabilities.values())) == 1
        typed.append({"word": word, "type": None if undecided else likeliest, "probabilities": probabilities})
    return typed
