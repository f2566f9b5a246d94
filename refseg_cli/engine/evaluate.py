"""The work behind `refseg eval`: ask every sentence, score the answers beside their floors, and report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from refseg.models.predictor import Predictor
from refseg_cli.data.swap_pairs import SwapPair

from .answers import Answer, answer_with_centred_box
from .coco_map import coco_map
from .eval_settings import Settings
from .grid_oracle import answer_with_grid_oracle
from .measure import Measured, measure
from .metrics import Overlap
from .model_answers import answer_with_model
from .named_object import named_object_section
from .predictions_file import Predictions, prediction_line
from .report import baseline_section, sample_records, scores_section, swap_section, video_section
from .report_head import checkpoint_section, predictions_section, ran_on, report_head
from .selection import Selection
from .swap import always_leftmost, category_only, swap_test


@dataclass(frozen=True)
class Evaluation:
    """What came out, in JSON's terms; scores are between 0 and 1.

    Attributes:
        report: All but the samples.
        samples: One record per sample.
        masks: One line per sample, where they are kept.
    """

    report: dict[str, Any]
    samples: list[dict[str, Any]]
    masks: list[str]


def evaluate(predictor: Predictor, selection: Selection, settings: Settings) -> Evaluation:
    """Score a checkpoint; neither the order of the samples nor who shares them changes a result.

    Args:
        predictor: The loaded checkpoint.
        selection: What to ask.
        settings: How to ask.

    Returns:
        The report and the record of every sample.

    Raises:
        DataError: If a photo does not fit its annotation, or there is nothing to swap words for.
        ImageError: If a photo cannot be read.
        MissingExtra: If a CRF is asked for and pydensecrf is not installed.
    """
    pairs = selection.swap_pairs() if settings.swap else []  # before the long work: there may be none
    answer = answer_with_model(predictor, settings)
    measured = _measured(selection, answer, settings)
    described = {**settings.described(), **ran_on(predictor)}
    report = {
        **report_head(selection, described),
        "checkpoint": checkpoint_section(predictor.checkpoint, selection),
        "predictions": None,
        **_scores(measured, selection, settings),
        "named_object": _named_object(measured, predictor, selection, settings),
        "baselines": _baselines(measured, predictor, selection, settings),
        "swap": _swap(pairs, predictor, settings) if pairs else None,
    }
    return _evaluation(report, measured, selection)


def evaluate_predictions(predictions: Predictions, selection: Selection, settings: Settings) -> Evaluation:
    """Score the masks of another tool, as `evaluate` scores a checkpoint's.

    Raises:
        DataError: If a mask cannot be decoded, or is of another size than its photo.
    """
    measured = _measured(selection, predictions.answer(), settings)
    report = {
        **report_head(selection, {"protocol": settings.protocol, "seed": settings.seed}),
        "checkpoint": None,
        "predictions": predictions_section(predictions.path),
        **_scores(measured, selection, settings),
        "named_object": _named_object(measured, None, selection, settings),
        "baselines": _baselines(measured, None, selection, settings),
        "swap": None,
    }
    return _evaluation(report, measured, selection)


def _measured(
    selection: Selection, answer: Answer, settings: Settings, description: str = "evaluating"
) -> list[Measured]:
    return measure(
        selection.samples, answer, description, protocol=settings.protocol, keep_masks=settings.save_masks
    )


def _scores(measured: Sequence[Measured], selection: Selection, settings: Settings) -> dict[str, Any]:
    scored = [each.score for each in measured]
    return {
        **scores_section(measured, selection, settings.seed),
        "mAP_coco": coco_map(_final(measured), scored) if settings.coco_map else None,
        "video": video_section(selection.samples, measured, settings.seed),
    }


def _final(measured: Sequence[Measured]) -> list[Overlap]:
    """After the CRF where there is one."""
    return [each.refined or each.overlap for each in measured]


def _evaluation(report: dict[str, Any], measured: Sequence[Measured], selection: Selection) -> Evaluation:
    masks = [
        prediction_line(each.overlap.sample_id, each.rle, each.score)
        for each in measured
        if each.rle is not None
    ]
    return Evaluation(report, sample_records(measured, selection), masks)


def _named_object(
    measured: Sequence[Measured], predictor: Predictor | None, selection: Selection, settings: Settings
) -> dict[str, Any] | None:
    """Tell which objects the masks went for; of the samples that are asked here, none is asked again."""
    oracle = None
    if predictor is not None and any(each.named_object is not None for each in measured):
        answer = answer_with_grid_oracle(predictor.segmenter, settings.protocol)
        oracle = _measured(selection, answer, replace(settings, save_masks=False), "oracle of the grid")
    return named_object_section(selection.samples, measured, oracle, settings.seed)


def _baselines(
    measured: Sequence[Measured], predictor: Predictor | None, selection: Selection, settings: Settings
) -> dict[str, Any]:
    """Score each floor on the same samples, and compare what is scored, without a CRF, with it."""
    sections = {}
    for name in settings.baselines:
        answer: Answer = answer_with_centred_box
        if name == "random-word-types" and predictor is not None:
            answer = answer_with_model(predictor, replace(settings, word_types="random", crf=False))
        floor = _measured(selection, answer, replace(settings, save_masks=False), name)
        sections[name] = baseline_section(
            [each.overlap for each in measured], [each.overlap for each in floor], settings.seed
        )
    return sections


def _swap(pairs: Sequence[SwapPair], predictor: Predictor, settings: Settings) -> dict[str, Any]:
    """Run the swap test and its floors."""
    answer = answer_with_model(predictor, replace(settings, protocol="original", crf=False))
    floors = {"always-leftmost": always_leftmost(pairs), "category-only": category_only(pairs, answer)}
    return swap_section(swap_test(pairs, answer), floors, settings.seed)
