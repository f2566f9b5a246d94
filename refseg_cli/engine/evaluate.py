"""The work behind `refseg eval`: ask a checkpoint every sentence, score it beside its floors, and report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from refseg.models.predictor import Predictor
from refseg_cli.data.swap_pairs import SwapPair

from .answers import Answer, WordTypes, answer_with_centred_box, answer_with_model, measure
from .metrics import Overlap
from .report import baseline_section, report_head, sample_records, scores_section, swap_section
from .selection import Selection
from .swap import always_leftmost, category_only, swap_test

BASELINES = ("centred-box", "random-word-types")


@dataclass(frozen=True)
class Settings:
    """How a checkpoint is asked.

    Attributes:
        threshold: Foreground probability from which a pixel belongs to the mask.
        word_types: Where the words' types come from.
        baselines: Floors of `BASELINES` to score on the same samples.
        swap: Whether to run the swap test too.
        seed: Of random word types and of the intervals.
    """

    threshold: float = 0.5
    word_types: WordTypes = "learned"
    baselines: tuple[str, ...] = ()
    swap: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a floor that there is not."""
        unknown = set(self.baselines) - set(BASELINES)
        if unknown:
            raise ValueError(f"baselines are of {BASELINES}, got {sorted(unknown)}")


@dataclass(frozen=True)
class Evaluation:
    """What came out, in JSON's terms; scores are between 0 and 1.

    Attributes:
        report: All but the samples.
        samples: One record per sample.
    """

    report: dict[str, Any]
    samples: list[dict[str, Any]]


def evaluate(predictor: Predictor, selection: Selection, settings: Settings) -> Evaluation:
    """Score a checkpoint; neither the order of the samples nor their grouping changes a result.

    Args:
        predictor: The loaded checkpoint.
        selection: What to ask.
        settings: How to ask.

    Returns:
        The report and the record of every sample.

    Raises:
        DataError: If a photo does not fit its annotation, or there is nothing to swap words for.
        ImageError: If a photo cannot be read.
    """
    pairs = selection.swap_pairs() if settings.swap else []  # before the long work: there may be none
    answer = answer_with_model(predictor, settings.threshold, settings.word_types, settings.seed)
    overlaps = measure(selection.samples, answer)
    report = report_head(predictor, selection)
    report["settings"] = {
        "threshold": settings.threshold,
        "word_types": settings.word_types,
        "seed": settings.seed,
        "precision": predictor.precision,
    }
    report |= scores_section(overlaps, selection, settings.seed)
    report["baselines"] = _baselines(overlaps, predictor, selection, settings)
    report["swap"] = _swap(pairs, answer, settings.seed) if pairs else None
    return Evaluation(report, sample_records(overlaps, selection))


def _baselines(
    overlaps: Sequence[Overlap], predictor: Predictor, selection: Selection, settings: Settings
) -> dict[str, Any]:
    """Score each floor on the same samples and compare the checkpoint with it."""
    answers = {
        "centred-box": answer_with_centred_box,
        "random-word-types": answer_with_model(predictor, settings.threshold, "random", settings.seed),
    }
    floors = {name: measure(selection.samples, answers[name], name) for name in settings.baselines}
    return {name: baseline_section(overlaps, floor, settings.seed) for name, floor in floors.items()}


def _swap(pairs: Sequence[SwapPair], answer: Answer, seed: int) -> dict[str, Any]:
    """Run the swap test and its floors."""
    floors = {"always-leftmost": always_leftmost(pairs), "category-only": category_only(pairs, answer)}
    return swap_section(swap_test(pairs, answer), floors, seed)
