"""Whether the content of a file is what it should be: its length and hashes, and what it looks like."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile

from .manifest import RemoteFile

__all__ = ["CHUNK", "Digest", "Expected", "digest_file", "fault_of"]

CHUNK = 1 << 20
ODDLY = 2  # times smaller or larger than a file is said to be, roughly


@dataclass(frozen=True)
class Digest:
    """Length in bytes and hashes (hexadecimal) of some content."""

    size: int
    sha256: str
    md5: str


@dataclass(frozen=True)
class Expected:
    """What is known of some content beforehand; what is None or empty is not known.

    Attributes:
        size: in bytes.
        sha256: in hexadecimal, or its beginning.
        md5: in hexadecimal.
    """

    size: int | None = None
    sha256: str = ""
    md5: str = ""

    @property
    def has_hash(self) -> bool:
        """Tells whether other content of the same length would be noticed."""
        return bool(self.sha256 or self.md5)

    def complaint(self, found: Digest) -> str:
        """Returns how content differs from what was expected; empty when it does not."""
        if self.size is not None and found.size != self.size:
            return f"it has {found.size:,} bytes, not {self.size:,}"
        if not found.sha256.startswith(self.sha256):
            return f"its sha256 is {found.sha256[:16]}…, not {self.sha256[:16]}…"
        if self.md5 and found.md5 != self.md5:
            return f"its md5 is {found.md5}, not {self.md5}"
        return ""


def digest_file(path: Path) -> Digest:
    """Compute the digest of a file in one reading."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            sha256.update(chunk)
            md5.update(chunk)
            size += len(chunk)
    return Digest(size, sha256.hexdigest(), md5.hexdigest())


def fault_of(path: Path, file: RemoteFile) -> str:
    """Returns what shows that this is not the file, also where no hash is known; empty when nothing does.

    Error pages and empty answers must not be trusted.

    Args:
        path: what came.
        file: what the manifest says of it.
    """
    size = path.stat().st_size
    if size == 0:
        return "it is empty"
    if file.kind == "zip":
        # the end of a zip archive is missing where a server lied about the length
        fault = "" if is_zipfile(path) else "it is no whole zip archive"
    else:
        fault = _fault_of_text(path, file.name) if file.kind == "file" else ""
    hashed = file.sha256 or file.md5
    if not fault and not hashed and file.about and not file.about / ODDLY <= size <= file.about * ODDLY:
        return f"it has {size:,} bytes, not about {file.about:,}"
    return fault


def _fault_of_text(path: Path, name: str) -> str:
    if not name.endswith((".json", ".txt")):
        return ""
    with path.open("rb") as stream:
        if stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return "it is a web page"
    return _fault_of_json(path) if name.endswith(".json") else ""


def _fault_of_json(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as stream:
            json.load(stream)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON ({error})"
    return ""
