"""A trained model answers the questions of an evaluation, exactly as it does in `refseg predict`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from refseg.models.predictor import Prediction, Predictor
from refseg.models.preprocess import Preprocess
from refseg.models.word_type_modes import ForcedTypes
from refseg_cli.data.samples import Sample

from .answers import Answer, Answered, Asking
from .clip_predictions import Asked, segment_clip
from .crf import refined_logits
from .forced_types import forced_types, network_types
from .protocols import predicted


def answer_with_model(predictor: Predictor, asking: Asking | None = None) -> Answer:
    """Ask a trained model; it sees each photo and each frame once, whatever is asked about them.

    Args:
        predictor: The loaded model.
        asking: How.

    Raises:
        TaggerMissing: If the words are to be tagged, and spaCy's pipeline is not there.
    """
    how = asking or Asking()
    actions = "action" in predictor.segmenter.head.word_type_names
    forced = forced_types(how.word_types, how.root, actions=actions)

    def answer(samples: Sequence[Sample]) -> Iterator[Answered]:
        if samples[0].frame is None:
            return _about_photo(predictor, samples, how, forced)
        return _about_clip(predictor, samples, how, forced)

    return answer


def _about_photo(
    predictor: Predictor, samples: Sequence[Sample], how: Asking, forced: ForcedTypes | None
) -> Iterator[Answered]:
    image = samples[0].image()
    predictor.set_image(image)
    for start in range(0, len(samples), how.batch_size):
        predictions = predictor.segment_many(
            [sample.expression for sample in samples[start : start + how.batch_size]],
            threshold=how.threshold,
            word_types=network_types(how.word_types),
            seed=how.seed,
            forced=forced,
        )
        for prediction in predictions:
            yield _answered(prediction, how, predictor.preprocess, image)


def _about_clip(
    predictor: Predictor, samples: Sequence[Sample], how: Asking, forced: ForcedTypes | None
) -> Iterator[Answered]:
    asked: defaultdict[int, list[str]] = defaultdict(list)
    wanted: defaultdict[str, list[int]] = defaultdict(list)
    for sample in samples:
        if sample.frame is not None:
            asked[sample.frame].append(sample.sentence_id)
            wanted[sample.sentence_id].append(sample.frame)
    sentences = {sample.sentence_id: sample for sample in samples}
    questions = [Asked(sentences[sentence], tuple(frames)) for sentence, frames in wanted.items()]
    for frame, found in segment_clip(predictor, questions, how, forced):
        for sentence in asked[frame.number]:
            yield _answered(found[sentence], how, predictor.preprocess, frame.pixels)


def _answered(
    prediction: Prediction, how: Asking, preprocess: Preprocess, image: NDArray[np.uint8]
) -> Answered:
    """Follow the protocol; the image (H, W, 3) is looked at again where a CRF is wanted."""
    size = prediction.mask.shape[0], prediction.mask.shape[1]
    logits = torch.from_numpy(prediction.canvas)
    cut = float(np.log(how.threshold / (1 - how.threshold)))
    mask, refined = prediction.mask, None
    if how.protocol != "original":
        mask = predicted(how.protocol, logits - cut, preprocess, size)
    if how.crf:
        canvas = preprocess.image(image).permute(1, 2, 0).numpy()
        better = torch.from_numpy(refined_logits(logits.sigmoid().numpy(), canvas))
        refined = predicted(how.protocol, better, preprocess, size)
    types = tuple(prediction.type_names[number] for number in prediction.word_types.argmax(axis=1))
    return Answered(mask, refined, prediction.score, types, prediction.n_dropped)
