"""What `refseg train` was asked for, and what that comes to: a folder, a configuration, a data root."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refseg_cli import console
from refseg_cli.data.mixture import dataset_source
from refseg_cli.errors import ConfigError, UsageError

from .batch_rule import fit_to_batch, sentences_per_step
from .run_config import RunConfig, given_keys, preset_names, read_run_config
from .run_folder import RunFolder

PRESET = "official"


@dataclass(frozen=True)
class TrainingRequest:
    """What `refseg train` was asked for; None stands for what was not said.

    Args:
        dataset: name or path of a dataset; None where the configuration names the data.
        preset: name of a preset, or of several with commas between.
        config: file over the preset.
        settings: `section.key=value` over both.
        data: data root.
        runs: folder of all runs.
        name: of this run.
        resume: folder of a run to go on with, instead of all of these but `data`.
        device: "auto", "cpu", "cuda".
        n_processes: that train together on this machine.
        dry_run: only say what would be done.
        force: overwrite a run of the same name.
        quiet: say nothing but results, warnings and errors.

    Raises:
        UsageError: if options exclude each other.
    """

    dataset: str | None = None
    preset: str | None = None
    config: Path | None = None
    settings: tuple[str, ...] = ()
    data: Path | None = None
    runs: Path | None = None
    name: str | None = None
    resume: Path | None = None
    device: str = "auto"
    n_processes: int = 1
    dry_run: bool = False
    force: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.resume is None:
            return
        told = (self.dataset, self.preset, self.config, self.settings, self.runs, self.name, self.force)
        options = ("--dataset", "--preset", "--config", "--set", "--out", "--name", "--force")
        if given := ", ".join(option for option, value in zip(options, told, strict=True) if value):
            raise UsageError(
                f"--resume takes everything from {self.resume / 'config.toml'}: leave out {given}, "
                "or change the file"
            )


@dataclass(frozen=True)
class TrainingPlan:
    """A run that can start or go on.

    Args:
        folder: of the run.
        config: all of it.
        facts: what is told of the run besides, as JSON: `data`, `preset`, `settings`.
    """

    folder: RunFolder
    config: RunConfig
    facts: Mapping[str, Any]

    @property
    def root(self) -> Path:
        """The data root."""
        return Path(self.facts["data"])


def make_plan(request: TrainingRequest) -> TrainingPlan:
    """Decide what is trained, how and where; nothing is written.

    Raises:
        ConfigError, DataError: if the configuration is wrong, or there is no such dataset.
        UsageError: if there is no run to go on with.
    """
    if request.resume is not None:
        folder = RunFolder(request.resume)
        config, facts = folder.read()
        return TrainingPlan(folder, config, facts if request.data is None else facts | _root(request.data))
    preset, root = request.preset or PRESET, request.data or Path("data")
    recipe = with_recipe(preset, request.dataset)
    facts = {"preset": recipe, "settings": list(request.settings), **_root(root)}
    name = request.name or preset.replace(",", "+").replace("/", "-")
    data_name = Path(request.dataset).resolve().stem if request.dataset else "mixture"
    folder = RunFolder((request.runs or Path("runs")) / data_name / name)
    return TrainingPlan(folder, _configured(request, recipe, root), facts)


def with_recipe(preset: str, dataset: str | None) -> str:
    """A preset with what it does otherwise on a dataset laid over it, where `presets/recipes/` has that."""
    first, *others = (name.strip() for name in preset.split(","))
    recipe = f"recipes/{first}/{dataset}"
    return ",".join([first, *([recipe] if recipe in preset_names() else []), *others])


def _root(root: Path) -> dict[str, str]:
    return {"data": str(root.absolute())}  # a run may be resumed from another folder


def _configured(request: TrainingRequest, name: str, root: Path) -> RunConfig:
    recipe = read_run_config(name)
    asked = read_run_config(name, request.config, request.settings)
    config = fit_to_batch(asked, recipe, given_keys(request.config, request.settings))
    if config != asked:
        console.say(
            f"{sentences_per_step(config)} sentences a step and not {sentences_per_step(recipe)}, so "
            f"{config.training.steps:,} steps, learning rate {config.optimizer.learning_rate:.3g}"
        )
    if request.dataset is None:
        return config
    if config.data.sources:
        raise ConfigError(
            "the configuration names its own data: leave --dataset out, or choose another preset"
        )
    source = dataset_source(request.dataset, root)
    return replace(config, data=replace(config.data, sources=(source,)))
