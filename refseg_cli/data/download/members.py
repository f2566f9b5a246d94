"""The members of zip and tar archives, one by one and alike, and which of their names are safe to write."""

import bz2
import gzip
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Self

from .content import CHUNK
from .disk import in_words

__all__ = ["FAULTS", "Member", "Refused", "opened_archive", "safe_name"]

MADE_ON_UNIX = 3
MOST_PADDING = 1024  # chunks after the last member of a tar
MOST_MEMBERS = 250_000  # Refer-YouTube-VOS has almost 200,000
MOST_HEADER = 1 << 20  # bytes of the name of one member of a tar, and what else is told of it
HEADERS = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}

# What the readers of the standard library make of archives that are broken, encrypted or of an unknown kind.
FAULTS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    RuntimeError,  # of an unknown compression too: NotImplementedError is one
    ValueError,
    MemoryError,
)


class Refused(Exception):
    """An archive has something in it that no archive of data has."""


@dataclass(frozen=True)
class Member:
    """A member of an archive.

    Attributes:
        name: as the archive has it.
        size: in bytes, as the archive says.
        kind: "file", "folder", or what else it is.
        open: opens its content for reading.
    """

    name: str
    size: int
    kind: str
    open: Callable[[], IO[bytes] | None]


class _ShortHeader(tarfile.TarInfo):
    """The header of a member, refused when tarfile would read a name of gigabytes into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        info = super().frombuf(buf, encoding, errors)
        if info.type in HEADERS and info.size > MOST_HEADER:
            raise Refused(f"it has a member whose header takes {in_words(info.size)}")
        return info


class _Limited:
    """A stream that refuses to give more than so many bytes, wanted or not."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._most, self._n_bytes = stream, most, 0

    def read(self, size: int = -1) -> bytes:
        """Read on, and count."""
        chunk = self._stream.read(size)
        self._n_bytes += len(chunk)
        if self._n_bytes > self._most:
            raise Refused(f"it would unpack to more than {in_words(self._most)}")
        return chunk


@contextmanager
def opened_archive(path: Path, kind: str, most: int) -> Iterator[Iterator[Member]]:
    """Open an archive, and hand out its members in its own order; read each before asking for the next.

    Args:
        path: the archive.
        kind: "zip" or "tar"; a tar may be compressed.
        most: bytes that a tar may have when it is decompressed.

    Raises:
        Refused: if no archive of data is like this; also while the members are read.
    """
    if kind == "zip":
        with zipfile.ZipFile(path) as archive:
            yield _zip_members(archive)
    else:
        with _decompressed(path) as whole:
            stream = _Limited(whole, most)
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_ShortHeader) as tar:  # type: ignore[call-overload]
                yield _tar_members(tar)
            for _ in range(MOST_PADDING):  # to the end, where gzip has the checksum that is compared
                if not stream.read(CHUNK):
                    break


def _decompressed(path: Path) -> IO[bytes]:
    """Open a file, decompressed in one go; tarfile could do so too, but does not compare gzip's checksum."""
    with path.open("rb") as stream:
        magic = stream.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.open(path)  # type: ignore[return-value]
    if magic.startswith(b"BZh"):
        return bz2.open(path)
    return lzma.open(path) if magic == b"\xfd7zXZ\0" else path.open("rb")


def safe_name(name: str) -> str:
    """Returns the name of a member without "./", after making sure that it stays inside a folder.

    Raises:
        Refused: if it is absolute, leads upwards, or would be read differently on another system.
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    leads_out = name.startswith("/") or ".." in parts or "\\" in name or re.match("[A-Za-z]:", name)
    if leads_out or not parts or min(name) < " ":
        raise Refused(f"it has a member that leads out of the folder: {name!r}")
    return "/".join(parts)


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    _count(len(archive.infolist()) - 1)
    for info in archive.infolist():
        # Names stand twice in a zip, without a checksum; opening compares them. Else a changed byte could
        # turn a wanted member into one that is not.
        archive.open(info).close()
        # orig_filename still has what zipfile cuts off or replaces in filename: a zero byte, backslashes
        yield Member(info.orig_filename, info.file_size, _zip_kind(info), partial(archive.open, info))


def _count(number: int) -> None:
    if number >= MOST_MEMBERS:
        raise Refused(f"it has more than {MOST_MEMBERS:,} members")


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16 if info.create_system == MADE_ON_UNIX else 0
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "device"
    return "folder" if info.is_dir() else "file"


def _tar_members(tar: tarfile.TarFile) -> Iterator[Member]:
    for number, info in enumerate(tar):
        _count(number)
        yield Member(info.name, info.size, _tar_kind(info), partial(tar.extractfile, info))


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "link"
    if info.isreg():
        return "file"
    return "folder" if info.isdir() else "device"
