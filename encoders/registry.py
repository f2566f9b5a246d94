"""Finds a text encoder by name: the built-in ones and those that other packages register."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .base import TextEncoder
from .errors import EncoderBroken, EncoderNotFound

ENTRY_POINT_GROUP = "refseg.text_encoders"
_BUILT_IN = {"lstm-glove": ("lstm", "LstmGlove")}


def encoder_names() -> list[str]:
    """The names of all encoders at hand. Imports none of them."""
    return sorted({*_BUILT_IN, *_registered()})


def find_encoder(name: str) -> type[TextEncoder]:
    """Import the encoder of this name, and no other.

    Raises:
        EncoderNotFound: if nothing has this name.
        EncoderBroken: if the package that registers it cannot be imported or gives something else.
    """
    if name in _BUILT_IN:
        module, attribute = _BUILT_IN[name]
        encoder: object = getattr(import_module(f".{module}", __package__), attribute)
    elif name in (registered := _registered()):
        encoder = _load(registered[name])
    else:
        near = get_close_matches(name, encoder_names(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(encoder_names())}"
        raise EncoderNotFound(f"there is no text encoder {name!r}: {hint}")
    if not (isinstance(encoder, type) and issubclass(encoder, TextEncoder)):
        raise EncoderBroken(
            f"text encoder {name!r} is {encoder!r}, not a subclass of TextEncoder: ask its authors"
        )
    return encoder


def build_encoder(config: Mapping[str, Any]) -> TextEncoder:
    """Build the encoder that `config["name"]` names, with fresh weights."""
    return find_encoder(config["name"]).from_config(config)


def _registered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise EncoderBroken(
            f"text encoder {point.name!r} ({point.value}) cannot be imported: {error}"
        ) from error
