"""What runs with several seeds have in common: the mean of a score, and how far seeds spread it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, stdev

from refseg_cli.engine.metrics import METRICS

from .runs import Run
from .scores import WITH_CRF
from .tables import Cell, Figure, Line, Table

_SEED = re.compile(r"(?<=seed)[0-9]+")
"""In the name of a run."""


def one_configuration(runs: Sequence[Run]) -> list[list[Run]]:
    """Put together the runs that differ in nothing but their seed; what is not known to is alone."""
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        groups[without_seed(run)].append(run)
    return list(groups.values())


def without_seed(run: Run) -> str:
    """What the seeds of a configuration share; of a run that is not known, its name."""
    if not run.config:
        return run.name
    training = {key: value for key, value in run.config["training"].items() if key != "seed"}
    return json.dumps({**run.config, "training": training}, sort_keys=True)


def joint_name(runs: Sequence[Run]) -> str:
    """A name for runs together: `ep-rar-seed{0,1,2}`, as a shell would take it, or `one + other`."""
    names = [run.name for run in runs]
    around = {_SEED.sub("{}", name, 1) for name in names}
    if len(names) == 1 or len(around) > 1:
        return " + ".join(names)
    seeds = ",".join(number for name in names for number in _SEED.findall(name)[:1])
    return around.pop().replace("{}", f"{{{seeds}}}")


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
            yield Line(joint_name([run for run, _ in found]), data, how, cells)
