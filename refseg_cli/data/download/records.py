"""What was fetched, kept beside the data.

So a later download can be compared with the first, and a later start sees that nothing is left to do.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from refseg_cli.files import write_text

from .content import Digest, digest_file

__all__ = [
    "STATE",
    "Record",
    "Stamp",
    "read_record",
    "record_path",
    "stamp_of",
    "unfinished_mark",
    "write_record",
]

STATE = ".refseg"  # folder, inside the data folder, of what only the downloader reads


@dataclass(frozen=True)
class Stamp:
    """What a file was like when it was written.

    Attributes:
        size: in bytes.
        modified: time of its last change in nanoseconds.
        sha256: of its content.
    """

    size: int
    modified: int
    sha256: str


@dataclass(frozen=True)
class Record:
    """What was fetched, and what became of it.

    Attributes:
        source: where it came from: an address, or the path that a person gave.
        digest: of the file that was fetched.
        files: path relative to the base folder → how it was written.
    """

    source: str
    digest: Digest
    files: Mapping[str, Stamp] = field(default_factory=dict)

    def untouched(self, base: Path) -> bool:
        """Tells whether all files are still as they were written; those that look it are not read."""
        return all(_untouched(base / path, stamp) for path, stamp in self.files.items())

    def damaged(self, base: Path) -> list[str]:
        """Reads all files, and returns what is wrong with them, a line each."""
        lines = []
        for path, stamp in self.files.items():
            if not (base / path).is_file():
                lines.append(f"{base / path}: is missing")
            elif digest_file(base / path).sha256 != stamp.sha256:
                lines.append(f"{base / path}: has changed since it was fetched")
        return lines


def stamp_of(path: Path, sha256: str) -> Stamp:
    """Returns the stamp of a file whose hash is known."""
    status = path.stat()
    return Stamp(status.st_size, status.st_mtime_ns, sha256)


def record_path(base: Path, name: str) -> Path:
    """Returns where the record of a file of the manifest is kept."""
    return base / STATE / "records" / f"{name}.json"


def unfinished_mark(base: Path, name: str) -> Path:
    """Returns the file that is there while what was unpacked gets its final names, one after the other."""
    return base / STATE / "unfinished" / name


def read_record(base: Path, name: str) -> Record | None:
    """Returns the record of a file, or None when there is none that can be read."""
    try:
        document = json.loads(record_path(base, name).read_text("utf-8"))
        files = {path: Stamp(**stamp) for path, stamp in document["files"].items()}
        return Record(document["source"], Digest(**document["digest"]), files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write_record(base: Path, name: str, record: Record) -> None:
    """Keep a record."""
    path = record_path(base, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({"schema_version": 1, **asdict(record)}))


def _untouched(path: Path, stamp: Stamp) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    if status.st_size != stamp.size:
        return False
    # a copy of the data has other times and the same content
    return status.st_mtime_ns == stamp.modified or digest_file(path).sha256 == stamp.sha256
