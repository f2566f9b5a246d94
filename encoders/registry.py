"""Finds a text encoder by name and builds it; one that is broken harms nothing but itself."""

import importlib
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import reduce
from pathlib import Path
from typing import Any

import torch

from .base import TextEncoder
from .catalogue import BUILT_IN, Entry, catalogue
from .errors import EncoderBroken, EncoderNotFound, RefsegError

_NOT_THEIRS = [Path(file).parent for file in (__file__, importlib.__file__, torch.__file__)]
_ADVICE = "; mend it, or choose another: refseg encoders list"


def encoder_names() -> list[str]:
    """The names of all encoders at hand. Imports none of them."""
    return sorted({entry.name for entry in catalogue()})


def find_encoder(name: str) -> type[TextEncoder]:
    """Import the encoder of this name, and no other.

    Raises:
        EncoderNotFound: if nothing has this name; of those not built in, also if `REFSEG_ENCODERS` is
            malformed.
        EncoderBroken: if it cannot be imported, for whatever reason, or is something else.
    """
    if name in BUILT_IN:  # whatever is wrong with others
        return _imported(BUILT_IN[name])  # type: ignore[no-any-return]
    entry = _entry(name)
    told = f"text encoder {name!r} ({entry.target} of {entry.origin})"
    if not entry.is_well_formed():
        raise EncoderBroken(f"{told} is not told as module:Class{_ADVICE}")
    with plugin_code(f"{told} cannot be imported"):
        encoder = _imported(entry.target)
    if not (isinstance(encoder, type) and issubclass(encoder, TextEncoder)):
        raise EncoderBroken(f"{told} is no class that inherits from TextEncoder{_ADVICE}")
    return encoder


def build_encoder(config: Mapping[str, Any]) -> TextEncoder:
    """Build the encoder that `config["name"]` names, with fresh weights.

    Raises:
        EncoderNotFound, EncoderBroken: as `find_encoder`; EncoderBroken also if an encoder that is not built
            in fails to build.
    """
    name = config["name"]
    encoder = find_encoder(name)
    if name in BUILT_IN:
        return encoder.from_config(config)
    with plugin_code(f"text encoder {name!r} cannot be built", f"; its options: refseg encoders show {name}"):
        built: object = encoder.from_config(config)
    if not isinstance(built, TextEncoder):
        raise EncoderBroken(f"text encoder {name!r}: its from_config gives {type(built).__name__}{_ADVICE}")
    return built


@contextmanager
def plugin_code(failure: str, advice: str = _ADVICE) -> Iterator[None]:
    """Run code that others wrote: whatever goes wrong in it is told in one line, with the place.

    Args:
        failure: the beginning of that line: what did not come about.
        advice: its end.

    Raises:
        EncoderBroken: if it raises anything but a `RefsegError`, or ends the process.
    """
    try:
        yield
    except RefsegError:
        raise
    except (Exception, SystemExit) as error:
        raise EncoderBroken(f"{failure}: {_cause(error)}{advice}") from error


def _cause(error: BaseException) -> str:
    """An error as Python's last line tells it, and the last line of the encoder's code that led to it."""
    told = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    places = [place for place in traceback.extract_tb(error.__traceback__) if _is_theirs(place.filename)]
    if isinstance(error, SyntaxError) or not places:  # a SyntaxError tells its place itself
        return told
    return f"{told} ({Path(places[-1].filename).name}, line {places[-1].lineno})"


def _is_theirs(file: str) -> bool:
    """Whether a file of a traceback is of the encoder's authors: what torch refuses was asked by someone."""
    return Path(file).is_file() and not any(Path(file).is_relative_to(folder) for folder in _NOT_THEIRS)


def _entry(name: str) -> Entry:
    entries = catalogue()
    for entry in entries:
        if entry.name == name:
            return entry
    near = get_close_matches(name, encoder_names(), n=1)
    hint = (
        f"did you mean {near[0]!r}?"
        if near
        else f"choose one of: {', '.join(encoder_names())}, or install its package"
    )
    raise EncoderNotFound(f"there is no text encoder {name!r}: {hint}")


def _imported(target: str) -> Any:
    module, _, path = target.partition(":")
    return reduce(getattr, path.split("."), importlib.import_module(module))
