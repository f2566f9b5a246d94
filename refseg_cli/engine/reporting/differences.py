"""By how much one answers the same sentences better than another, from the records of `refseg eval`."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from refseg_cli.engine.bootstrap import image_table, interval, redrawn_sums
from refseg_cli.engine.metrics import METRICS, Overlap, mean_difference, score

from .tables import Cell, Figure

Record = Mapping[str, Any]
Pair = tuple[Sequence[Record], Sequence[Record]]
"""What two have answered to the same sentences, one record for each."""

RIGHT = "right object"
"""The share of answers that go for the named object, where a dataset knows all objects of its scenes."""


def differences(pairs: Sequence[Pair], seed: int) -> dict[str, Cell]:
    """The mean of the differences of several pairs, first minus second, with its interval over photos.

    Args:
        pairs: One for each seed of a training, all about the same sentences.
        seed: Of the draws of photos.
    """
    overlaps = [(_overlaps(first), _overlaps(second)) for first, second in pairs]
    cells: dict[str, Cell] = {
        name: Figure(100 * value, (100 * low, 100 * high), signed=True)
        for name, (value, low, high) in mean_difference(overlaps, seed).items()
    }
    if _know_objects(pairs):
        cells[RIGHT] = _right_object(pairs, seed)
    return cells


def spread(pairs: Sequence[Pair]) -> dict[str, Cell]:
    """The same differences with their standard deviation from pair to pair."""
    found = [_plain(*pair, _know_objects(pairs)) for pair in pairs]
    return {
        name: Figure(
            fmean(each[name] for each in found), deviation=stdev(each[name] for each in found), signed=True
        )
        for name in found[0]
    }


def refined(records: Sequence[Record]) -> list[Record]:
    """Records of the masks after a CRF."""
    return [{**record, **record["crf"]} for record in records]


def _plain(first: Sequence[Record], second: Sequence[Record], know_objects: bool) -> dict[str, float]:
    """In points."""
    one, other = (score(_overlaps(records)).by_name() for records in (first, second))
    found = {name: 100 * (one[name] - other[name]) for name in METRICS}
    if know_objects:
        n_more = sum(record["named_object"] for record in first) - sum(r["named_object"] for r in second)
        found[RIGHT] = 100 * n_more / len(first)
    return found


def _overlaps(records: Sequence[Record]) -> list[Overlap]:
    return [Overlap(r["sample_id"], r["image_id"], r["intersection"], r["union"]) for r in records]


def _know_objects(pairs: Sequence[Pair]) -> bool:
    return all(record["named_object"] is not None for pair in pairs for side in pair for record in side)


def _right_object(pairs: Sequence[Pair], seed: int) -> Figure:
    """By how much more often the first goes for the named object, drawing whole photos again."""
    counts: defaultdict[Hashable, list[int]] = defaultdict(lambda: [0, 0])
    for first, second in pairs:
        for sign, records in ((1, first), (-1, second)):
            for record in records:
                counts[record["image_id"]][0] += sign * record["named_object"]
                counts[record["image_id"]][1] += sign > 0
    table = image_table(counts)
    drawn = redrawn_sums(table, seed)
    low, high = interval(100 * drawn[:, 0] / drawn[:, 1])
    n_more, n_asked = table.sum(axis=0)
    return Figure(100 * float(n_more / n_asked), (low, high), signed=True)
