"""Who answers the questions of an evaluation: a trained model, or a floor that is scored by the same code."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol as Interface

import numpy as np
import torch
from numpy.typing import NDArray

from refseg.models.cmpc.clip_window import window_frames
from refseg.models.predictor import Mask, Prediction
from refseg.models.preprocess import Preprocess
from refseg.models.word_type_modes import ForcedTypes, WordTypes
from refseg_cli.data.samples import Sample

from .baselines import centred_box
from .crf import refined_logits
from .forced_types import TypesFrom, forced_types, network_types
from .protocols import Protocol, predicted


@dataclass(frozen=True)
class Asking:
    """How a model is asked.

    Attributes:
        threshold: Foreground probability from which a pixel belongs to the mask.
        word_types: Where the words' types come from; "random" (Table 11) and "uniform" are floors, "pos" the
            types that parts of speech let one expect.
        seed: Of random word types, which hang on it and on the sentence alone.
        protocol: How scores become masks.
        crf: Whether to refine each mask by a DenseCRF too, on the network's canvas as the authors do.
        batch_size: How many sentences about one image are asked together. Those asked together may differ
            in the last bits of their logits from those asked alone, and so in a pixel at the mask's edge.
        root: Data root, where spaCy's pipeline may lie.
    """

    threshold: float = 0.5
    word_types: TypesFrom = "learned"
    seed: int = 0
    protocol: Protocol = "original"
    crf: bool = False
    batch_size: int = 1
    root: Path = Path("data")


@dataclass(frozen=True)
class Answered:
    """The answer to one sentence.

    Attributes:
        mask: (H, W), at the image's own size or where the protocol compares masks.
        refined: The same after the CRF, where one was asked for.
        score: How sure the answer is, between 0 and 1.
        word_types: The likeliest type of each word.
        n_dropped: How many words were lost to the encoder's limit.
    """

    mask: Mask
    refined: Mask | None = None
    score: float = 1.0
    word_types: tuple[str, ...] = ()
    n_dropped: int = 0


Answer = Callable[[Sequence[Sample]], Sequence[Answered]]
"""Answers samples that share one image."""


class ImagePredictor(Interface):
    """The part of `refseg.models.predictor.Predictor` that an evaluation uses."""

    @property
    def preprocess(self) -> Preprocess:
        """How an image becomes the network's canvas."""

    @property
    def offsets(self) -> tuple[int, ...]:
        """Which frames around the one that is asked about it sees: that one alone, or those of a clip."""

    def set_image(self, image: NDArray[np.uint8]) -> None:
        """Encode an RGB image (H, W, 3); the sentences that follow are about it."""

    def set_clip(self, frames: Sequence[NDArray[np.uint8]]) -> None:
        """Encode the frames of a clip, RGB (H, W, 3) each; the sentences are about the centre one."""

    def segment_many(
        self,
        expressions: Sequence[str],
        *,
        threshold: float,
        word_types: WordTypes,
        seed: int,
        forced: ForcedTypes | None,
    ) -> Sequence[Prediction]:
        """Find what each sentence names in the image."""


def answer_with_model(predictor: ImagePredictor, asking: Asking | None = None) -> Answer:
    """Ask a trained model; it sees each image once, and a network for images each frame of a clip alone.

    Args:
        predictor: The loaded model.
        asking: How.

    Raises:
        TaggerMissing: If the words are to be tagged, and spaCy's pipeline is not there.
    """
    how = asking or Asking()
    forced = forced_types(how.word_types, how.root)

    def answer(samples: Sequence[Sample]) -> list[Answered]:
        image = _show(predictor, samples[0])
        canvas = predictor.preprocess.image(image).permute(1, 2, 0).numpy() if how.crf else None
        return [
            _answered(prediction, how, predictor.preprocess, canvas)
            for prediction in predictions([sample.expression for sample in samples])
        ]

    def predictions(expressions: Sequence[str]) -> Iterator[Prediction]:
        for start in range(0, len(expressions), how.batch_size):
            yield from predictor.segment_many(
                expressions[start : start + how.batch_size],
                threshold=how.threshold,
                word_types=network_types(how.word_types),
                seed=how.seed,
                forced=forced,
            )

    return answer


def _show(predictor: ImagePredictor, sample: Sample) -> NDArray[np.uint8]:
    """Show a model the photo of a sample, or the frame that it asks about and those around it.

    Returns:
        The photo, or this frame, RGB (H, W, 3).
    """
    if sample.clip is None or sample.frame is None or len(predictor.offsets) == 1:
        image: NDArray[np.uint8] = sample.image()
        predictor.set_image(image)
        return image
    numbers = window_frames(sample.frame, sample.clip.n_frames, predictor.offsets)
    frames = sample.frames(set(numbers))
    predictor.set_clip([frames[number] for number in numbers])
    return frames[sample.frame]


def _answered(
    prediction: Prediction, how: Asking, preprocess: Preprocess, canvas: NDArray[np.uint8] | None
) -> Answered:
    """Follow the protocol; `canvas` is the image as the network saw it, (S, S, 3), where a CRF is wanted."""
    size = prediction.mask.shape[0], prediction.mask.shape[1]
    logits = torch.from_numpy(prediction.canvas)
    cut = float(np.log(how.threshold / (1 - how.threshold)))
    mask, refined = prediction.mask, None
    if how.protocol != "original":
        mask = predicted(how.protocol, logits - cut, preprocess, size)
    if canvas is not None:
        better = torch.from_numpy(refined_logits(logits.sigmoid().numpy(), canvas))
        refined = predicted(how.protocol, better, preprocess, size)
    types = tuple(prediction.type_names[number] for number in prediction.word_types.argmax(axis=1))
    return Answered(mask, refined, prediction.score, types, prediction.n_dropped)


def answer_with_centred_box(samples: Sequence[Sample]) -> list[Answered]:
    """Answer every sentence with the same box in the middle of the picture."""
    return [Answered(centred_box(sample.height, sample.width)) for sample in samples]
