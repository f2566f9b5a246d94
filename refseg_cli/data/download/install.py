"""Brings a file of the manifest to where it belongs: fetched or handed over, checked, unpacked, recorded."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shlex import quote as quoted
from threading import Event
from urllib.parse import quote

import httpx

from refseg_cli import console
from refseg_cli.errors import DownloadError

from .assets import lacking
from .content import Digest, Expected, digest_file, fault_of
from .disk import REMEDIES, locked
from .fetch import Fetched, Wish, fetch
from .manifest import RemoteFile
from .part import Part
from .persist import Patience
from .records import STATE, Record, Stamp, read_record, record_path, stamp_of, unfinished_mark, write_record
from .unpack import BadArchive, remove_stages, unpack

__all__ = ["Means", "addresses_of", "install", "is_installed", "left_to_fetch", "obtained"]


@dataclass(frozen=True)
class Means:
    """How things are fetched.

    Attributes:
        client: makes the requests.
        patience: how often, how long.
        mirrors: addresses of folders that are looked into before those of the manifest.
        given: name of a file → path at which a person has put it.
        force: whether to fetch what is there already.
        command: what was typed, for "type it again".
        stop: is set when all work in other threads is to end; pauses end with it.
    """

    client: httpx.Client
    patience: Patience = field(default_factory=Patience)
    mirrors: tuple[str, ...] = ()
    given: Mapping[str, Path] = field(default_factory=dict)
    force: bool = False
    command: str = "refseg download"
    stop: Event = field(default_factory=Event)


def is_installed(file: RemoteFile, base: Path) -> bool:
    """Tells whether a file is where it belongs and, if refseg put it there, is as it was then."""
    record = read_record(base, file.name)  # lacking() says all while it is being settled
    return not lacking(file, base) and (record is None or record.untouched(base))


def install(file: RemoteFile, base: Path, means: Means) -> None:
    """Bring a file to where it belongs, unless it is there.

    Args:
        file: of the manifest.
        base: the folder that its paths are relative to.
        means: how things are fetched.

    Raises:
        DownloadError: if it cannot be had, or is not what it should be.
    """
    with locked(base / STATE / "locks" / file.name, file.name):
        if is_installed(file, base) and not means.force and file.name not in means.given:
            _tidy(file, base)
            console.say(f"{file.name}: is there already")
            return
        with obtained(file, base, means) as (path, source, digest):
            files = _unpacked(path, file, base) if file.kind != "file" else _placed(path, file, base, digest)
            write_record(base, file.name, Record(source, digest, files))
            unfinished_mark(base, file.name).unlink(missing_ok=True)


@contextmanager
def obtained(file: RemoteFile, base: Path, means: Means) -> Iterator[tuple[Path, str, Digest]]:
    """Hand out a verified file, from wherever it is to be had; what was fetched is removed after use.

    It is kept when it could not be used for a reason that is not its own, such as a full disk.

    Yields:
        the file, its source for the record, and its digest.

    Raises:
        DownloadError: if it cannot be had, or is not what it should be.
    """
    record = read_record(base, file.name)
    expected = Expected(file.size, file.sha256 or _recorded(file, record), file.md5)
    next_step = _next_step(file, base, means, record)
    if given := means.given.get(file.name):
        digest = digest_file(given)
        if complaint := expected.complaint(digest) or fault_of(given, file):
            raise DownloadError(f"{given} is not {file.name}: {complaint}; {next_step}")
        yield given, str(given), digest
        return
    target = target_of(file, base)
    fetched = None if file.kind == "file" or means.force else _left_over(target, expected)
    if fetched is None:
        fault = partial(fault_of, file=file)
        addresses = addresses_of(file, means.mirrors)
        remedy = REMEDIES[file.under]
        wish = Wish(file.name, addresses, expected, next_step, fault, file.about, remedy)
        with console.transfer(file.bytes or None, file.name) as reached:
            fetched = fetch(wish, target, means.client, means.patience, reached)
    try:
        yield target, fetched.address, fetched.digest
    except BadArchive:
        target.unlink(missing_ok=True)
        raise
    if file.kind != "file":
        target.unlink(missing_ok=True)


def target_of(file: RemoteFile, base: Path) -> Path:
    """Returns where a file is fetched to: its final place, or for an archive a place to unpack it from."""
    return base / file.to if file.kind == "file" else base / STATE / "downloads" / file.name


def left_to_fetch(file: RemoteFile, base: Path) -> int:
    """Returns how many bytes are still to come, as well as that is known."""
    target = target_of(file, base)
    done = target.stat().st_size if target.is_file() and file.kind != "file" else Part(target).length
    return max(0, file.bytes - done)


def addresses_of(file: RemoteFile, mirrors: tuple[str, ...]) -> tuple[str, ...]:
    """Returns where a file may be, in the order in which to try."""
    own = (_torchvision_address(file),) if file.torchvision else file.addresses
    return (*(f"{mirror.rstrip('/')}/{quote(file.name)}" for mirror in mirrors), *own)


def _left_over(target: Path, expected: Expected) -> Fetched | None:
    """Find an archive that was fetched before, and could not be unpacked then for lack of room."""
    if not target.is_file():
        return None
    digest = digest_file(target)
    return None if expected.complaint(digest) else Fetched(str(target), digest)


def _tidy(file: RemoteFile, base: Path) -> None:
    """Remove what a start with --force left that was killed while it unpacked."""
    if file.kind != "file":
        remove_stages(file, base)
        target_of(file, base).unlink(missing_ok=True)


def _torchvision_address(file: RemoteFile) -> str:
    """Ask torchvision where its weights are; it must be the file that the manifest knows the hash of."""
    from torchvision import models  # type: ignore[import-untyped]
    from torchvision.models import segmentation  # type: ignore[import-untyped]

    kind, _, version = file.torchvision.partition(".")
    weights = getattr(models, kind, None) or getattr(segmentation, kind, None)
    address: str = getattr(weights, version).url
    if address.rpartition("/")[2] != file.name:
        raise DownloadError(f"torchvision's {file.torchvision} is now {address}; type: pip install -U refseg")
    return address


def _recorded(file: RemoteFile, record: Record | None) -> str:
    """Returns the hash of the first download, where the manifest has none to compare with."""
    return "" if record is None or file.md5 else record.digest.sha256


def _next_step(file: RemoteFile, base: Path, means: Means, record: Record | None) -> str:
    if _recorded(file, record) and not file.sha256:
        return (
            "the hash is that of the first download; if the new file is right, "
            f"type: rm {quoted(str(record_path(base, file.name)))} and the same command"
        )
    add = f"{means.command} --from-file {quoted(file.name)}"
    if file.by_hand:
        return f"{file.by_hand}, then type: {add}"
    return f"to go on from there, type again: {means.command}; or fetch it in another way and type: {add}"


def _unpacked(path: Path, file: RemoteFile, base: Path) -> dict[str, Stamp]:
    with console.transfer(None, f"unpacking {file.name}") as reached:
        mark = unfinished_mark(base, file.name)
        mark.parent.mkdir(parents=True, exist_ok=True)
        return unpack(path, file, base, reached, mark.touch)


def _placed(path: Path, file: RemoteFile, base: Path, digest: Digest) -> dict[str, Stamp]:
    """Copy a single file that a person gave to its place; one that was fetched is there already."""
    target = base / file.to
    if path != target:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = target.with_name(f"{target.name}.part")
        shutil.copyfile(path, copy)
        copy.replace(target)
    return {file.to: stamp_of(target, digest.sha256)}
