"""Unpacks the wanted members of an archive: safely, checked, and all or none."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from refseg_cli.errors import DownloadError

from .content import CHUNK
from .disk import REMEDIES, disk_fault, in_words, require_room
from .manifest import RemoteFile
from .members import FAULTS, Member, Refused, opened_archive, safe_name
from .records import Stamp, stamp_of

__all__ = ["BadArchive", "limit_of", "remove_stages", "unpack"]

STAGE = ".refseg-unpack-"  # beginning of a folder; the name of the archive follows
LEAST_LIMIT = 1 << 30  # bytes that any archive may unpack to, and beyond that:
MOST_RATIO = 100  # times its own size
Reached = Callable[[int], None]
# What the system says of broken content and impossible names; zip, gzip and bz2 give no number or EINVAL.
OF_THE_ARCHIVE = {None, errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ}


class BadArchive(DownloadError):
    """An archive cannot be used; to unpack it again would not help."""


@dataclass
class _Stage:
    """Members that are unpacked beside where they will be, until all of them are.

    Attributes:
        base: the folder that all paths are relative to.
        name: of the folders in which they wait.
        room: bytes that may still be written.
        reached: is told how many bytes have been written.
        placed: path → where it waits and its sha256.
        folded: paths without regard to capitals.
        n_bytes: that have been written.
    """

    base: Path
    name: str
    room: int
    reached: Reached
    placed: dict[str, tuple[Path, str]] = field(default_factory=dict)
    folded: set[str] = field(default_factory=set)
    n_bytes: int = 0


def unpack(
    archive: Path,
    file: RemoteFile,
    base: Path,
    reached: Reached = lambda _: None,
    begin_to_settle: Callable[[], None] = lambda: None,
) -> dict[str, Stamp]:
    """Unpack what is wanted of an archive.

    Args:
        archive: the file.
        file: what the manifest says of it.
        base: the folder that its paths are relative to.
        reached: is told how many bytes have been written.
        begin_to_settle: is called when all is unpacked, before the first of it gets its final name.

    Returns:
        path relative to `base` → its stamp.

    Raises:
        BadArchive: if it is broken, unsafe or lacks something; nothing has changed under any final name.
        DownloadError: if there is no room, or no right to write.
    """
    limit = limit_of(archive)
    stage = _Stage(base, STAGE + file.name, limit, reached)
    try:
        remove_stages(file, base)  # of one that was interrupted
        with opened_archive(archive, file.kind, limit) as members:
            for member in members:
                _take(member, file, stage)
        _check(file, stage)
        begin_to_settle()
        return dict(_settle(stage))
    except Refused as reason:
        raise BadArchive(_complaint(archive, f"is refused: {reason}")) from None
    except FAULTS as error:
        raise BadArchive(_complaint(archive, f"is damaged or cut short ({error})")) from error
    except OSError as error:
        if error.errno in OF_THE_ARCHIVE:
            raise BadArchive(_complaint(archive, f"is damaged or cut short ({error})")) from error
        raise disk_fault(f"{archive} cannot be unpacked to {base}", error, REMEDIES[file.under]) from error
    finally:
        remove_stages(file, base)


def limit_of(archive: Path) -> int:
    """Returns how many bytes an archive may unpack to."""
    return max(LEAST_LIMIT, MOST_RATIO * archive.stat().st_size)


def remove_stages(file: RemoteFile, base: Path) -> None:
    """Remove what an archive was unpacked to and did not get its final name."""
    for take in file.take:
        shutil.rmtree(base / take.to / (STAGE + file.name), ignore_errors=True)


def _take(member: Member, file: RemoteFile, stage: _Stage) -> None:
    """Unpack a member beside its place, if it is wanted."""
    if member.kind == "folder" and member.name.strip("./") == "":
        return  # tar archives may begin with the folder itself
    name = safe_name(member.name)
    wanted = [(take.to, place) for take in file.take if (place := take.place(name))]
    if not wanted or member.kind == "folder":
        return
    folder, place = wanted[0]
    if member.kind != "file":
        raise Refused(f"its member {name!r} is no file but a {member.kind}")
    if place.casefold() in stage.folded:
        raise Refused(f"two of its members would be {place!r}, or differ in capitals alone")
    stage.folded.add(place.casefold())
    if member.size > stage.room - stage.n_bytes:
        raise Refused(f"it would unpack to more than {in_words(stage.room)}")
    # it waits in the folder that it will be in, which may be on another disk than the data folder
    target = stage.base / folder / stage.name / place.removeprefix(f"{folder}/")
    target.parent.mkdir(parents=True, exist_ok=True)
    require_room(target.parent, member.size, name, REMEDIES[file.under])
    stage.placed[place] = (target, _copy(member, target, stage))


def _copy(member: Member, target: Path, stage: _Stage) -> str:
    """Write the content of a member, and return its hash."""
    source, digest, left = member.open(), hashlib.sha256(), member.size
    if source is None:
        raise Refused(f"its member {member.name!r} has no content")
    with source, target.open("wb") as out:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Refused(f"its member {member.name!r} is longer than the archive says")
            digest.update(chunk)
            out.write(chunk)
            stage.n_bytes += len(chunk)
            stage.reached(stage.n_bytes)
    if left:
        raise EOFError(f"{member.name} ends early")
    return digest.hexdigest()


def _check(file: RemoteFile, stage: _Stage) -> None:
    """Make sure that everything came that was expected, with the hashes that are known."""
    for path in file.wanted:
        if not any(place == path or place.startswith(f"{path}/") for place in stage.placed):
            raise Refused(f"it does not hold what becomes {path}")
    for path, sha256 in file.unpacked.items():
        if path not in stage.placed or not stage.placed[path][1].startswith(sha256):
            raise Refused(f"{path} in it has another sha256 than {sha256}…")


def _settle(stage: _Stage) -> Iterator[tuple[str, Stamp]]:
    """Give everything its final name; from here on nothing is left to go wrong but the disk."""
    for place, (staged, sha256) in stage.placed.items():
        target = stage.base / place
        target.parent.mkdir(parents=True, exist_ok=True)
        _move(staged, target)
        yield place, stamp_of(target, sha256)


def _move(staged: Path, target: Path) -> None:
    """Rename, or copy where a folder on the way is a link to another disk."""
    try:
        staged.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f"{STAGE}{os.getpid()}")
        shutil.copyfile(staged, beside)
        beside.replace(target)


def _complaint(archive: Path, what: str) -> str:
    return f"{archive.name} {what}; type the same command again, or add --mirror URL or --from-file PATH"
