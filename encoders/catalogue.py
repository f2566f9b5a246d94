"""Which text encoders there are and where they are from, told without importing any of them."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from .errors import EncoderListMalformed

ENTRY_POINT_GROUP = "refseg.text_encoders"
VARIABLE = "REFSEG_ENCODERS"
BUILT_IN = {
    "lstm-glove": "refseg.encoders.lstm:LstmGlove",
    "transformer": "refseg.encoders.transformer:TransformerEncoder",
}

_NAME = re.compile(r"\w[\w.-]*")
_TARGET = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")


@dataclass(frozen=True)
class Entry:
    """A text encoder that can be asked for.

    Args:
        name: what it is asked for by.
        target: where its class is, `module:Class`.
        origin: what told of it: "refseg", "REFSEG_ENCODERS", or an installed package and its version.
    """

    name: str
    target: str
    origin: str

    @property
    def package(self) -> str:
        """The top-level module or package that its class is in."""
        return re.split(r"[.:]", self.target)[0]

    def is_well_formed(self) -> bool:
        """Whether its target reads `module:Class`."""
        return _TARGET.fullmatch(self.target) is not None


def catalogue() -> list[Entry]:
    """All text encoders: the built-in ones, those of `REFSEG_ENCODERS`, those of installed packages.

    Where two have one name, the first is meant.

    Raises:
        EncoderListMalformed: if `REFSEG_ENCODERS` is not of the form `name=module:Class,…`.
    """
    built_in = [Entry(name, target, "refseg") for name, target in BUILT_IN.items()]
    return [*built_in, *_of_variable(), *_of_packages()]


def states(entries: list[Entry]) -> Iterator[str]:
    """What can be said of each entry without importing it: "found", or what keeps it from being used."""
    meant: dict[str, Entry] = {}
    for entry in entries:
        first = meant.setdefault(entry.name, entry)
        if first is not entry:
            yield f"hidden by the one of {first.origin}"
        elif not entry.is_well_formed():
            yield f"{entry.target!r} is not module:Class"
        elif not _is_there(entry.package):
            yield f"there is no module {entry.package}"
        else:
            yield "found"


def _of_variable() -> list[Entry]:
    """The encoders that `REFSEG_ENCODERS` names, for whoever is writing one."""
    parts = [part.strip() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
    entries: list[Entry] = []
    for part in parts:
        name, _, target = (piece.strip() for piece in part.partition("="))
        entry = Entry(name, target, VARIABLE)
        if not (_NAME.fullmatch(name) and entry.is_well_formed()):
            raise EncoderListMalformed(
                f"{VARIABLE}: {part!r} is not name=module:Class; for example {VARIABLE}=mine=my_file:Mine"
            )
        if name in BUILT_IN or name in {entry.name for entry in entries}:
            raise EncoderListMalformed(
                f"{VARIABLE}: there is a text encoder {name!r} already; choose another name: {name}2={target}"
            )
        entries.append(entry)
    return entries


def _of_packages() -> list[Entry]:
    """The encoders that installed packages register under the group `refseg.text_encoders`."""
    points = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)
    return [Entry(point.name, point.value, _package(point)) for point in points]


def _is_there(package: str) -> bool:
    """Whether a package can be imported; what is in it cannot be told without doing so."""
    return any(finder.find_spec(package, None) is not None for finder in sys.meta_path)


def _package(point: EntryPoint) -> str:
    return "a package" if point.dist is None else f"{point.dist.name} {point.dist.version}"
