"""The runs and evaluations behind the rows of a table: each is made once, and found again afterwards."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refseg.models.cmpc.config import CmpcConfig
from refseg.models.cmpc.video_config import CmpcVideoConfig
from refseg_cli import console
from refseg_cli.errors import RefsegError, UsageError

from .checkpoint_report import describe_checkpoint
from .config_text import differences
from .eval_plan import EvalRequest
from .eval_run import run_evaluation
from .eval_settings import Settings
from .kept_levels import KeptLevels
from .report_head import sha256
from .run_config import RunConfig
from .selection import Wanted
from .stopping import Stopped
from .training_plan import TrainingPlan, TrainingRequest, make_plan
from .training_run import run as train

FOLDER = "reproduce"
"""Of these runs, among those of their dataset."""


class Interrupted(RefsegError):
    """A table was asked to stop, and nothing that was done is lost."""

    exit_code = 130


@dataclass(frozen=True)
class Run:
    """A network that is trained with one seed; rows that are the same network share it.

    Attributes:
        request: That trains it.
        plan: What that comes to.
    """

    request: TrainingRequest
    plan: TrainingPlan

    @property
    def path(self) -> Path:
        """Its folder, which tells what it is."""
        return self.plan.folder.path

    @property
    def steps(self) -> int:
        """How many it takes."""
        return self.plan.config.training.steps

    def steps_done(self) -> int:
        """How many are done, and not lost when it is interrupted; -1 if it has not begun.

        Raises:
            UsageError: If a run with other settings is in its place.
            CheckpointError: If its checkpoint is broken.
        """
        if not (self.path / "config.toml").is_file():
            return -1
        there, _ = self.plan.folder.read()
        if differs := differences(_effective(there), _effective(self.plan.config)):
            key, found, asked = differs[0]
            raise UsageError(
                f"{self.path} was trained with {key} {found}, and now {asked} is asked for: "
                "choose another folder with --out, or the same --set"
            )
        last = self.plan.folder.last
        return int(describe_checkpoint(last)["provenance"]["steps"]) if last.is_file() else 0


def plan_run(request: TrainingRequest, seed: int) -> Run:
    """Plan the run of a row: it is named after what its network has, and the seed.

    Args:
        request: With the dataset, the preset and the settings of the row.
        seed: Of the run.

    Raises:
        ConfigError: If a setting is wrong.
    """
    request = replace(request, settings=(*request.settings, f"training.seed={seed}"))
    name = f"{FOLDER}/{network_name(make_plan(request).config)}-seed{seed}"
    request = replace(request, name=name)
    return Run(request, make_plan(request))


def network_name(config: RunConfig) -> str:
    """Name a network after its levels and the parts of the method that it has, such as c5-ep-rar.

    Networks of one dataset that have the same name are the same, in all ablations of the paper.
    """
    head = config.head
    layers = str(head.graph_layers) if head.graph_layers > 1 else ""
    parts = {
        "ep": head.entity_perception,
        f"rar{layers}": head.relation_reasoning,
        f"tgfe{head.exchange_rounds}": head.exchange_rounds > 0,
        **_video_parts(head),
        "by-sentence": head.exchange_guide == "sentence",
        "clstm": head.convlstm,
        "glove": bool(config.text.glove),
        "cmf": head.concat_multimodal,
    }
    return "-".join(["".join(head.levels), *(part for part, has in parts.items() if has)])


def _video_parts(head: CmpcConfig) -> dict[str, bool]:
    if not isinstance(head, CmpcVideoConfig):
        return {}
    adaptive = head.temporal_adjacency == "adaptive"
    return {"aar": head.action_reasoning, "by-words": head.action_reasoning and adaptive}


def train_run(run: Run, kept: KeptLevels) -> None:
    """Train a run, go on with it where it stopped, or leave it as it is when it is done.

    Args:
        run: to train.
        kept: levels of images that runs before it have computed.

    Raises:
        Interrupted: If it was asked to stop.
        RefsegError: What training raises.
    """
    done = run.steps_done()
    if done == run.steps:
        return
    request = run.request
    if done >= 0:
        console.say(f"going on with {run.path}")
        request = TrainingRequest(
            resume=run.path, data=request.data, device=request.device, quiet=request.quiet
        )
    else:
        console.say(f"training {run.path}")
    try:
        train(request, kept)
    except Stopped:
        raise Interrupted(
            f"stopped in {run.path}, everything is saved; to go on, type the same again"
        ) from None


def evaluate_run(run: Run, split: str, settings: Settings) -> dict[str, Any]:
    """Score the last checkpoint of a run, unless its folder has the report already.

    Returns:
        The report of `refseg eval`.
    """
    folder = run.path / "eval"
    if (report := _find_report(folder, sha256(run.plan.folder.last), split, settings)) is not None:
        return report
    seed = f" (seed {settings.seed})" if settings.word_types == "random" else ""
    types = f"{settings.word_types} word types{seed}"
    console.say(f"scoring {run.path} on {split}, {types}, protocol {settings.protocol}")
    request = EvalRequest(
        checkpoint=str(run.plan.folder.last),
        predictions=None,
        wanted=Wanted(run.request.dataset or "", split=split, data=run.plan.root),
        splits=(split,),
        settings=settings,
        out=folder,
        device=run.request.device,
        force=True,  # what is there under this name is of other settings, or broken
        quiet=run.request.quiet,
    )
    return run_evaluation(request)[0][0]


def _find_report(folder: Path, checkpoint: str, split: str, settings: Settings) -> dict[str, Any] | None:
    """The report on this very checkpoint, split and way to ask."""
    for path in sorted(folder.glob("*.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            if (
                report["checkpoint"]["sha256"] == checkpoint
                and (report["data"]["split"], report["data"]["partial"]) == (split, False)
                and _has(report["settings"], settings.described())
            ):
                return dict(report)
        except (ValueError, KeyError, TypeError):
            continue  # a file of somebody else's
    return None


def _has(table: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(table[key] == json.loads(json.dumps(value)) for key, value in values.items())


def _effective(config: RunConfig) -> RunConfig:
    """The configuration without what changes nothing: no reasoning about relations, no graph."""
    if config.head.relation_reasoning:
        return config
    return replace(config, head=replace(config.head, graph_layers=1))
