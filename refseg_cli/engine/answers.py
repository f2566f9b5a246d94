"""Who answers the questions of an evaluation: a trained model, or a floor that is scored by the same code."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from refseg_cli.console import track
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .baselines import centred_box
from .metrics import Overlap, count_overlap

Mask = NDArray[np.bool_]
WordTypes = Literal["learned", "random", "uniform"]
Answer = Callable[[Sequence[Sample]], Sequence[Mask]]
"""Answers samples that share one image with one mask each, at the image's own size."""


class Answered(Protocol):
    """What is read of a prediction."""

    @property
    def mask(self) -> Mask:
        """(H, W), at the image's own size."""


class ImagePredictor(Protocol):
    """The part of `refseg.models.predictor.Predictor` that an evaluation uses."""

    def set_image(self, image: NDArray[np.uint8]) -> None:
        """Encode an RGB image (H, W, 3); the sentences that follow are about it."""

    def segment_many(
        self, expressions: Sequence[str], *, threshold: float, word_types: WordTypes, seed: int
    ) -> Sequence[Answered]:
        """Find what each sentence names in the image."""


def answer_with_model(
    predictor: ImagePredictor, threshold: float = 0.5, word_types: WordTypes = "learned", seed: int = 0
) -> Answer:
    """Ask a trained model; it sees each image once and is asked one sentence at a time.

    Sentences asked together could differ in the last bits of their logits, so that a score would hang on
    the company that a sentence happens to keep.

    Args:
        predictor: The loaded model.
        threshold: Foreground probability from which a pixel belongs to the mask.
        word_types: "learned", or a floor that takes the words' types away: "random" (Table 11) or "uniform".
        seed: Of random types, which hang on it and on the sentence alone.
    """

    def answer(samples: Sequence[Sample]) -> list[Mask]:
        predictor.set_image(samples[0].image())
        return [mask_of(sample.expression) for sample in samples]

    def mask_of(expression: str) -> Mask:
        predictions = predictor.segment_many(
            [expression], threshold=threshold, word_types=word_types, seed=seed
        )
        return predictions[0].mask

    return answer


def answer_with_centred_box(samples: Sequence[Sample]) -> list[Mask]:
    """Answer every sentence with the same box in the middle of the picture."""
    return [centred_box(sample.height, sample.width) for sample in samples]


def ask(
    samples: Sequence[Sample], answer: Answer, description: str = "evaluating"
) -> Iterator[tuple[Sample, Mask]]:
    """Ask all that is to be asked about one image before the next, while a bar shows how far it is.

    Args:
        samples: What to ask, in any order.
        answer: Who is asked.
        description: Stands beside the bar.

    Yields:
        Each sample with its answer, grouped by image.

    Raises:
        DataError: If a mask has another size than the dataset says of its image.
    """
    by_image: defaultdict[Path, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_image[sample.image_path].append(sample)
    for group in track(list(by_image.values()), description):
        for sample, mask in zip(group, answer(group), strict=True):
            sample.check_size(mask)
            yield sample, mask


def measure(samples: Sequence[Sample], answer: Answer, description: str = "evaluating") -> list[Overlap]:
    """Compare answers with the truth.

    Args:
        samples: What to ask and what would be right.
        answer: Who is asked.
        description: Stands beside the bar.

    Returns:
        One overlap per sample, in the order of the samples.

    Raises:
        DataError: If two samples have one id, or a mask has another size than its image.
    """
    overlaps = {
        sample.sample_id: Overlap(sample.sample_id, sample.image_id, *count_overlap(mask, sample.mask()))
        for sample, mask in ask(samples, answer, description)
    }
    if len(overlaps) != len(samples):
        raise DataError("two sentences of the dataset have one id; fetch the dataset again")
    return [overlaps[sample.sample_id] for sample in samples]
