"""A training run from what was asked to what it leaves behind in its folder."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from refseg.models.backbones.provenance import Provenance
from refseg.models.predictor import find_device
from refseg_cli import console
from refseg_cli.data.mixture import Mixture, read_mixture
from refseg_cli.data.splits import named_by_coco
from refseg_cli.errors import ConfigError

from . import together
from .build import build_for_training
from .data_fingerprint import data_fingerprint
from .devices import check_device
from .dry_run import describe_run
from .kept_levels import KeptLevels
from .launch import launch
from .metrics_log import find_tensorboard
from .run_config import RunConfig
from .stopping import Stopped
from .text_encoders import write_words_without_vector
from .train import Diverged, Trainer
from .training_loop import TrainingLoop
from .training_plan import TrainingPlan, TrainingRequest, make_plan
from .training_text import final_table, summary
from .validation import choose_validation

_FOLDERS_IN_A_SETTING = re.compile(r"(?<=[=\"'])/[^\"']*/")


def run(request: TrainingRequest, kept: KeptLevels | None = None) -> str | None:
    """Train as asked.

    Args:
        request: what was asked for.
        kept: levels of images that earlier runs of this process have computed; takes in those of this one.

    Returns:
        What the command is to print: the path of the last checkpoint, or what a dry run found out; None where
        another process prints it.

    Raises:
        UsageError: if a run of that name is there already or goes on right now, or none to go on with.
        ConfigError, DataError, WeightsNotFound: if the configuration or a file is wrong.
        Stopped, Diverged: see `TrainingLoop.run`.
    """
    check_device(request.device)
    if request.n_processes > 1:
        together.check_alone()
    if request.n_processes > 1 and not request.dry_run:
        plan = _checked_plan(request)  # before there are several to complain
        _read(plan, request.n_processes)
        launch(request)
        return None
    with together.joined(find_device(request.device)) as device:
        if together.rank() > 0:
            console.set_quiet(True)
        plan = _checked_plan(request) if together.rank() == 0 else make_plan(request)
        if plan.scaled:
            console.say(plan.scaled)
        if request.n_processes > 1:  # a dry run: else they have been started above
            console.warn(
                "--dry-run tries one process: its time and memory are those of doing the work of all"
            )
        console.say("reading the data")
        mixture = _read(plan, max(together.size(), request.n_processes))
        trainer = _built(plan, mixture, device, kept or KeptLevels())
        if request.dry_run:
            described = describe_run(plan, trainer)  # by all of them, as they share its steps
            return described if together.rank() == 0 else None
        try:
            return _train(plan, trainer, request.resume is None)
        except (Stopped, Diverged):  # all of them end so, and one tells
            if together.rank() == 0:
                raise
            return None


def _checked_plan(request: TrainingRequest) -> TrainingPlan:
    plan = make_plan(request)
    if not request.dry_run:
        plan.folder.check_idle()
        if request.resume is None:
            plan.folder.check_free(request.force)
    return plan


def _read(plan: TrainingPlan, n_processes: int) -> Mixture:
    """Read the training data, and make sure that it can be shared out."""
    data, turns = plan.config.data, plan.config.training.accumulate
    if data.images_per_step < n_processes * turns:
        raise ConfigError(
            f"a step of {data.images_per_step} images cannot be shared by {n_processes} processes in {turns} "
            f"turns each: --set data.images_per_step={n_processes * turns}"
        )
    typed = plan.config.loss.word_type_weight > 0
    return read_mixture(data, plan.root, plan.config.training.seed, typed)


def _built(plan: TrainingPlan, mixture: Mixture, device: torch.device, kept: KeptLevels) -> Trainer:
    console.say("building the network")
    segmenter = build_for_training(plan.config, mixture, plan.root).to(device)
    console.say(summary(plan.config, mixture, segmenter, together.size()))
    return Trainer(segmenter, mixture, plan.config, kept=kept)


def _train(plan: TrainingPlan, trainer: Trainer, new: bool) -> str | None:
    training, mixture, root = plan.config.training, trainer.mixture, plan.root
    if training.tensorboard:
        find_tensorboard()  # before anything is written
    validation = choose_validation(plan.config.data, root, training.validation_samples, training.precision)
    if validation is None and training.validation_samples:
        console.say("no validation on the way: it takes one dataset that has a split val besides")
    fingerprint = data_fingerprint(mixture.samples, root)
    loop = TrainingLoop(trainer, plan.folder, validation, _provenance(plan, trainer), fingerprint)
    with plan.folder.held() if together.rank() == 0 else nullcontext():
        if new and together.rank() == 0:
            plan.folder.start(plan.config, plan.facts)
            with plan.folder.saving():
                write_words_without_vector(trainer.segmenter.text_encoder, plan.folder.path)
        together.wait()
        loop.resume()
        with console.progress(training.steps, "training") as advance:
            advance(trainer.done)
            loop.run(advance)
    console.say(final_table(loop.outcome()))
    return str(plan.folder.last) if together.rank() == 0 else None


def _provenance(plan: TrainingPlan, trainer: Trainer) -> dict[str, Any]:
    """What a checkpoint tells about how it was made."""
    samples, sources = trainer.mixture.samples, plan.config.data.sources
    data = [
        Path(source.dataset).name or f"{_without_folders(source.folder)} ({source.layout})"
        for source in sources
    ]
    return {
        "backbone": asdict(trainer.segmenter.backbone.provenance),
        **_tuning(plan.config, trainer.mixture, data),
        "words": dict(trainer.segmenter.text_encoder.provenance),
        "preset": plan.facts["preset"],
        "settings": [_FOLDERS_IN_A_SETTING.sub("", setting) for setting in plan.facts["settings"]],
        "config": _without_folders(asdict(plan.config)),
        "seed": plan.config.training.seed,
        "data": data,
        "sentences": dict(Counter(sample.kind for sample in samples)),
        "image_ids": sorted({sample.image_id for sample in samples}),
    }


def _without_folders(value: Any) -> Any:
    """A value of a configuration for others to read: of files named from the root, their names alone."""
    if isinstance(value, Mapping):
        return {key: _without_folders(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_without_folders(each) for each in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _tuning(config: RunConfig, mixture: Mixture, data: Sequence[str]) -> dict[str, Any]:
    """What the backbone sees in this run, if it is tuned: another run may start from it."""
    if not config.backbone.tuned_stages:
        return {}
    from_coco = any(named_by_coco(sample.image_path) for sample in mixture.samples)
    return {"backbone_tuned": asdict(Provenance(tuple(data), "yes" if from_coco else "unknown"))}
