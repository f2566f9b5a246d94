"""Asks every sentence, image by image, and compares the answers with the truth."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from refseg_cli.console import progress
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from . import together
from .answers import Answer, Answered
from .best_overlap import goes_for_named
from .contours import contour_accuracy
from .metrics import Overlap, count_overlap
from .outputs import encode_mask
from .protocols import Mask, Protocol, in_frame

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """What an answer was worth.

    Attributes:
        overlap: With the truth.
        refined: The same after the CRF, where one was asked for.
        area: Of the truth, in pixels of the photo.
        score: How sure the answer was.
        word_types: The likeliest type of each word, where a model was asked.
        n_dropped: How many words it did not read.
        named_object: Whether the final mask overlaps no other object of the scene as well as the named one;
            None where the dataset does not know the others.
        rle: The final mask as COCO's run lengths, where masks are kept.
        contour: Of a frame of a clip, how well the contour of the final mask follows that of the truth.
    """

    overlap: Overlap
    refined: Overlap | None
    area: int
    score: float
    word_types: tuple[str, ...]
    n_dropped: int
    named_object: bool | None = None
    rle: dict[str, Any] | None = None
    contour: float | None = None


def ask(
    samples: Sequence[Sample],
    answer: Answer,
    judge: Callable[[Sample, Answered], T],
    description: str = "evaluating",
) -> list[T]:
    """Ask all that is to be asked about one photo or clip before the next, while a bar shows how far it is.

    Processes that work together share photos and clips; each is asked by one of them, as if it were alone.

    Args:
        samples: What to ask, in any order.
        answer: Who is asked.
        judge: What is to be known of an answer, the same for each process and without the mask.
        description: Stands beside the bar.

    Returns:
        What is known of each answer, in the order of the samples, in each of the processes.

    Raises:
        DataError: If two samples have one id.
    """
    if len({sample.sample_id for sample in samples}) != len(samples):
        raise DataError("two sentences of the dataset have one id; fetch the dataset again")
    mine = _by_source(samples)[together.rank() :: together.size()]

    def part() -> dict[str, T]:
        judged = {}
        with progress(sum(map(len, mine)), description) as advance:
            for group in mine:
                for sample, answered in zip(group, answer(group), strict=True):
                    judged[sample.sample_id] = judge(sample, answered)
                    advance()
        return judged

    every = {sample_id: known for judged in together.share(part) for sample_id, known in judged.items()}
    return [every[sample.sample_id] for sample in samples]


def _by_source(samples: Sequence[Sample]) -> list[list[Sample]]:
    """The samples of each photo; those of each clip frame by frame."""
    groups: defaultdict[Path, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.image_path].append(sample)
    return [sorted(group, key=lambda sample: sample.frame or 0) for group in groups.values()]


def measure(
    samples: Sequence[Sample],
    answer: Answer,
    description: str = "evaluating",
    *,
    protocol: Protocol = "original",
    keep_masks: bool = False,
) -> list[Measured]:
    """Compare answers with the truth.

    Args:
        samples: What to ask and what would be right.
        answer: Who is asked.
        description: Stands beside the bar.
        protocol: Where masks are compared.
        keep_masks: Whether to keep them, encoded.

    Returns:
        What each answer was worth, in the order of the samples.

    Raises:
        DataError: If two samples have one id.
    """

    def judge(sample: Sample, answered: Answered) -> Measured:
        truth = sample.mask()
        final = answered.mask if answered.refined is None else answered.refined
        return Measured(
            overlap=_overlap(sample, answered.mask, truth, protocol),
            refined=None if answered.refined is None else _overlap(sample, answered.refined, truth, protocol),
            area=int(np.count_nonzero(truth)),
            score=answered.score,
            word_types=answered.word_types,
            n_dropped=answered.n_dropped,
            named_object=goes_for_named(sample, final, protocol),
            rle=encode_mask(final) if keep_masks else None,
            contour=None if sample.frame is None else _contour(final, truth, protocol),
        )

    return ask(samples, answer, judge, description)


def _overlap(sample: Sample, mask: Mask, truth: Mask, protocol: Protocol) -> Overlap:
    return Overlap(sample.sample_id, sample.image_id, *count_overlap(*_compared(mask, truth, protocol)))


def _contour(mask: Mask, truth: Mask, protocol: Protocol) -> float:
    return contour_accuracy(*_compared(mask, truth, protocol))


def _compared(mask: Mask, truth: Mask, protocol: Protocol) -> tuple[Mask, Mask]:
    """Compare where the protocol does; a mask of the photo's own size is brought there."""
    return in_frame(protocol, mask) if mask.shape == truth.shape else mask, in_frame(protocol, truth)
