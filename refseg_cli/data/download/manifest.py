"""What can be fetched, as `assets.toml` lists it: read strictly, so that a slip in it is found by a test."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from pathlib import PurePosixPath
from typing import Any, Literal, TypeVar, get_args

Kind = Literal["file", "zip", "tar"]
Under = Literal["data", "cache", "torch"]
Table = TypeVar("Table")


@dataclass(frozen=True)
class Take:
    """Which members of an archive are wanted, and where they land.

    Attributes:
        members: regular expression for the whole name of a member; its one group is the path under `to`.
        to: folder, relative to that of the file.
    """

    members: str
    to: str

    def __post_init__(self) -> None:
        if re.compile(self.members).groups != 1:
            raise ValueError(f"members {self.members!r} must have one group")
        check_relative(self.to)

    def place(self, member: str) -> str | None:
        """Returns where a member lands, or None when it is not wanted."""
        match = re.fullmatch(self.members, member)
        return f"{self.to}/{match[1]}" if match else None


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch; the fields are explained at the top of `assets.toml`."""

    name: str
    addresses: tuple[str, ...] = ()
    torchvision: str = ""
    by_hand: str = ""
    size: int | None = None
    about: int = 0
    sha256: str = ""
    md5: str = ""
    kind: Kind = "file"
    under: Under = "data"
    to: str = ""
    take: tuple[Take, ...] = ()
    expects: tuple[str, ...] = ()
    n_files: int = 0
    unpacked: Mapping[str, str] = field(default_factory=dict)
    vectors: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or self.under not in get_args(Under):
            raise ValueError(f"{self.name}: no such kind {self.kind!r}, or no such folder {self.under!r}")
        if sum(map(bool, (self.addresses, self.torchvision, self.by_hand))) != 1:
            raise ValueError(f"{self.name}: needs addresses, torchvision or by_hand, and only one of them")
        if (self.kind == "file") != bool(self.to) or (self.kind == "file") == bool(self.take):
            raise ValueError(f"{self.name}: a file needs `to`, an archive needs `take`")
        for digest in (self.sha256, self.md5, *self.unpacked.values()):
            if digest and not re.fullmatch("[0-9a-f]{8,64}", digest):
                raise ValueError(f"{self.name}: {digest!r} is no hash or beginning of one")
        for path in (*self.expects, *self.unpacked, self.to or "."):
            check_relative(path)

    @property
    def bytes(self) -> int:
        """Returns how large the file is, as well as that is known; 0 when nobody says."""
        return self.size or self.about

    @property
    def wanted(self) -> tuple[str, ...]:
        """Returns what must be there afterwards."""
        return self.expects or (self.to,)


@dataclass(frozen=True)
class Asset:
    """Something that can be asked for by name.

    Attributes:
        name: what is typed.
        title, licence, homepage: for people.
        files: what it is made of.
        by_spacy: instead of `files`: the file that suits a version of spaCy, such as "3.8".
        photos: annotations, relative to the data folder, that name the COCO photos that are needed.
        n_photos: how many those are.
        generated: nothing is fetched; refseg makes it.
    """

    name: str
    title: str
    licence: str
    homepage: str = ""
    files: tuple[RemoteFile, ...] = ()
    by_spacy: Mapping[str, RemoteFile] = field(default_factory=dict)
    photos: str = ""
    n_photos: int = 0
    generated: bool = False


@dataclass(frozen=True)
class PhotoSource:
    """Where COCO's photos are, one by one.

    Attributes:
        addresses: folders on the web, each ending in a slash.
        to: folder under the data folder.
        zip: name of the file that holds them all.
        about: bytes of one photo, roughly.
    """

    addresses: tuple[str, ...]
    to: str
    zip: str
    about: int


@dataclass(frozen=True)
class Manifest:
    """All of `assets.toml`."""

    files: Mapping[str, RemoteFile]
    assets: Mapping[str, Asset]
    photos: PhotoSource


@cache
def manifest() -> Manifest:
    """Read the manifest that comes with refseg, once."""
    return read_manifest(resources.files("refseg_cli.data").joinpath("assets.toml").read_text("utf-8"))


def read_manifest(text: str) -> Manifest:
    """Read a manifest.

    Raises:
        ValueError: for a key that is unknown or missing, or a value that makes no sense.
    """
    document = tomllib.loads(text)
    if unknown := document.keys() - {"files", "assets", "photos"}:
        raise ValueError(f"unknown tables {sorted(unknown)}")
    files = {name: _file(name, table) for name, table in document["files"].items()}
    assets = {name: _asset(name, table, files) for name, table in document["assets"].items()}
    photos = _build(PhotoSource, "photos", document["photos"])
    if photos.zip not in files:
        raise ValueError(f"photos: no file is called {photos.zip!r}")
    return Manifest(files, assets, photos)


def check_relative(path: str) -> None:
    """Refuse a path that could lead out of the folder that it is relative to.

    Raises:
        ValueError: if it does.
    """
    if not path or "\\" in path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} is no path inside a folder")


def _file(name: str, table: Mapping[str, Any]) -> RemoteFile:
    take = tuple(_build(Take, f"{name}: take", entry) for entry in table.get("take", ()))
    return _build(RemoteFile, name, {**table, "name": name, "take": take})


def _asset(name: str, table: Mapping[str, Any], files: Mapping[str, RemoteFile]) -> Asset:
    named = {*table.get("files", ()), *table.get("by_spacy", {}).values()}
    if unknown := named - files.keys():
        raise ValueError(f"{name}: no files are called {sorted(unknown)}")
    parts = {
        "files": tuple(files[key] for key in table.get("files", ())),
        "by_spacy": {version: files[key] for version, key in table.get("by_spacy", {}).items()},
    }
    return _build(Asset, name, {**table, "name": name, **parts})


def _build(kind: type[Table], name: str, table: Mapping[str, Any]) -> Table:
    """Make a dataclass of a table; lists become tuples."""
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    if unknown := table.keys() - known:
        raise ValueError(f"{name}: unknown keys {sorted(unknown)}; known are {sorted(known)}")
    try:
        return kind(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        )
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error
