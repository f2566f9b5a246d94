"""Builds a text encoder to look at, and says what it is: what `refseg encoders` does."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from refseg.encoders.base import TextEncoder
from refseg.encoders.catalogue import BUILT_IN, catalogue
from refseg.encoders.registry import plugin_code

from .encoder_choice import encoder_settings
from .run_config import read_run_config
from .text_encoders import load_text_encoder

_SENTENCE = "man holding white frisbee"
_WITHOUT_VECTORS = "text.glove="  # they are large, and say nothing of the encoder


def encoder_to_look_at(encoder: str, settings: Sequence[str], root: Path) -> TextEncoder:
    """Build a text encoder as `refseg train --encoder` does; `lstm-glove` with random vectors of a few words.

    Args:
        encoder: as that option takes it, `NAME[:REFERENCE]`.
        settings: `section.key=value` over it.
        root: data root.

    Raises:
        EncoderNotFound, EncoderBroken, ConfigError: if there is none, or it cannot be built.
    """
    config = read_run_config("official", None, [_WITHOUT_VECTORS, *encoder_settings(encoder), *settings])
    return load_text_encoder(config.text, [_SENTENCE], root)


def describe_encoder(encoder: str, built: TextEncoder) -> dict[str, Any]:
    """Say in JSON's terms what a text encoder is.

    Args:
        encoder: how it was asked for, `NAME[:REFERENCE]`.
        built: what that gave.

    Returns:
        `name`, `class`, `from`, `width`, `max_words`, `parameters`, `trained_parameters`, `config`,
        `provenance`; `train`, the command that uses it; and for a plug-in `options`, the keys that
        `--set text.options.KEY=VALUE` may take.

    Raises:
        EncoderBroken: if it does not tell them.
    """
    name, kind = encoder.partition(":")[0], type(built)
    weights = [(weight.numel(), weight.requires_grad) for weight in built.parameters()]
    with plugin_code(
        f"text encoder {name!r} cannot be shown", f"; see what is wrong: refseg encoders test {name}"
    ):
        config = json.loads(json.dumps(built.config()))
        width, max_words, provenance = built.width, built.max_words, dict(built.provenance)
    description = {
        "name": name,
        "class": f"{kind.__module__}:{kind.__qualname__}",
        "from": _origin(name),
        "width": width,
        "max_words": max_words,
        "parameters": sum(size for size, _ in weights),
        "trained_parameters": sum(size for size, trained in weights if trained),
        "config": config,
        "provenance": provenance,
        "train": f"refseg train --dataset unc --encoder {encoder}",
    }
    return (
        description
        if name in BUILT_IN
        else description | {"options": [key for key in config if key != "name"]}
    )


def _origin(name: str) -> str:
    """Where an encoder is from; of a built-in one, REFSEG_ENCODERS that is malformed is no concern."""
    return "refseg" if name in BUILT_IN else next(one.origin for one in catalogue() if one.name == name)


def encoder_lines(description: Mapping[str, Any]) -> list[str]:
    """Lay a description out for people to read, one fact a line."""
    rows = {
        "name": description["name"],
        "class": description["class"],
        "from": description["from"],
        "width": f"{description['width']} numbers a word",
        "max_words": f"{description['max_words']} words of a sentence",
        "parameters": f"{description['parameters']:,}, of them trained {description['trained_parameters']:,}",
        "config": json.dumps(description["config"], ensure_ascii=True),
        "provenance": json.dumps(description["provenance"], ensure_ascii=True),
        "train with": description["train"],
    }
    if options := description.get("options"):
        rows["options"] = f"{', '.join(options)}: --set text.options.{options[0]}=VALUE"
    return [f"{key:<12}{text}" for key, text in rows.items()]
