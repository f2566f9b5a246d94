"""The picture of `refseg eval --explain`: how the best, a median and the worst answer came about."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from refseg.models.predictor import Predictor
from refseg_cli.data.samples import Sample

from .explain import explain
from .explain_parts import Picture
from .explain_picture import band, page, reduced
from .reporting.examples import Example, examples


def answers_explained(
    predictor: Predictor, samples: Sequence[Sample], records: Sequence[Mapping[str, Any]], threshold: float
) -> Picture:
    """Explain a few answers, by their IoU, in one picture.

    Args:
        predictor: Who gave them.
        samples: What was asked.
        records: What came of it, one for each sample.
        threshold: Of the masks.

    Returns:
        RGB: a row for each of them, with what was meant.
    """
    by_id = {sample.sample_id: sample for sample in samples}
    bands = [
        _explained(predictor, by_id[each.sample_id], each, threshold)
        for each in examples(records, each_rank=1)
    ]
    return page(bands, predictor.segmenter.head.word_type_names)


def _explained(predictor: Predictor, sample: Sample, example: Example, threshold: float) -> Picture:
    image = sample.image()
    predictor.set_image(image)
    photo = reduced(Image.fromarray(image))
    truth = Image.fromarray(sample.mask().astype(np.uint8) * np.uint8(255)).resize(photo.size)
    meant = truth.point([0] * 128 + [255] * 128)
    (explanation,) = explain(predictor, [sample.expression], (photo.height, photo.width))
    note = f"{example.rank}: IoU {100 * example.iou:.1f} %, {sample.sample_id}"
    return band(photo, explanation, threshold, note, meant)
