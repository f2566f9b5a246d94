"""Tables of what runs are, what evaluations have found, and how far that is from the paper's figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from refseg_cli.data.paper_tables import find_row
from refseg_cli.engine.metrics import METRICS
from refseg_cli.engine.training_text import duration

from .runs import Evaluation, Run
from .tables import Cell, Figure, Line, Table, percent

Scored = Mapping[str, Any]
WITH_CRF = "with CRF"


def what_runs_are(runs: Sequence[Run]) -> Table:
    """What was trained, on what, and how it went."""
    return Table("Runs", tuple(Line(run.name, "", "", _facts(run)) for run in runs))


def _facts(run: Run) -> dict[str, Cell]:
    config, facts = run.config, run.facts
    facts_cells: dict[str, Cell] = {
        "preset": str(facts.get("preset", "")),
        "besides": " ".join(facts.get("settings", ())),
    }
    if config:
        training = config["training"]
        facts_cells |= {
            "data": ", ".join(source["dataset"] or source["folder"] for source in config["data"]["sources"]),
            "steps": f"{run.steps_done:,} of {training['steps']:,}",
            "seed": str(training["seed"]),
            "backbone": config["backbone"]["name"],
        }
    told = [record for record in run.records if "losses" in record]
    if told:
        facts_cells |= {
            "loss": f"{told[-1]['losses']['total']:.4g}",
            "time": duration(told[-1]["seconds"]),
        }
    validated = [record["scores"]["oIoU"] for record in run.records if "scores" in record]
    return facts_cells | ({"best validation oIoU": Figure(100 * max(validated))} if validated else {})


def all_scores(runs: Sequence[Run]) -> Iterator[Table]:
    """The scores of every evaluation, and of what was asked in it besides."""
    evaluations = [(run, evaluation) for run in runs for evaluation in run.evaluations]
    if not evaluations:
        return
    yield Table(
        "Scores",
        tuple(line for run, evaluation in evaluations for line in _score_lines(run, evaluation)),
        (
            "In percent, with the 95 % interval over photos.",
            "oIoU is the overlap of all masks taken together, mIoU the mean of the masks' own.",
            "P@X is the share of masks with an IoU of X or more, mAP the mean of P@0.5 to P@0.95.",
            *dict.fromkeys(warning for _, evaluation in evaluations for warning in _warnings(evaluation)),
        ),
    )
    named = [line for run, evaluation in evaluations for line in _named_object(run, evaluation)]
    if named:
        note = "How often no other object of the scene is overlapped as well as the named one."
        yield Table("Which object?", tuple(named), (note,))
    swaps = [line for run, evaluation in evaluations for line in _swap(run, evaluation)]
    if swaps:
        note = "Words such as left and right are swapped: a pair is right where both answers follow."
        yield Table("Swap test", tuple(swaps), (note,))


def _score_lines(run: Run, evaluation: Evaluation) -> Iterator[Line]:
    report, data = evaluation.report, evaluation.data
    yield Line(run.name, data, evaluation.how, _scored(report))
    if report["crf"]:
        yield Line(run.name, data, _joined(evaluation.how, WITH_CRF), _scored(report["crf"]))
    if report["mAP_coco"] is not None:
        yield Line(
            run.name, data, _joined(evaluation.how, "COCO's"), {"mAP_coco": Figure(100 * report["mAP_coco"])}
        )
    for name, floor in report["baselines"].items():
        yield Line(run.name, data, name, _scored(floor))
        yield Line(run.name, data, f"above {name}", _above(floor["checkpoint_above"]))


def _above(differences: Mapping[str, Mapping[str, float]]) -> dict[str, Cell]:
    return {
        name: Figure(100 * each["value"], (100 * each["low"], 100 * each["high"]), signed=True)
        for name, each in differences.items()
    }


def _warnings(evaluation: Evaluation) -> Iterator[str]:
    data, checkpoint, where = evaluation.report["data"], evaluation.report["checkpoint"], evaluation.data
    if data["partial"]:
        yield f"{where}: PARTIAL, {data['n_expressions']} of {data['n_available']} sentences."
    if data["pseudo_masks"]:
        yield f"{where}: against pseudo-masks, which a machine has made."
    if checkpoint and checkpoint["contaminated"]:
        source = data["images_from"]
        yield f"{where}: contaminated, the backbone of {checkpoint['name']} was trained on {source} too."
    if checkpoint and (n_known := checkpoint["n_images_trained_on"]):
        yield f"{where}: NOT HELD OUT, {checkpoint['name']} was trained on {n_known} of these photos."


def breakdowns(run: Run, evaluation: Evaluation) -> Iterator[Table]:
    """The scores of each group of sentences: by kind, length, size, types and category."""
    report = evaluation.report
    groups = {"kind": report["kinds"], **report["breakdown"]}
    for by, named in groups.items():
        if len(named) > 1:
            lines = tuple(
                Line(
                    run.name,
                    evaluation.data,
                    name,
                    {"sentences": f"{scored['n_expressions']:,}", **_scored(scored)},
                )
                for name, scored in named.items()
            )
            yield Table(f"By {by}", lines, about=(run.name, evaluation.data, evaluation.how))


def _named_object(run: Run, evaluation: Evaluation) -> Iterator[Line]:
    named = evaluation.report["named_object"]
    if named is None:
        return
    kinds = named["kinds"] if len(named["kinds"]) > 1 else {}
    for kind, group in {"": named, **kinds}.items():
        low, high = group["right"]["interval"]
        shares = {"chance": "chance", "oIoU": "oIoU", "oracle_oIoU": "grid's oIoU", "ratio": "ratio"}
        cells: dict[str, Cell] = {
            "sentences": f"{group['n_expressions']:,}",
            "right": Figure(100 * group["right"]["value"], (100 * low, 100 * high)),
        }
        cells |= {head: Figure(100 * group[key]) for key, head in shares.items() if group[key] is not None}
        yield Line(run.name, evaluation.data, _joined(evaluation.how, kind), cells)


def _swap(run: Run, evaluation: Evaluation) -> Iterator[Line]:
    swap = evaluation.report["swap"]
    if swap is None:
        return
    for name, scores in {"": swap, **swap["kinds"], **swap["floors"]}.items():
        shares = {head: scores[head] for head in ("pairs", "sentences")}
        cells = percent(
            {head: share["value"] for head, share in shares.items()},
            {head: share["interval"] for head, share in shares.items()},
        )
        yield Line(run.name, evaluation.data, _joined(evaluation.how, name), cells)


def beside_the_paper(runs: Sequence[Run]) -> Table | None:
    """The row of the paper that each run repeats, beside what it has reached; None without such a row."""
    lines = [line for run in runs for evaluation in run.evaluations for line in _paper(run, evaluation)]
    if not lines:
        return None
    foreign = any(_ELSEWHERE in line.what for line in lines)
    note = "Where ours is on other data than the paper's, only which row is above which can be compared."
    return Table("Beside the paper", tuple(lines), _NOTES + ((note,) if foreign else ()))


_ELSEWHERE = "the paper's data"
_NOTES = (
    "The paper's masks of tables 1 and 11 were refined by a DenseCRF; of the others it does not say.",
    "The authors' evaluation counts a fringe around each mask: compare with --protocol cmpc.",
)


def _paper(run: Run, evaluation: Evaluation) -> Iterator[Line]:
    """The paper's row, then ours, and by how much ours is above where both are of the same data."""
    data = evaluation.report["data"]
    row = find_row(run.layers, run.facts.get("settings", ()), evaluation.word_types)
    if row is None or evaluation.report["checkpoint"] is None:
        return
    whole = not data["partial"] and data["part"] is None
    asked = (data["dataset"], data["split"])
    same_data = whole and any(column[:2] == asked for column in row.figures)
    there = asked if same_data else next(iter(row.figures))[:2]
    printed = {column.metric: figure for column, figure in row.figures.items() if column[:2] == there}
    elsewhere = "" if same_data else f"{' '.join(there)} is {_ELSEWHERE}"
    name = _joined(f"paper, table {row.table}: {row.name}", elsewhere)
    yield Line(
        run.name, evaluation.data, name, {head: Figure(value, digits=2) for head, value in printed.items()}
    )
    for crf, scored in {"": evaluation.report, WITH_CRF: evaluation.report["crf"]}.items():
        if scored:
            how = _joined(evaluation.how, crf)
            yield from _beside(Line(run.name, evaluation.data, how, {}), printed, scored, same_data)


def _beside(line: Line, printed: Mapping[str, float], scored: Scored, same_data: bool) -> Iterator[Line]:
    figures = {name: cell for name, cell in _scored(scored).items() if name in printed}
    yield replace(
        line,
        what=_joined("ours", line.what),
        cells={head: replace(figure, digits=2) for head, figure in figures.items()},
    )
    if same_data:
        above = {
            head: Figure(figure.value - printed[head], signed=True, digits=2)
            for head, figure in figures.items()
        }
        yield replace(line, what=_joined("ours − paper", line.what), cells=above)


def _scored(scored: Scored) -> dict[str, Figure]:
    return percent({name: scored["scores"][name] for name in METRICS}, scored["intervals"])


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
