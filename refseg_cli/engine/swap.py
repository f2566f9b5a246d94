"""The swap test: does the mask follow the sentence from one thing to the other?

Two things of one category stand in one image; the first sentence names the one, the second the other ("left
dog", "right dog"). A pair counts when for both sentences the mask overlaps the thing named more than the
other. Who gives both sentences one mask gets half of the sentences right and no pair; who tosses a coin for
each sentence, a quarter of the pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refseg_cli.data.samples import Sample
from refseg_cli.data.swap_pairs import SwapPair

from .answers import Answer, Answered
from .bootstrap import DRAWS, Interval, image_table, interval, redrawn_sums
from .measure import ask
from .metrics import count_overlap, ratio
from .protocols import Mask


@dataclass(frozen=True)
class SwapResult:
    """What became of one pair.

    Attributes:
        image_id: Of the image; intervals redraw whole images.
        kind: What the sentences swap.
        right: For each sentence, whether its mask overlaps the thing named more than the other.
    """

    image_id: int
    kind: str
    right: tuple[bool, bool]


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval, each between 0 and 1."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class SwapScores:
    """The outcome of the test.

    Attributes:
        pairs: Share of pairs with both sentences right: the score of the test.
        sentences: Share of sentences that are right.
        n_pairs: How many pairs were asked.
        n_images: In how many images.
    """

    pairs: Share
    sentences: Share
    n_pairs: int
    n_images: int


def judge(pair: SwapPair, masks: tuple[Mask, Mask]) -> SwapResult:
    """Decide whether the masks for both sentences fall on the things named; a tie is wrong.

    Args:
        pair: The two things and sentences.
        masks: (H, W) each, the answer to the first sentence and to the second.

    Returns:
        What is right.
    """
    right = (_is_right(masks[0], pair, 0), _is_right(masks[1], pair, 1))
    return SwapResult(pair.image_id, pair.kind, right)


def swap_test(
    pairs: Sequence[SwapPair], answer: Answer, description: str = "swapping words"
) -> list[SwapResult]:
    """Ask both sentences of every pair.

    Args:
        pairs: What to ask.
        answer: Who is asked.
        description: Stands beside the bar.

    Returns:
        One result per pair, in the order of the pairs.

    Raises:
        DataError: If a mask has another size than its image.
    """
    questions = [question for number, pair in enumerate(pairs) for question in _questions(number, pair)]

    def judge_one(question: Sample, answered: Answered) -> bool:
        question.check_size(answered.mask)
        number, side = divmod(question.ref_id, 2)
        return _is_right(answered.mask, pairs[number], side)

    right = ask(questions, answer, judge_one, description)
    return [
        SwapResult(pair.image_id, pair.kind, (right[2 * number], right[2 * number + 1]))
        for number, pair in enumerate(pairs)
    ]


def always_leftmost(pairs: Iterable[SwapPair]) -> list[SwapResult]:
    """Floor: whatever the sentence, exactly the mask of the thing further left (by the centre of its box)."""
    results = []
    for pair in pairs:
        centres = [annotation["bbox"][0] + annotation["bbox"][2] / 2 for annotation in pair.annotations]
        leftmost = pair.masks()[int(np.argmin(centres))]
        results.append(judge(pair, (leftmost, leftmost)))
    return results


def category_only(pairs: Sequence[SwapPair], answer: Answer) -> list[SwapResult]:
    """Floor: the same model, asked only with the words that both sentences share, as "dog" of "left dog"."""
    return swap_test([_without_difference(pair) for pair in pairs], answer, "category only")


def swap_scores(results: Sequence[SwapResult], seed: int = 0, draws: int = DRAWS) -> SwapScores:
    """Count what is right; the order of the pairs changes nothing.

    Args:
        results: One per pair.
        seed: Of the redrawn images.
        draws: How often images are drawn.

    Returns:
        The shares with their intervals.

    Raises:
        ValueError: If there is no pair.
    """
    by_image: defaultdict[int, list[SwapResult]] = defaultdict(list)
    for result in results:
        by_image[result.image_id].append(result)
    table = image_table({image: _counts(group) for image, group in by_image.items()})
    totals, redrawn = table.sum(axis=0), redrawn_sums(table, seed, draws)
    shares = [
        Share(float(totals[column] / totals[of]), interval(redrawn[:, column] / redrawn[:, of]))
        for column, of in ((0, 1), (2, 3))
    ]
    return SwapScores(pairs=shares[0], sentences=shares[1], n_pairs=len(results), n_images=len(by_image))


def swap_scores_by_kind(results: Sequence[SwapResult], seed: int = 0) -> Mapping[str, SwapScores]:
    """The scores of each kind of pair, in the order of their names."""
    kinds = sorted({result.kind for result in results})
    return {kind: swap_scores([result for result in results if result.kind == kind], seed) for kind in kinds}


def _counts(results: Sequence[SwapResult]) -> list[int]:
    """What one image adds: pairs right, pairs, sentences right, sentences."""
    pairs_right = sum(all(result.right) for result in results)
    return [pairs_right, len(results), sum(sum(result.right) for result in results), 2 * len(results)]


def _is_right(mask: Mask, pair: SwapPair, side: int) -> bool:
    """Whether the answer to the first (0) or second (1) sentence overlaps the thing named more."""
    ious = [ratio(*count_overlap(mask, truth)) for truth in pair.masks()]
    return ious[side] > ious[1 - side]


def _without_difference(pair: SwapPair) -> SwapPair:
    first, second = (sentence.split() for sentence in pair.sentences)
    shared = " ".join(word for word in first if word in second)
    return replace(pair, sentences=(shared, shared))


def _questions(number: int, pair: SwapPair) -> list[Sample]:
    """The pair as two samples; `ref_id` is twice the pair's number, and one more for the second."""
    of_both: dict[str, Any] = {
        "image_id": pair.image_id,
        "image_path": pair.image_path,
        "height": pair.height,
        "width": pair.width,
        "kind": pair.kind,
    }
    return [
        Sample(
            sample_id=f"swap/{number}/{side}",
            expression=sentence,
            annotation=annotation,
            category_id=int(annotation["category_id"]),
            ann_id=int(annotation["id"]),
            ref_id=2 * number + side,
            **of_both,
        )
        for side, (sentence, annotation) in enumerate(zip(pair.sentences, pair.annotations, strict=True))
    ]
