"""A run as it lies on the disk: what was asked for, how training went, and what evaluations have found."""

import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from refseg_cli.engine.report_head import SCHEMA_VERSION
from refseg_cli.errors import DataError, UsageError

Record = Mapping[str, Any]
_CONFIG = "config.toml"


@dataclass(frozen=True)
class Evaluation:
    """A report of `refseg eval`.

    Attributes:
        path: The file.
        report: What it holds.
        apart: What tells it from others of its run that were asked alike; empty where there are none.
    """

    path: Path
    report: Record = field(repr=False)
    apart: str = ""

    @property
    def data(self) -> str:
        """What was scored, such as "unc val"."""
        data = self.report["data"]
        part = f" ({data['part']})" if data["part"] else ""
        partial = f" (first {data['n_expressions']})" if data["partial"] else ""
        return f"{data['dataset']} {data['split']}{part}{partial}"

    @property
    def how(self) -> str:
        """How it was asked, as far as that is not the usual way; empty where it is."""
        settings = self.report["settings"]
        said = [
            self.apart,
            "" if settings["protocol"] == "original" else f"protocol {settings['protocol']}",
            "" if self.word_types == "learned" else f"{self.word_types} word types",
            "" if settings.get("threshold", 0.5) == 0.5 else f"threshold {settings['threshold']}",
        ]
        return ", ".join(filter(None, said))

    @property
    def word_types(self) -> str:
        """Where the types of words came from."""
        return str(self.report["settings"].get("word_types", "learned"))

    def samples(self) -> list[Record]:
        """The record of each sentence, from the file beside the report; none where it is missing.

        Raises:
            DataError: If it is broken.
        """
        path = self.path.with_suffix(".samples.jsonl")
        if not path.is_file():
            return []
        try:
            return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read ({error}); make it again: refseg eval --force") from None


@dataclass(frozen=True)
class Run:
    """A run, or an evaluation alone.

    Attributes:
        name: Tells it from the others that are shown with it.
        folder: Of the run; None where an evaluation does not lie in one.
        evaluations: The usual way of asking first.
        config: Of the training, by section; empty where it is not known.
        facts: What was asked for besides: `preset`, `settings`, `data`.
        records: The lines of `metrics.jsonl`.
    """

    name: str
    folder: Path | None
    evaluations: tuple[Evaluation, ...]
    config: Record = field(default_factory=dict, repr=False)
    facts: Record = field(default_factory=dict, repr=False)
    records: Sequence[Record] = field(default=(), repr=False)

    @property
    def checkpoints(self) -> list[Path]:
        """Those that are there, the best first."""
        if self.folder is None:
            return []
        places = (self.folder / "checkpoints" / f"{name}.safetensors" for name in ("best", "last"))
        return [path for path in places if path.is_file()]

    @property
    def steps_done(self) -> int:
        """How far training has told that it has come."""
        return max((record["step"] for record in self.records), default=0)

    @property
    def layers(self) -> list[str]:
        """The presets that were laid over each other."""
        return str(self.facts.get("preset", "")).split(",")


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Read what is there of each run, and give each a name of its own.

    Args:
        paths: Folders of runs, and reports of `refseg eval`.

    Raises:
        UsageError: If a path is neither, or is there twice.
        DataError: If a file is broken.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError("a run is named twice: name each once")
    runs = [_read_folder(path) if path.is_dir() else _read_file(path) for path in paths]
    names = _unique_names(runs, paths)
    return [replace(run, name=name) for run, name in zip(runs, names, strict=True)]


def _unique_names(runs: Sequence[Run], paths: Sequence[Path]) -> list[str]:
    """The shortest kind of names that tells them apart."""
    resolved = [path.resolve() for path in paths]
    kinds: list[list[str]] = [
        [run.name for run in runs],
        [f"{path.parent.name}/{path.stem}" for path in resolved],
        [str(path) for path in resolved],
    ]
    return next(names for names in kinds if len(set(names)) == len(names))


def _read_folder(folder: Path) -> Run:
    if not (folder / _CONFIG).is_file():
        raise UsageError(
            f"{folder} is not the folder of a run: name one, such as runs/unc/official, or a report of "
            "refseg eval"
        )
    found = _told_apart([_read_evaluation(path) for path in sorted((folder / "eval").glob("*.json"))])
    return replace(_training(folder), evaluations=tuple(sorted(found, key=_usual_first)))


def _told_apart(evaluations: Sequence[Evaluation]) -> Iterator[Evaluation]:
    """Of those that were asked alike, each says which checkpoint it is of, or with which seed."""
    alike: defaultdict[tuple[str, str], list[Evaluation]] = defaultdict(list)
    for each in evaluations:
        alike[each.data, each.how].append(each)
    for each in evaluations:
        others = alike[each.data, each.how]
        several = (kind for kind in (_checkpoint, _random_seed) if len({*map(kind, others)}) > 1)
        yield replace(each, apart=", ".join(kind(each) for kind in several))


def _checkpoint(evaluation: Evaluation) -> str:
    asked = evaluation.report["checkpoint"] or evaluation.report["predictions"]
    return f"checkpoint {asked['name']}"


def _random_seed(evaluation: Evaluation) -> str:
    return f"seed {evaluation.report['settings']['seed']}"


def _read_file(path: Path) -> Run:
    evaluation = _read_evaluation(path)
    folder = path.resolve().parent.parent
    if path.resolve().parent.name == "eval" and (folder / _CONFIG).is_file():
        run = replace(_training(folder), evaluations=(evaluation,))
    else:
        asked = evaluation.report["checkpoint"] or evaluation.report["predictions"]
        run = Run(asked["name"], None, (evaluation,), facts=asked.get("provenance", {}))
    return replace(run, name=", ".join(filter(None, (run.name, evaluation.how))))


def _training(folder: Path) -> Run:
    """The run without its evaluations."""
    return Run(
        folder.resolve().name,
        folder,
        (),
        _read(folder / _CONFIG, tomllib.loads),
        _read(folder / "trainer" / "run.json", json.loads),
        _records(folder / "metrics.jsonl"),
    )


def _usual_first(evaluation: Evaluation) -> tuple[bool, str]:
    return bool(evaluation.how), evaluation.path.name


def _read_evaluation(path: Path) -> Evaluation:
    if not path.is_file():
        raise UsageError(f"{path}: no such run; name its folder, such as runs/unc/official")
    report = _read(path, json.loads)
    if report.get("schema_version") != SCHEMA_VERSION or "scores" not in report:
        raise DataError(f"{path} is no report of this refseg eval; make it again: refseg eval --force")
    return Evaluation(path, report)


def _records(path: Path) -> list[Record]:
    """The lines that are whole: the last one may be being written."""
    records: list[Record] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            record = json.loads(line)
        except ValueError:
            break
        if isinstance(record, dict) and "step" in record:
            records.append(record)
    return records


def _read(path: Path, parse: Callable[[str], Any]) -> Record:
    """Read a table; an empty one where there is no file.

    Raises:
        DataError: If it is broken.
    """
    try:
        found = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read ({error}); look at it with: less {path}") from None
    if not isinstance(found, dict):
        raise DataError(f"{path} holds no table; look at it with: less {path}")
    return found
