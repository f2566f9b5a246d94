"""What the questions of an evaluation are answered with, whoever answers: a trained model, or a floor."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseg.models.predictor import Mask
from refseg_cli.data.samples import Sample

from .baselines import centred_box
from .forced_types import TypesFrom
from .protocols import Protocol


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


Answer = Callable[[Sequence[Sample]], Iterable[Answered]]
"""Answers samples that share one photo, or one clip; those on a clip come frame by frame."""


def answer_with_centred_box(samples: Sequence[Sample]) -> list[Answered]:
    """Answer every sentence with the same box in the middle of the picture."""
    return [Answered(centred_box(sample.height, sample.width)) for sample in samples]
