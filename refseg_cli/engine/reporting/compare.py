"""What sets two runs apart: the differences of their scores on the same sentences, with intervals."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refseg_cli.engine.breakdown import grouped, length_group, relation_group, size_group
from refseg_cli.errors import DataError, UsageError

from .differences import Pair, Record, differences, refined, spread
from .runs import Evaluation, Run
from .scores import WITH_CRF
from .seeds import joint_name, without_seed
from .tables import Line, Table

Question = tuple[list[Evaluation], list[Evaluation]]
"""The evaluations of both sides that go together: of each side one for each seed."""


@dataclass(frozen=True)
class _Sides:
    """Two configurations.

    Attributes:
        first, second: The seeds of each; pairs are of the same place.
    """

    first: Sequence[Run]
    second: Sequence[Run]

    @property
    def names(self) -> tuple[str, str]:
        """What each is called."""
        return joint_name(self.first), joint_name(self.second)


def comparison(runs: Sequence[Run]) -> list[Table]:
    """Compare two runs, or two configurations with several seeds each, on the same sentences.

    Args:
        runs: Two; or more that are two configurations, or one that was asked in two ways, with as many seeds.

    Returns:
        A table for each question that both were asked; with several seeds another of how far they differ.

    Raises:
        UsageError: If they are not two, or were not asked the same.
        DataError: If they were asked about other sentences, or it is not known about which.
    """
    sides = _two(runs)
    tables = [table for question in _asked_alike(sides) for table in _compared(sides, question)]
    if not tables:
        first, second = sides.names
        raise UsageError(
            f"{first} and {second} were not asked the same; evaluate both on one split: refseg eval "
            "--checkpoint RUN/checkpoints/best.safetensors --dataset NAME --out RUN/eval"
        )
    return tables


def _two(runs: Sequence[Run]) -> _Sides:
    groups = [[run] for run in runs] if len(runs) == 2 else _configurations(runs)
    if len(groups) != 2:
        raise UsageError(
            f"--compare takes two runs, or two configurations with several seeds each, not {len(groups)}: "
            "leave some out"
        )
    first, second = groups
    if len(first) != len(second):
        raise UsageError(
            f"--compare takes as many seeds of both, not {len(first)} and {len(second)}: leave some out"
        )
    return _Sides(first, second)


def _configurations(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs that differ in their seed alone, by it; reports of runs are put apart by what was asked too."""
    groups: defaultdict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        how = run.evaluations[0].how if len(run.evaluations) == 1 else ""
        groups[without_seed(run), how].append(run)
    return [sorted(group, key=_seed) for group in groups.values()]


def _seed(run: Run) -> int:
    return int(run.config["training"]["seed"]) if run.config else 0


def _asked_alike(sides: _Sides) -> Iterator[Question]:
    """What all were asked; one evaluation alone of each goes together however it was asked."""
    every = [run.evaluations for run in (*sides.first, *sides.second)]
    n_first = len(sides.first)
    if all(len(evaluations) == 1 for evaluations in every):
        alone = [evaluations[0] for evaluations in every]
        yield alone[:n_first], alone[n_first:]
        return
    asked = [{(each.data, each.how): each for each in evaluations} for evaluations in every]
    for question in asked[0]:
        if all(question in each for each in asked):
            found = [each[question] for each in asked]
            yield found[:n_first], found[n_first:]


def _compared(sides: _Sides, question: Question) -> Iterator[Table]:
    one, other = question
    pairs = [(_records(each), _records(another)) for each, another in zip(one, other, strict=True)]
    if len({_asked_about(records) for pair in pairs for records in pair}) > 1:
        raise DataError(
            f"{' and '.join(sides.names)} were asked about other sentences ({one[0].path}, {other[0].path}); "
            "evaluate all on the same: refseg eval"
        )
    data = one[0].report["data"]["dataset"]
    seed = one[0].report["settings"]["seed"]
    groups = dict(_groups(pairs, data))
    lines = [
        Line("", one[0].data, what, {"sentences": f"{len(group[0][0]):,}", **differences(group, seed)})
        for what, group in groups.items()
    ]
    title, about = " − ".join(sides.names), (one[0].data,)
    yield Table(title, tuple(lines), tuple(_notes(sides, question)), about)
    if len(pairs) > 1:
        by_seed = tuple(Line("", one[0].data, what, spread(group)) for what, group in groups.items())
        note = "Mean ± standard deviation (n − 1) of the differences with each seed, in points."
        yield Table(f"{title}, from seed to seed", by_seed, (note,), about)


def _notes(sides: _Sides, question: Question) -> Iterator[str]:
    first, second = sides.names
    yield f"{first} minus {second} in points, with the 95 % interval over photos, drawn alike for both."
    yield "An interval that leaves out 0 is more than the choice of photos explains."
    if len(sides.first) > 1:
        seeds = (", ".join(str(_seed(run)) for run in side) for side in (sides.first, sides.second))
        yield f"Means over seeds ({' against '.join(seeds)}); the interval is over photos alone."
    hows = [evaluations[0].how or "as usual" for evaluations in question]
    if hows[0] != hows[1]:
        yield f"They were asked in two ways: {hows[0]}; {hows[1]}."


def _records(evaluation: Evaluation) -> list[Record]:
    """Of each sentence.

    Raises:
        DataError: If the file of samples is missing.
    """
    samples = evaluation.samples()
    if not samples:
        path = evaluation.path.with_suffix(".samples.jsonl")
        raise DataError(f"{path} is missing; make it again: refseg eval --force")
    return samples


def _asked_about(records: Sequence[Record]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((record["sample_id"], record["image_id"]) for record in records))


def _groups(pairs: Sequence[Pair], dataset: str) -> Iterator[tuple[str, list[Pair]]]:
    """All sentences, then each group where there are several."""
    yield "all", list(pairs)
    if all("crf" in record for pair in pairs for records in pair for record in records):
        yield WITH_CRF, [(refined(first), refined(second)) for first, second in pairs]
    group_of: Mapping[str, Callable[[Record], str]] = {
        "kind": lambda record: str(record["kind"]),
        "length": lambda record: length_group(record["length"], dataset),
        "size": lambda record: size_group(record["area"]),
        "relation words": lambda record: relation_group(record["expression"]),
    }
    for by, name_of in group_of.items():
        sorted_out = [(_sorted(first, name_of), _sorted(second, name_of)) for first, second in pairs]
        names = list(sorted_out[0][0])
        for name in names if len(names) > 1 else ():
            yield f"{by}: {name}", [(first[name], second[name]) for first, second in sorted_out]


def _sorted(records: Sequence[Record], name_of: Callable[[Record], str]) -> dict[str, list[Record]]:
    places = grouped([name_of(record) for record in records])
    return {name: [records[place] for place in there] for name, there in places.items()}
