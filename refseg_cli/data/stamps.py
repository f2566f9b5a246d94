"""Tells whether files are still what they were, without reading them where their size and time say so.

The files of annotations of a dataset are its sources, which are compared by content where their time has
changed. Pictures, clips and files of masks are many: those that a reader opens it notes, and of them only
size and time are compared.
"""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

NOT_TRUSTED = -1
"""The time of a file that was changed so lately that another change might not show in it."""

_TOO_LATE_NS = 2 * 10**9
"""Two changes within this many nanoseconds may bear the same time; the coarsest file systems count by 2 s."""


Notes = dict[str, list[int]]
"""By path, the size and time of files: what they were like just before they were opened."""

_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


@dataclass(frozen=True)
class Stamp:
    """What a source was like.

    Attributes:
        path: the file or folder.
        size: in bytes; -1 where there was nothing.
        mtime_ns: when it was last changed, or `NOT_TRUSTED`.
        sha256: of the content, in hexadecimal; empty where there was nothing to read.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str


def stamps(sources: Iterable[Path], known: Sequence[Stamp] = ()) -> list[Stamp]:
    """Say what sources are like now.

    A source is read only if its size or time is not that of its known stamp. One that is edited in place
    to the same size and then given its old time back is therefore taken for unchanged.

    Args:
        sources: files, or folders, whose content is the names of what lies in them.
        known: earlier stamps, of any sources.
    """
    lately = time.time_ns() - _TOO_LATE_NS  # taken first: what changes after this is seen to have changed
    earlier = {stamp.path: stamp for stamp in known}
    return [_stamp(source, earlier.get(str(source)), lately) for source in sources]


def fingerprint(sources: Iterable[Stamp]) -> str:
    """A SHA-256, in hexadecimal, of the content of all sources; where they lie does not matter."""
    return hashlib.sha256("\n".join(stamp.sha256 for stamp in sources).encode()).hexdigest()


@contextmanager
def noting() -> Iterator[Notes]:
    """Collect what is noted meanwhile."""
    notes: Notes = {}
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def note(*paths: Path) -> None:
    """Say that samples depend on files or folders, before these are looked into; they may be missing.

    Of a folder, it is noticed when something in it comes, goes or gets another name.
    """
    notes = _notes.get()
    if notes is None:
        return
    lately = time.time_ns() - _TOO_LATE_NS
    for path in map(str, paths):
        if path not in notes:
            size, time_ns = _glance(path)
            notes[path] = [size, time_ns if time_ns < lately else NOT_TRUSTED]


def unchanged(notes: Mapping[str, Sequence[int]]) -> bool:
    """Tell whether files that were noted have the size and time that they had."""
    return all(_glance(path) == list(noted) for path, noted in notes.items())


def _glance(path: str) -> list[int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - of tens of thousands, in half the time
    except (OSError, ValueError):
        return [-1, NOT_TRUSTED]
    return [status.st_size, status.st_mtime_ns]


def _stamp(source: Path, known: Stamp | None, lately: int) -> Stamp:
    try:
        status = source.stat()
        time_ns = status.st_mtime_ns if status.st_mtime_ns < lately else NOT_TRUSTED
        if known and (known.size, known.mtime_ns) == (status.st_size, time_ns) and time_ns != NOT_TRUSTED:
            return known
        return Stamp(str(source), status.st_size, time_ns, _sha256(source))
    except OSError:  # whoever reads it will say what is wrong
        return Stamp(str(source), -1, NOT_TRUSTED, "")


def _sha256(source: Path) -> str:
    if source.is_dir():
        names = "\0".join(sorted(entry.name for entry in source.iterdir()))
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
