"""What `refseg train --encoder` comes to in settings, and in the name of the run."""

import json
import re
from pathlib import Path

from refseg.encoders.lstm import LstmGlove
from refseg.encoders.registry import find_encoder
from refseg.encoders.transformer import TransformerEncoder
from refseg_cli.errors import UsageError

from .run_config import TextConfig

_REFERENCES = {LstmGlove.name: "text.glove", TransformerEncoder.name: "text.transformer.model"}


def encoder_settings(asked: str) -> tuple[str, ...]:
    """What `--encoder` means, as settings that stand over all others.

    Args:
        asked: `NAME` or `NAME:REFERENCE`: of `transformer`, its folder or its name on the Hugging Face hub;
            of `lstm-glove`, where its word vectors are from.

    Raises:
        EncoderNotFound, EncoderBroken: if there is no such encoder, or it cannot be imported.
        UsageError: if a reference is given for an encoder that has none.
    """
    name, colon, reference = asked.partition(":")
    find_encoder(name)
    if not colon:
        return (f"text.name={json.dumps(name)}",)
    if name in _REFERENCES and not reference:
        raise UsageError(
            f"--encoder {asked}: nothing stands after the colon: --encoder {name}, or --encoder {name}:PATH"
        )
    if name not in _REFERENCES:
        raise UsageError(
            f"--encoder {asked}: {name!r} takes no {reference!r} after a colon: --encoder {name}, "
            "with --set text.options.KEY=VALUE for what a plug-in takes"
        )
    path = Path(reference).expanduser()
    found = str(path.absolute()) if path.exists() else reference  # else under the data root, or a name
    quoted = json.dumps(found, ensure_ascii=False)
    return f"text.name={json.dumps(name)}", f"{_REFERENCES[name]}={quoted}"


def encoder_suffix(config: TextConfig, of_preset: TextConfig) -> str:
    """What the name of a run tells of its text encoder: "+transformer-MODEL", or nothing of the preset's."""
    mine, its = (_words(each) for each in (config, of_preset))
    return "" if mine == its else "+" + re.sub(r"[^\w.-]+", "-", "-".join(mine))


def _words(config: TextConfig) -> list[str]:
    is_transformer = config.name == TransformerEncoder.name
    return [config.name, *([Path(config.transformer.model).name] if is_transformer else [])]
