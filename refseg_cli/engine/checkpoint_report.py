"""Says what is in a checkpoint, from its header alone: what `refseg checkpoints show` does."""

from collections.abc import Mapping
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from refseg.models.backbones.provenance import Provenance
from refseg.models.checkpoint import find_checkpoint, read_description
from refseg.models.cmpc.video_config import head_config
from refseg.models.errors import CheckpointError

_PARTS = ("backbone", "text_encoder", "head")
_LONGEST_LIST = 12
_BACKBONES = {"backbone": "backbone saw", "backbone_tuned": "and tuned on"}
_TOO_LONG = {"config": "in --json"}


def describe_checkpoint(checkpoint: str | Path) -> dict[str, Any]:
    """Say in JSON's terms what a checkpoint holds and where it comes from.

    Args:
        checkpoint: a bundled name or a path.

    Returns:
        `path`, `bytes`, `n_weights` of each part, the description that the file has of itself (with `n_words`
        instead of the words), and `preset`, the nearest one with the fields of the head that differ from it;
        of a backbone alone, without what only a model has.

    Raises:
        CheckpointError: if there is none, or the file is not one.
    """
    path = find_checkpoint(checkpoint)
    try:
        with safe_open(path, framework="numpy") as file:
            description = read_description(path, file.metadata())
            n_weights = dict.fromkeys(_PARTS, 0)
            for name in file.keys():  # noqa: SIM118 - it is no mapping
                n_weights[name.partition(".")[0]] += prod(file.get_slice(name).get_shape())
        return {
            "path": str(path),
            "bytes": path.stat().st_size,
            **description,
            **_read_model(description),
            "n_weights": n_weights,
        }
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is not a checkpoint of refseg ({error}): give another") from error


def report_lines(description: Mapping[str, Any]) -> list[str]:
    """Lay a description out for people to read, one fact a line."""
    size, n_weights = f"{description['bytes'] / 1e6:,.1f} MB", description["n_weights"]
    rows = {
        "file": f"{description['path']}, {size}, written by refseg {description['version']}",
        "backbone": f"{_told(description['backbone'])}; {n_weights['backbone']:,} weights",
    }
    if "preset" in description:
        rows |= _model_rows(description)
    origin = description["provenance"]
    rows |= {title: _seen(origin[key]) for key, title in _BACKBONES.items() if key in origin}
    rows |= {key: _TOO_LONG.get(key, _told(value)) for key, value in origin.items() if key not in _BACKBONES}
    return [f"{key:<15}{_printable(text)}" for key, text in rows.items()]


def _read_model(description: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the parts beside the backbone, if there are any."""
    if "head" not in description:
        return {}
    text_encoder = _without_words(description["text_encoder"])
    return {"text_encoder": text_encoder, "preset": _nearest_preset(description["head"])}


def _model_rows(description: Mapping[str, Any]) -> dict[str, str]:
    preset, n_weights = description["preset"], description["n_weights"]
    differs = f" but for {_told(preset['differs'])}" if preset["differs"] else ""
    return {
        "text encoder": f"{_told(description['text_encoder'])}; {n_weights['text_encoder']:,} weights",
        "head": f"preset {preset['name']}{differs}; {n_weights['head']:,} weights",
        "canvas": _told(description["preprocess"]),
    }


def _seen(value: Any) -> str:
    """What a backbone was trained on, and whether it has seen the photos that it may be scored on."""
    provenance = Provenance.from_json(value)
    names = _told(provenance.trained_on)
    return f"{names}; contains RefCOCO images: {provenance.contains_refcoco}"


def _without_words(text_encoder: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a text encoder with the number of its words instead of thousands of words."""
    long = ("vocabulary", "tokenizer", "architecture")
    told = {key: value for key, value in text_encoder.items() if key not in long}
    return told | {"n_words": len(text_encoder["vocabulary"])} if "vocabulary" in text_encoder else told


def _nearest_preset(head: Mapping[str, Any]) -> dict[str, Any]:
    """The preset that the head differs least from, and the fields in which it does."""
    known = head_config(head)
    config, kind = asdict(known), type(known)
    presets = {"official": asdict(kind.official()), "paper": asdict(kind.paper())}
    differs = {
        name: {field: value for field, value in config.items() if value != preset[field]}
        for name, preset in presets.items()
    }
    nearest = min(differs, key=lambda name: len(differs[name]))
    return {"name": nearest, "differs": differs[nearest]}


def _told(value: Any) -> str:
    """Write a value of JSON as a person would; of long lists, how long they are."""
    match value:
        case {"name": name, **rest}:
            return f"{name} ({_told(rest)})" if rest else str(name)
        case dict():
            return ", ".join(f"{key} {_told(item)}" for key, item in value.items()) or "none"
        case list() | tuple():
            long = len(value) > _LONGEST_LIST
            return f"{len(value)} items" if long else ", ".join(map(_told, value)) or "none"
    return str(value)


def _printable(text: str) -> str:
    """The text without what could steer a terminal: a checkpoint may come from anybody."""
    return "".join(character if character.isprintable() else "?" for character in text)
