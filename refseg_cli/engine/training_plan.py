"""What `refseg train` was asked for, and what that comes to: a folder, a configuration, a data root."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refseg_cli.data.datasets import DATASET_NAMES
from refseg_cli.data.mixture import SourceConfig, dataset_source
from refseg_cli.errors import ConfigError, UsageError

from .backbones import backbone_settings, run_name_suffix, settled
from .batch_rule import fit_to_batch, tell_fit
from .encoder_choice import encoder_settings, encoder_suffix
from .run_config import RunConfig, given_keys, preset_names, read_run_config
from .run_folder import RunFolder
from .supervision import supervision_settings

PRESET = "official"


@dataclass(frozen=True)
class TrainingRequest:
    """What `refseg train` was asked for; None stands for what was not said.

    Args:
        dataset: name or path of a dataset; None where the configuration names the data.
        preset: name of a preset, or of several with commas between.
        backbone: see `backbone_settings`; stands over all settings.
        encoder: see `encoder_settings`; stands over all settings.
        embed_encoder: have checkpoints hold a pretrained text encoder.
        word_type_supervision: see `supervision_settings`; stands over all settings.
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
    backbone: str | None = None
    encoder: str | None = None
    embed_encoder: bool = False
    word_type_supervision: str | None = None
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
        told = {
            "--dataset": self.dataset,
            "--preset": self.preset,
            "--backbone": self.backbone,
            "--encoder": self.encoder,
            "--embed-encoder": self.embed_encoder,
            "--word-type-supervision": self.word_type_supervision,
            "--config": self.config,
            "--set": self.settings,
            "--out": self.runs,
            "--name": self.name,
            "--force": self.force,
        }
        if given := ", ".join(option for option, value in told.items() if value):
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
        scaled: what its batch has made of the preset's steps and rates, in a sentence, if anything.
    """

    folder: RunFolder
    config: RunConfig
    facts: Mapping[str, Any]
    scaled: str = ""

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
    layers = with_recipe(preset, request.dataset)
    if request.backbone is not None:
        settings = (*request.settings, *backbone_settings(request.backbone))
        request = replace(request, settings=settings)
    if request.encoder is not None:
        request = replace(request, settings=(*request.settings, *encoder_settings(request.encoder)))
    if request.embed_encoder:
        request = replace(request, settings=(*request.settings, "text.transformer.embed=true"))
    asked = read_run_config(layers, request.config, request.settings)
    if request.word_type_supervision is not None:
        more = supervision_settings(request.word_type_supervision, asked)
        request = replace(request, settings=(*request.settings, *more))
        asked = read_run_config(layers, request.config, request.settings)
    recipe, given = read_run_config(layers), given_keys(request.config, request.settings)
    fitted = fit_to_batch(asked, recipe, given)
    config = _placed(fitted, request.dataset, root, given)
    facts = {"preset": layers, "settings": list(request.settings), **_root(root)}
    suffix = run_name_suffix(config.backbone, settled(recipe.backbone, root))
    suffix += encoder_suffix(config.text, recipe.text)
    name = request.name or preset.replace(",", "+").replace("/", "-") + suffix
    data_name = Path(request.dataset).resolve().stem if request.dataset else "mixture"
    folder = RunFolder((request.runs or Path("runs")) / data_name / name)
    return TrainingPlan(folder, config, facts, tell_fit(asked, fitted, recipe))


def with_recipe(preset: str, dataset: str | None) -> str:
    """A preset with what it does otherwise on a dataset laid over it, where `presets/recipes/` has that."""
    first, *others = (name.strip() for name in preset.split(","))
    recipe = f"recipes/{first}/{dataset}"
    return ",".join([first, *([recipe] if recipe in preset_names() else []), *others])


def _root(root: Path) -> dict[str, str]:
    return {"data": str(root.absolute())}  # a run may be resumed from another folder


def _placed(config: RunConfig, dataset: str | None, root: Path, given: Collection[str]) -> RunConfig:
    """With the dataset that was named, and with everything where any folder finds it."""
    if dataset is not None:
        config = _on_dataset(config, dataset, root, given)
    data = replace(config.data, sources=tuple(map(_from_anywhere, config.data.sources)))
    return replace(config, data=data, backbone=settled(config.backbone, root))


def _on_dataset(config: RunConfig, dataset: str, root: Path, given: Collection[str]) -> RunConfig:
    """Put a dataset in place of the preset's own data, and of what the preset sets aside of that."""
    if config.data.sources and "data.sources" in given:
        raise ConfigError("--dataset and data.sources both name the data: leave one out, such as --dataset")
    data = replace(config.data, sources=(dataset_source(dataset, root),))
    if "data.held_out_choices" not in given:
        data = replace(data, held_out_choices=False)
    return replace(config, data=data)


def _from_anywhere(source: SourceConfig) -> SourceConfig:
    """A source that is found from any folder, as a run may be resumed from another."""
    if not source.dataset or source.dataset in DATASET_NAMES:
        return source
    return replace(source, dataset=str(Path(source.dataset).absolute()))
