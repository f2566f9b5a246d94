"""The image backbone that a run starts from: which one, with which weights, and what of it is tuned."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import signature
from pathlib import Path

from refseg.models.backbone_file import describe_backbone_of, load_backbone_of
from refseg.models.backbones.base import Backbone
from refseg.models.backbones.pair import PairBackbone
from refseg.models.backbones.registry import backbone_names, build_backbone, find_backbone
from refseg.models.checkpoint import bundled_checkpoints, find_checkpoint, is_checkpoint
from refseg.models.errors import CheckpointError
from refseg_cli.errors import ConfigError

from .run_config import BackboneConfig, RunConfig

_PAIR, _RANDOM, _IMAGENET = "pair", "random", "imagenet"
_USUAL = {"i3d": "i3d/rgb_imagenet.pt"}  # where `refseg download i3d` puts it; all others: ImageNet's
_WAYS = "--backbone resnet101:imagenet, or --backbone with the path of a checkpoint"


def load_backbone(config: BackboneConfig, root: Path) -> Backbone:
    """Build a backbone with the weights that it starts from.

    Args:
        config: which one; of its checkpoint, if it names one, the architecture is taken as well.
        root: data root.

    Raises:
        ConfigError: if it names no weights, or not as many files as it needs.
        WeightsNotFound, CheckpointError: if a file is missing or is not what it should be.
    """
    if (checkpoint := _checkpoint(config, root)) is not None:
        return load_backbone_of(checkpoint)
    if config.name == _PAIR:
        if config.first is None or config.second is None:
            raise ConfigError('backbone "pair" needs backbone.first and backbone.second')
        return _pair(load_backbone(config.first, root), load_backbone(config.second, root))
    _check_weights(config)
    if config.weights == (_RANDOM,):
        return build_backbone({"name": config.name})
    kind = find_backbone(config.name)
    if hasattr(kind, "pretrained"):
        return _loaded(config, kind.pretrained, config.weights)
    if hasattr(kind, "from_file"):
        return _loaded(config, kind.from_file, [root / file for file in config.weights])
    raise ConfigError(
        f"backbone {config.name!r} starts from an imported checkpoint, not from {config.weights[0]!r}: "
        "refseg checkpoints import deeplab_resnet_init.ckpt --backbone-only -o deeplab.safetensors, "
        "then refseg train --backbone deeplab.safetensors"
    )


def tune_backbone(backbone: Backbone, config: RunConfig) -> None:
    """Have what is to be tuned of a backbone trained, and nothing else of it.

    Raises:
        ConfigError: if it has not so many stages, or if its levels are to be kept although they change.
    """
    if config.backbone.tuned_stages and config.training.cache_levels:
        raise ConfigError(
            "the levels of a backbone that is tuned change, so they cannot be kept: "
            "--set training.cache_levels=false, or --set backbone.tuned_stages=0"
        )
    try:
        backbone.tune(config.backbone.tuned_stages)
    except ValueError as error:
        raise ConfigError(f"{error}: --set backbone.tuned_stages=N") from None


def backbone_settings(asked: str) -> tuple[str, ...]:
    """What `--backbone` means, as settings that stand over all others.

    Args:
        asked: `NAME`, `NAME:WEIGHTS`, or the bundled name or path of a checkpoint, whose backbone is taken.
            Weights are a name or files, from here or else under the data root.

    Raises:
        ConfigError: if a file is a checkpoint with another backbone than the one that is named.
        BackboneNotFound: if there is no backbone of that name.
        CheckpointError: if there is no checkpoint at that path, or another file.
    """
    name, _, weights = asked.partition(":")
    if name in backbone_names():
        files = (weights or _USUAL.get(name, _IMAGENET)).split(",")
        return _weights_setting([_from_anywhere(name, file) for file in files]), f"backbone.name={name}"
    if asked in bundled_checkpoints():
        return (_weights_setting([asked]),)
    path = Path(asked).absolute()  # and not one under the data root
    if path.suffix == ".safetensors" or path.is_file():
        if not is_checkpoint(find_checkpoint(path)):
            raise CheckpointError(
                f"{asked} is not a checkpoint of refseg; published weights need the name of their backbone, "
                f"such as: refseg train --backbone i3d:{asked}"
            )
        describe_backbone_of(path)
        return (_weights_setting([str(path)]),)
    return (f"backbone.name={find_backbone(name).name}",)  # which says that there is none, and what is near


def settled(config: BackboneConfig, root: Path) -> BackboneConfig:
    """The configuration of a run's backbone as it is kept: under the name of the one that it will be.

    Raises:
        ConfigError: if it names no weights.
    """
    if (checkpoint := _checkpoint(config, root)) is not None:
        name = describe_backbone_of(checkpoint)["backbone"].get("name", "")
        return replace(config, name=name, first=None, second=None)
    if config.name == _PAIR:
        return replace(config, weights=())
    _check_weights(config)
    return replace(config, first=None, second=None)


def run_name_suffix(config: BackboneConfig, of_preset: BackboneConfig) -> str:
    """What the name of a run tells of its backbone: "+resnet101-coco-voc", or nothing of the preset's."""
    mine, its = (replace(each, tuned_stages=0, learning_rate=0.0) for each in (config, of_preset))
    if mine == its:
        return ""
    words = [config.name, *(Path(file).stem for file in config.weights)]
    return "+" + re.sub(r"[^\w.-]+", "-", "-".join(words))


def _check_weights(config: BackboneConfig) -> None:
    if not config.weights:
        raise ConfigError(
            f"backbone {config.name!r} has no weights to start from: {_WAYS}; for weights drawn at random, "
            f"which see little: --backbone {config.name}:{_RANDOM}"
        )


def _from_anywhere(name: str, weights: str) -> str:
    """The whole path of weights that are a file here; other names are left as they are."""
    path = Path(weights).absolute()
    if not path.is_file():
        return weights
    if path.suffix == ".safetensors" and is_checkpoint(path):
        found = describe_backbone_of(path)["backbone"].get("name")
        if found != name:
            raise ConfigError(
                f"{weights} holds the backbone {found}, not {name}: refseg train --backbone {weights}"
            )
    return str(path)


def _pair(first: Backbone, second: Backbone) -> PairBackbone:
    for backbone in (first, second):
        if backbone.clip_frames > 1:
            raise ConfigError(
                f'backbone "pair" joins two that look at photos, and {backbone.name} looks at clips: '
                f"refseg train --backbone {backbone.name}"
            )
    return PairBackbone(first, second)


def _checkpoint(config: BackboneConfig, root: Path) -> Path | None:
    """The checkpoint of refseg that the weights name, if they do."""
    if len(config.weights) != 1:
        return None
    path = bundled_checkpoints().get(config.weights[0], root / config.weights[0])
    return path if path.suffix == ".safetensors" and is_checkpoint(path) else None


def _loaded(config: BackboneConfig, load: Callable[..., Backbone], weights: Sequence[object]) -> Backbone:
    try:
        signature(load).bind(*weights)
    except TypeError:
        told = f"backbone {config.name!r} cannot start from {len(weights)} files"
        raise ConfigError(f"{told}: {_WAYS}") from None
    return load(*weights)


def _weights_setting(weights: Sequence[str]) -> str:
    return f"backbone.weights={json.dumps(weights, ensure_ascii=False)}"
