"""Runs a model, or a floor, over samples and counts how its masks overlap the truth.

Each image is encoded once and then asked all its sentences. Neither the order of the samples nor their grouping
changes a result.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from refseg_cli.console import track
from refseg_cli.data.samples import Sample
from refseg_cli.engine.baselines import centred_box
from refseg_cli.engine.metrics import Overlap, count_overlap
from refseg_cli.errors import DataError

Mask = NDArray[np.bool_]
WordTypeMode = Literal["learned", "random", "uniform"]
Answer = Callable[[Sequence[Sample]], Sequence[Mask]]
"""Answers the sentences of samples that share one image with one mask each, at the image's own size."""

N_WORD_TYPES = 4


class Segmented(Protocol):
    """What is read of a prediction."""

    @property
    def mask(self) -> Mask:
        """(H, W), at the image's own size."""


class ImagePredictor(Protocol):
    """The part of `refseg.models.predictor.Predictor` that evaluation uses."""

    def set_image(self, image: Path) -> None:
        """Encode an image; the sentences that follow are about it."""

    def tokenize(self, expression: str) -> list[str]:
        """Split a sentence into the words that the model keeps."""

    def segment(
        self, expression: str, *, threshold: float, word_types: WordTypeMode | NDArray[np.float32]
    ) -> Segmented:
        """Find what one sentence names in the image."""


def measure(samples: Sequence[Sample], answer: Answer, description: str = "evaluating") -> list[Overlap]:
    """Compare the answers with the truth, image by image, while a bar shows how far it is.

    Args:
        samples: What to ask and what would be right.
        answer: A model or a floor.
        description: Stands beside the bar.

    Returns:
        One overlap per sample, in the order of the samples.

    Raises:
        DataError: If two samples have one id, or a mask has another size than its image.
    """
    by_image: defaultdict[Path, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_image[sample.image_path].append(sample)
    overlaps: dict[str, Overlap] = {}
    for group in track(by_image.values(), description, total=len(by_image)):
        for sample, mask in zip(group, answer(group), strict=True):
            overlaps[sample.sample_id] = _compare(sample, mask)
    if len(overlaps) != len(samples):
        raise DataError("two sentences of the dataset have the same id; fetch the dataset again")
    return [overlaps[sample.sample_id] for sample in samples]


def _compare(sample: Sample, mask: Mask) -> Overlap:
    if mask.shape != (sample.height, sample.width):
        found, expected = f"{mask.shape[1]}x{mask.shape[0]}", f"{sample.width}x{sample.height}"
        raise DataError(
            f"{sample.image_path}: the photo is {found} but instances.json says {expected}; "
            "name the folder with the dataset's own photos: --images FOLDER"
        )
    return Overlap(sample.sample_id, sample.image_id, *count_overlap(mask, sample.mask()))


def answer_with_model(
    predictor: ImagePredictor, threshold: float = 0.5, word_types: WordTypeMode = "learned", seed: int = 0
) -> Answer:
    """Ask a trained model.

    Args:
        predictor: The loaded model.
        threshold: Foreground probability from which a pixel belongs to the mask.
        word_types: "learned", or a floor that takes the words' types away: "random" (the paper's Table 11) or
            "uniform".
        seed: Of the random types.
    """

    def answer(samples: Sequence[Sample]) -> list[Mask]:
        predictor.set_image(samples[0].image_path)
        return [segment(sample) for sample in samples]

    def segment(sample: Sample) -> Mask:
        types: WordTypeMode | NDArray[np.float32] = word_types
        if word_types == "random":
            n_words = len(predictor.tokenize(sample.expression))
            types = random_word_types(sample.sample_id, n_words, seed)
        return predictor.segment(sample.expression, threshold=threshold, word_types=types).mask

    return answer


def answer_with_centred_box(samples: Sequence[Sample]) -> list[Mask]:
    """Answer every sentence with the same box, however the model's masks are made."""
    return [centred_box(sample.height, sample.width) for sample in samples]


def random_word_types(sample_id: str, n_words: int, seed: int = 0) -> NDArray[np.float32]:
    """Type probabilities that say nothing about the words; each row is uniform over all that sum to 1.

    They hang on the sample and the seed alone, so that the order in which samples are asked changes nothing.

    Args:
        sample_id: Of the sample.
        n_words: T, how many words the model keeps.
        seed: Another seed gives other types.

    Returns:
        (T, K) rows that sum to 1.
    """
    digest = hashlib.sha256(f"{seed}/{sample_id}".encode()).digest()
    generator = np.random.default_rng(int.from_bytes(digest))
    return generator.dirichlet(np.ones(N_WORD_TYPES), size=n_words).astype(np.float32)
