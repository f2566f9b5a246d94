"""What a training run is made of: every choice in one place, read from TOML, strictly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any, Literal

from refseg.encoders.lstm import LstmGloveConfig
from refseg.encoders.transformer_config import TransformerConfig
from refseg.models.cmpc.config import CmpcConfig
from refseg.models.cmpc.video_config import CmpcVideoConfig
from refseg.models.losses import LossConfig
from refseg.models.preprocess import Preprocess
from refseg_cli.data.mixture import DataConfig
from refseg_cli.errors import ConfigError

from .config_reader import laid_over, near, read_setting, read_toml, updated


@dataclass(frozen=True)
class BackboneConfig:
    """The image backbone and the weights it starts from.

    Args:
        name: as `build_backbone` knows it.
        weights: for torchvision's ResNets "imagenet" or "coco-voc"; for the others files under the data root,
            in the order that the backbone's `from_file` takes them; "random" for random ones. A bundled
            checkpoint or the path of one stands for the backbone in it, whatever `name` is.
        tuned_stages: how many of the last stages are trained with the rest: of a ResNet, with 3, `layer2`
            to `layer4`. Convolutions alone are; batch normalisation stays as it is.
        learning_rate: of these stages where the head's is `optimizer.learning_rate`; it follows the same
            schedule; 0 for the head's.
        first: of the name "pair", the first of the two.
        second: of the name "pair", the second of the two.

    Raises:
        ValueError: if a number is negative or not finite.
    """

    name: str = "resnet101"
    weights: tuple[str, ...] = ("imagenet",)
    tuned_stages: int = 0
    learning_rate: float = 0.0
    first: "BackboneConfig | None" = None
    second: "BackboneConfig | None" = None

    def __post_init__(self) -> None:
        for name in ("tuned_stages", "learning_rate"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        if not self.learning_rate < inf:
            raise ValueError(f"learning_rate must be finite, got {self.learning_rate}")


@dataclass(frozen=True)
class TextConfig:
    """The text encoder and what it starts from.

    Args:
        encoder: the sizes of `lstm-glove`.
        glove: where its word vectors are from: a file under the data root (`glove.*.txt`, an `.npz`, or a
            checkpoint of refseg, `.safetensors`) or the name of a bundled checkpoint; empty to start at
            random.
        vocabulary: the words that it knows: empty for those of the training sentences, "vectors" for all
            those of `glove`, else a file with one word a line under the data root.
        name: which encoder: "lstm-glove", whose keys are the three above, "transformer", or a plug-in's name.
        transformer: of the encoder of that name.
        options: of a plug-in, as its `from_config` takes them.
    """

    encoder: LstmGloveConfig = LstmGloveConfig()
    glove: str = "glove/glove.840B.300d.txt"
    vocabulary: str = ""
    name: str = "lstm-glove"
    transformer: TransformerConfig = TransformerConfig()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OptimizerConfig:
    """How the weights move. The defaults are the authors'.

    Args:
        name: "adam" adds the decay to the gradient, as the authors do; "adamw" decays apart from it.
        learning_rate: at the start, after the warm-up.
        final_learning_rate: at the end.
        schedule: "poly" with power 0.9, "cosine", or "drop" to the final rate at once at the end.
        schedule_steps: steps over which the schedule runs; 0 for as many as the run has.
        warmup_steps: steps of linear rise from 0.
        beta2: decay of Adam's second moment.
        weight_decay: on the weights that `decayed_weights` names.
        clip_norm: largest norm of the gradient; 0 for no limit.
        ema: decay of the moving average of the weights that is evaluated and saved; 0 for none.

    Raises:
        ValueError: if a number is out of range.
    """

    name: Literal["adam", "adamw"] = "adam"
    learning_rate: float = 2.5e-4
    final_learning_rate: float = 1e-5
    schedule: Literal["poly", "cosine", "drop"] = "poly"
    schedule_steps: int = 800_000
    warmup_steps: int = 0
    beta2: float = 0.999
    weight_decay: float = 5e-4
    clip_norm: float = 0.0
    ema: float = 0.0

    def __post_init__(self) -> None:
        rates = ("learning_rate", "final_learning_rate", "weight_decay", "clip_norm")
        for name in ("schedule_steps", "warmup_steps", *rates):
            if not 0 <= getattr(self, name) < inf:
                raise ValueError(f"{name} must be at least 0 and finite, got {getattr(self, name)}")
        for name in ("beta2", "ema"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, got {getattr(self, name)}")


@dataclass(frozen=True)
class TrainingConfig:
    """How long a run is, how it computes and what it writes.

    Args:
        steps: optimiser steps.
        seed: of the weights and of everything that is drawn.
        precision: of the head's products; weights, norms and losses stay in float32. "float16" scales the
            loss, for GPUs that are slow in bfloat16.
        accumulate: parts in which each process computes its share of a step, one after the other: needs less
            memory and changes no result.
        workers: processes that read photos and masks ahead; unused with `cache_levels`.
        cache_levels: keep each image's levels in memory (half precision; frozen backbones only).
        log_every: steps between two lines of the log.
        save_every: steps between two saved states; what a crash can cost.
        validate_every: steps between two validations; 0 for one an epoch.
        validation_samples: sentences of the fixed subset that is validated on; 0 for no validation.
        tensorboard: also write events for TensorBoard (needs the extra `tensorboard`).

    Raises:
        ValueError: if a number is out of range.
    """

    steps: int = 700_000
    seed: int = 0
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    accumulate: int = 1
    workers: int = 2
    cache_levels: bool = False
    log_every: int = 50
    save_every: int = 1_000
    validate_every: int = 0
    validation_samples: int = 200
    tensorboard: bool = False

    def __post_init__(self) -> None:
        least = {"steps": 1, "accumulate": 1, "log_every": 1, "save_every": 1}
        for name in ("seed", "workers", "validate_every", "validation_samples", *least):
            if getattr(self, name) < least.get(name, 0):
                raise ValueError(f"{name} must be at least {least.get(name, 0)}, got {getattr(self, name)}")


@dataclass(frozen=True)
class RunConfig:
    """A whole run. The defaults are the preset `official`.

    The head is one for videos where the configuration has a key that only such heads have, such as
    `head.action_reasoning`; its other defaults are then those of `CmpcVideoConfig`.

    Raises:
        ValueError: if the level maps have more than the whole weight of the loss.
    """

    backbone: BackboneConfig = BackboneConfig()
    text: TextConfig = TextConfig()
    head: CmpcConfig = CmpcConfig()
    preprocess: Preprocess = Preprocess()
    loss: LossConfig = LossConfig()
    data: DataConfig = DataConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        n_maps = len(self.head.levels) if self.head.auxiliary_scores else 0
        if (weight := self.loss.auxiliary_weight) * n_maps > 1:
            raise ValueError(
                f"loss.auxiliary_weight must be at most 1/{n_maps}, or the final map's weight is negative, "
                f"got {weight}"
            )


def read_run_config(preset: str, file: Path | None = None, settings: Sequence[str] = ()) -> RunConfig:
    """Read a preset, then a file over it, then `section.key=value` settings over both.

    Args:
        preset: name of one, or of several with commas between, such as `paper,ablations/table10-g2`: each
            is laid over those before it.
        file: a TOML file.
        settings: such as `training.steps=1000`.

    Raises:
        ConfigError: for an unknown preset, key or type, naming it and what is near.
    """
    layers = [read_toml(_preset_file(name.strip())) for name in preset.split(",")]
    values: dict[str, Any] = {}
    for layer in [*layers, *_given(file, settings)]:
        values = laid_over(RunConfig, values, layer)
    return updated(_of_photos_or_clips(values), values)


def _of_photos_or_clips(values: Mapping[str, Any]) -> RunConfig:
    """What the values are laid over: a head for videos where one of them is a key of such heads alone."""
    head, image = values.get("head"), {item.name for item in fields(CmpcConfig)}
    only_video = {item.name for item in fields(CmpcVideoConfig)} - image
    is_video = isinstance(head, Mapping) and not only_video.isdisjoint(head)
    return RunConfig(head=CmpcVideoConfig()) if is_video else RunConfig()


def given_keys(file: Path | None = None, settings: Sequence[str] = ()) -> set[str]:
    """The keys that a file and settings set, such as `training.steps`.

    Raises:
        ConfigError: if the file or a setting cannot be read; what is in them is not checked.
    """
    return {
        f"{section}.{key}"
        for table in _given(file, settings)
        for section, values in table.items()
        if isinstance(values, Mapping)
        for key in values
    }


def read_preset_or_file(name: str) -> RunConfig:
    """Read presets by name, or a file over the defaults.

    Raises:
        ConfigError: for an unknown preset, key or type.
    """
    path = Path(name)
    return read_run_config("official", path) if path.suffix == ".toml" else read_run_config(name)


def preset_names() -> list[str]:
    """The presets that come with refseg; those of the paper's ablations are in a folder of their own."""
    return sorted(
        (path.relative_to(_presets()).with_suffix("").as_posix() for path in _presets().rglob("*.toml")),
        key=lambda name: ("/" in name, name),
    )


def describe_presets() -> dict[str, str]:
    """Each preset with the first sentence about it in its file."""
    first_lines = {
        name: _preset_file(name).read_text(encoding="utf-8").split("\n")[0] for name in preset_names()
    }
    return {
        name: line.removeprefix("# ").partition(". ")[0].rstrip(".") for name, line in first_lines.items()
    }


def _given(file: Path | None, settings: Sequence[str]) -> list[dict[str, Any]]:
    """The tables of a file and of settings, each to be laid over those before it."""
    return [*([read_toml(file)] if file is not None else []), *map(read_setting, settings)]


def _presets() -> Path:
    return Path(str(files("refseg_cli") / "presets"))


def _preset_file(preset: str) -> Path:
    if preset not in preset_names():
        raise ConfigError(f"there is no preset {preset!r}{near(preset, preset_names())}")
    return _presets() / f"{preset}.toml"
