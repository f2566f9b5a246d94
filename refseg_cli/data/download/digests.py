"""What identifies the content of a file: its length and its hashes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20


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
