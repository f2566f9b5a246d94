"""What a training run is made of: every choice in one place, read from TOML, strictly."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from refseg.encoders.lstm import LstmGloveConfig
from refseg.models.cmpc.config import CmpcConfig
from refseg.models.losses import LossConfig
from refseg.models.preprocess import Preprocess
from refseg_cli.data.mixture import DataConfig
from refseg_cli.errors import ConfigError

Config = TypeVar("Config")


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
        ValueError: if a number is negative.
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


@dataclass(frozen=True)
class TextConfig:
    """The text encoder and what it starts from.

    Args:
        encoder: its sizes.
        glove: where its word vectors are from: a file under the data root (`glove.*.txt`, an `.npz`, or a
            checkpoint of refseg, `.safetensors`) or the name of a bundled checkpoint; empty to start at
            random.
        vocabulary: the words that it knows: empty for those of the training sentences, "vectors" for all
            those of `glove`, else a file with one word a line under the data root.
    """

    encoder: LstmGloveConfig = LstmGloveConfig()
    glove: str = "glove/glove.840B.300d.txt"
    vocabulary: str = ""


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
    """A whole run. The defaults are the preset `official`."""

    backbone: BackboneConfig = BackboneConfig()
    text: TextConfig = TextConfig()
    head: CmpcConfig = CmpcConfig()
    preprocess: Preprocess = Preprocess()
    loss: LossConfig = LossConfig()
    data: DataConfig = DataConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    training: TrainingConfig = field(default_factory=TrainingConfig)


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
    config = RunConfig()
    for name in preset.split(","):
        config = _updated(config, _read_toml(_preset_file(name.strip())), "")
    if file is not None:
        config = _updated(config, _read_toml(file), "")
    for setting in settings:
        config = _updated(config, _read_setting(setting), "")
    return config


def given_keys(file: Path | None = None, settings: Sequence[str] = ()) -> set[str]:
    """The keys that a file and settings set, such as `training.steps`."""
    tables = [*([_read_toml(file)] if file is not None else []), *map(_read_setting, settings)]
    return {f"{section}.{key}" for table in tables for section, values in table.items() for key in values}


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


def _presets() -> Path:
    return Path(str(files("refseg_cli") / "presets"))


def _preset_file(preset: str) -> Path:
    if preset not in preset_names():
        raise ConfigError(f"there is no preset {preset!r}{_near(preset, preset_names())}")
    return _presets() / f"{preset}.toml"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is not a readable TOML file: {error}") from error


def _read_setting(setting: str) -> dict[str, Any]:
    key, equals, value = setting.partition("=")
    try:
        return tomllib.loads(f"{key.strip()} = {value.strip()}") if equals else _read_setting_failed(setting)
    except tomllib.TOMLDecodeError:
        # A bare word is a string, so that `--set optimizer.name=adamw` needs no quotes within quotes.
        return tomllib.loads(f'{key.strip()} = "{value.strip()}"')


def _read_setting_failed(setting: str) -> dict[str, Any]:
    raise ConfigError(
        f"--set takes section.key=value, got {setting!r}: for example --set training.steps=1000"
    )


def _updated(config: Config, values: Mapping[str, Any], where: str) -> Config:
    """A copy of a dataclass with the values of a table, each checked against its field's type."""
    hints = get_type_hints(type(config))
    names = [item.name for item in fields(config)]  # type: ignore[arg-type]
    changes = {}
    for key, value in values.items():
        if key not in names:
            raise ConfigError(f"unknown key {where}{key}{_near(key, names)}")
        changes[key] = _converted(hints[key], getattr(config, key), value, f"{where}{key}")
    try:
        return replace(config, **changes)  # type: ignore[type-var]
    except ValueError as error:
        raise ConfigError(f"{where.rstrip('.') or 'configuration'}: {error}") from error


def _converted(hint: Any, present: Any, value: Any, where: str) -> Any:  # noqa: PLR0911 - one per type
    origin, choices = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _of_union(choices, present, value, where)
    if is_dataclass(hint) and isinstance(value, Mapping):
        return _updated(hint() if present is None else present, value, f"{where}.")  # type: ignore[operator]
    if origin is Literal and value in choices:
        return value
    if origin is tuple and isinstance(value, list):
        item = choices[0]
        if is_dataclass(item):
            return tuple(_updated(item(), each, f"{where}[{i}].") for i, each in enumerate(value))  # type: ignore[operator]
        return tuple(_converted(item, None, each, f"{where}[{i}]") for i, each in enumerate(value))
    if origin is dict and isinstance(value, Mapping):
        return {key: _converted(choices[1], None, each, f"{where}.{key}") for key, each in value.items()}
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    expected = (
        f"one of {', '.join(map(repr, choices))}"
        if origin is Literal
        else getattr(hint, "__name__", str(hint))
    )
    raise ConfigError(f"{where} must be {expected}, got {value!r}")


def _of_union(choices: Sequence[Any], present: Any, value: Any, where: str) -> Any:
    """`X | None`: TOML has no null, so the word "none" stands for it."""
    if value == "none":
        return None
    return _converted(next(choice for choice in choices if choice is not type(None)), present, value, where)


def _near(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, n=1)
    return f": did you mean {near[0]!r}?" if near else f": choose one of {', '.join(names)}"
