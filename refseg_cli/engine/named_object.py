"""How often a mask goes for the object that is named, beside chance, and what the grid would let it score."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from refseg_cli.data.samples import Sample
from refseg_cli.data.scene_objects import scene_objects

from .bootstrap import image_table, interval, redrawn_sums
from .measure import Measured
from .metrics import Overlap, score


@dataclass(frozen=True)
class _Case:
    """What is known of a sentence about a scene whose objects are all known."""

    kind: str
    n_candidates: int
    right: bool
    overlap: Overlap
    oracle: Overlap | None


def named_object_section(
    samples: Sequence[Sample], measured: Sequence[Measured], oracle: Sequence[Measured] | None, seed: int
) -> dict[str, Any] | None:
    """Tell how often the final mask overlaps the named object better than any other object of its scene.

    Args:
        samples: what was asked.
        measured: what each answer was worth.
        oracle: the same of the oracle of the head's grid; None where no head is known.
        seed: of the intervals, for which whole scenes are drawn again.

    Returns:
        `n_expressions`; `right` (`value` and `interval`); `chance`, the share that would be right by picking
        among what the noun alone could mean; `oIoU`, `oracle_oIoU` and their `ratio`, the last two None
        without an oracle; and the same by `kinds`. None where no dataset knows the objects of its scenes.
    """
    kinds: defaultdict[str, list[_Case]] = defaultdict(list)
    cases = _cases(samples, measured, oracle)
    for case in cases:
        kinds[case.kind].append(case)
    if not cases:
        return None
    return {**_summary(cases, seed), "kinds": {kind: _summary(kinds[kind], seed) for kind in sorted(kinds)}}


def _cases(
    samples: Sequence[Sample], measured: Sequence[Measured], oracle: Sequence[Measured] | None
) -> list[_Case]:
    cases = []
    for place, (sample, answer) in enumerate(zip(samples, measured, strict=True)):
        objects = scene_objects(sample)
        if objects is not None:
            best = oracle[place].overlap if oracle is not None else None
            final = answer.refined or answer.overlap
            right = bool(answer.named_object)
            cases.append(_Case(sample.kind, objects.n_candidates, right, final, best))
    return cases


def _summary(cases: Sequence[_Case], seed: int) -> dict[str, Any]:
    overall_iou = score([case.overlap for case in cases]).overall_iou
    known = [case.oracle for case in cases if case.oracle is not None]
    best = score(known).overall_iou if known else None
    return {
        "n_expressions": len(cases),
        "right": _right(cases, seed),
        "chance": fsum(1 / case.n_candidates for case in cases) / len(cases),
        "oIoU": overall_iou,
        "oracle_oIoU": best,
        "ratio": overall_iou / best if best else None,
    }


def _right(cases: Sequence[_Case], seed: int) -> dict[str, Any]:
    """The share of right ones with its 95 % interval."""
    by_scene: defaultdict[int, list[bool]] = defaultdict(list)
    for case in cases:
        by_scene[case.overlap.image_id].append(case.right)
    table = image_table({scene: (sum(right), len(right)) for scene, right in by_scene.items()})
    redrawn = redrawn_sums(table, seed)
    return {
        "value": sum(case.right for case in cases) / len(cases),
        "interval": list(interval(redrawn[:, 0] / redrawn[:, 1])),
    }
