"""What runs with several seeds have in common: the mean of a score, and how far seeds spread it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, stdev

from refseg_cli.engine.metrics import METRICS

from .runs import Run
from .scores import WITH_CRF
from .tables import Cell, Figure, Line, Table


def one_configuration(runs: Sequence[Run]) -> list[list[Run]]:
    """Put together the runs that differ in nothing but their seed; what is not known to is alone."""
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        groups[_without_seed(run) if run.config else run.name].append(run)
    return list(groups.values())


def _without_seed(run: Run) -> str:
    training = {key: value for key, value in run.config["training"].items() if key != "seed"}
    return json.dumps({**run.config, "training": training}, sort_keys=True)


def over_seeds(runs: Sequence[Run]) -> Table | None:
    """The mean and standard deviation of each score over the seeds of a configuration; None without seeds."""
    lines = [line for group in one_configuration(runs) if len(group) > 1 for line in _mean_lines(group)]
    note = "Mean over seeds ± their standard deviation (n − 1), in percent."
    return Table("Several seeds", tuple(lines), (note,)) if lines else None


def _mean_lines(runs: Sequence[Run]) -> Iterator[Line]:
    asked: defaultdict[tuple[str, str], list[tuple[Run, Mapping[str, float]]]] = defaultdict(list)
    for run in runs:
        for evaluation in run.evaluations:
            scored = {"": evaluation.report, WITH_CRF: evaluation.report["crf"]}
            for crf, found in scored.items():
                if found:
                    how = ", ".join(filter(None, (evaluation.how, crf)))
                    asked[evaluation.data, how].append((run, found["scores"]))
    for (data, how), found in asked.items():
        if len(found) > 1:
            seeds = ", ".join(str(run.config["training"]["seed"]) for run, _ in found)
            cells: dict[str, Cell] = {"seeds": seeds}
            for metric in METRICS:
                values = [100 * scores[metric] for _, scores in found]
                cells[metric] = Figure(fmean(values), deviation=stdev(values))
            yield Line(" + ".join(run.name for run, _ in found), data, how, cells)
