"""What sets two runs apart: the differences of their scores on the same sentences, with intervals."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from refseg_cli.engine.bootstrap import image_table, interval, redrawn_sums
from refseg_cli.engine.breakdown import relation_group, size_group
from refseg_cli.engine.metrics import Overlap, paired_difference
from refseg_cli.errors import DataError, UsageError

from .runs import Evaluation, Run
from .scores import WITH_CRF
from .seeds import one_configuration
from .tables import Cell, Figure, Line, Table

Record = Mapping[str, Any]
RIGHT = "right object"
"""The share of answers that go for the named object, where a dataset knows all objects of its scenes."""


@dataclass(frozen=True)
class _Side:
    """One side of a comparison: the evaluations of one configuration, one for each seed."""

    name: str
    evaluations: Sequence[Evaluation]

    def records(self) -> list[Record]:
        """Of all seeds together.

        Raises:
            DataError: If a file of samples is missing.
        """
        found = []
        for evaluation in self.evaluations:
            samples = evaluation.samples()
            if not samples:
                path = evaluation.path.with_suffix(".samples.jsonl")
                raise DataError(f"{path} is missing; make it again: refseg eval --force")
            found += samples
        return found


def comparison(runs: Sequence[Run]) -> list[Table]:
    """Compare two runs, or two configurations with several seeds each, on the same sentences.

    Args:
        runs: Two; or more that are two configurations, whose seeds are then taken together.

    Returns:
        A table for each question that both were asked.

    Raises:
        UsageError: If they are not two, or were not asked the same.
        DataError: If they were asked about other sentences, or it is not known about which.
    """
    first, second = _two(runs)
    names = tuple(" + ".join(run.name for run in group) for group in (first, second))
    tables = []
    for one, other in _asked_alike(first, second):
        tables.append(_compared(_Side(names[0], one), _Side(names[1], other)))
    if not tables:
        raise UsageError(
            f"{names[0]} and {names[1]} were not asked the same; evaluate both on one split: refseg eval "
            "--checkpoint RUN/checkpoints/best.safetensors --dataset NAME --out RUN/eval"
        )
    return tables


def _two(runs: Sequence[Run]) -> list[list[Run]]:
    groups = [[run] for run in runs] if len(runs) == 2 else one_configuration(runs)
    if len(groups) != 2:
        raise UsageError(
            f"--compare takes two runs, or two configurations with several seeds each, not {len(groups)}: "
            "leave some out"
        )
    if len(groups[0]) != len(groups[1]):
        raise UsageError(
            f"--compare takes as many seeds of both, not {len(groups[0])} and {len(groups[1])}: "
            "leave some out"
        )
    return groups


def _asked_alike(
    first: Sequence[Run], second: Sequence[Run]
) -> Iterator[tuple[list[Evaluation], list[Evaluation]]]:
    """The evaluations of both sides that go together; one alone of each does so however it was asked."""
    every = [run.evaluations for run in (*first, *second)]
    if all(len(evaluations) == 1 for evaluations in every):
        yield [run.evaluations[0] for run in first], [run.evaluations[0] for run in second]
        return
    asked = [{(each.data, each.how): each for each in evaluations} for evaluations in every]
    for question in asked[0]:
        if all(question in each for each in asked):
            found = [each[question] for each in asked]
            yield found[: len(first)], found[len(first) :]


def _compared(one: _Side, other: _Side) -> Table:
    pair = one.records(), other.records()
    if _asked_about(pair[0]) != _asked_about(pair[1]):
        raise DataError(
            f"{one.name} and {other.name} were asked about other sentences ({one.evaluations[0].path}, "
            f"{other.evaluations[0].path}); evaluate both on the same: refseg eval"
        )
    seed = one.evaluations[0].report["settings"]["seed"]
    data = one.evaluations[0].data
    lines = [Line("", data, what, cells) for what, cells in _differences(*pair, seed)]
    hows = [side.evaluations[0].how or "as usual" for side in (one, other)]
    notes = [
        f"{one.name} minus {other.name} in points, with the 95 % interval over photos, drawn alike for both.",
        "An interval that leaves out 0 is more than the choice of photos explains.",
    ]
    if len(one.evaluations) > 1:
        notes.append(
            f"{len(one.evaluations)} seeds of each are taken together; the interval is over photos alone."
        )
    if hows[0] != hows[1]:
        notes.append(f"They were asked in two ways: {hows[0]}; {hows[1]}.")
    return Table(f"{one.name} − {other.name}", tuple(lines), tuple(notes), (data,))


def _asked_about(records: Sequence[Record]) -> list[tuple[str, int]]:
    return sorted((record["sample_id"], record["image_id"]) for record in records)


def _differences(
    first: Sequence[Record], second: Sequence[Record], seed: int
) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Of all sentences, and of each group where there are several."""
    yield "all", _difference(first, second, seed)
    if all("crf" in record for record in (*first, *second)):
        yield WITH_CRF, _difference(_refined(first), _refined(second), seed)
    groups = {by: (_grouped(first, by), _grouped(second, by)) for by in ("kind", "size", "relation words")}
    for by, (ones, others) in groups.items():
        for name in ones if len(ones) > 1 else ():
            yield f"{by}: {name}", _difference(ones[name], others[name], seed)


def _grouped(records: Sequence[Record], by: str) -> dict[str, list[Record]]:
    groups: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if by == "kind":
            groups[record["kind"]].append(record)
        elif by == "size":
            groups[size_group(record["area"])].append(record)
        else:
            groups[relation_group(record["expression"])].append(record)
    return {name: groups[name] for name in sorted(groups)}


def _refined(records: Sequence[Record]) -> list[Record]:
    return [{**record, **record["crf"]} for record in records]


def _difference(first: Sequence[Record], second: Sequence[Record], seed: int) -> dict[str, Cell]:
    differences = paired_difference(_overlaps(first), _overlaps(second), seed)
    cells: dict[str, Cell] = {"sentences": f"{len({record['sample_id'] for record in first}):,}"}
    for name, (value, low, high) in differences.items():
        cells[name] = Figure(100 * value, (100 * low, 100 * high), signed=True)
    if all(record["named_object"] is not None for record in (*first, *second)):
        cells[RIGHT] = _right_object(first, second, seed)
    return cells


def _overlaps(records: Sequence[Record]) -> list[Overlap]:
    return [Overlap(r["sample_id"], r["image_id"], r["intersection"], r["union"]) for r in records]


def _right_object(first: Sequence[Record], second: Sequence[Record], seed: int) -> Figure:
    """By how much more often the first goes for the named object, drawing whole photos again."""
    counts: defaultdict[Hashable, list[int]] = defaultdict(lambda: [0, 0])
    for sign, records in ((1, first), (-1, second)):
        for record in records:
            counts[record["image_id"]][0] += sign * record["named_object"]
            counts[record["image_id"]][1] += sign > 0
    drawn = redrawn_sums(image_table(counts), seed)
    low, high = interval(100 * drawn[:, 0] / drawn[:, 1])
    value = 100 * sum(count for count, _ in counts.values()) / len(first)
    return Figure(value, (low, high), signed=True)
