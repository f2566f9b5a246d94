"""The beginning of a file that is being fetched, kept so that the next request can go on from there."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import httpx

from .transport import without_password


@dataclass(frozen=True)
class Origin:
    """Where a part came from and what the server said of the whole.

    Attributes:
        address: that it was asked for at, without name and password.
        etag, modified: marks of the version: the headers ETag and Last-Modified, empty if there were none.
        total: bytes of the whole, or None when the server did not say.
    """

    address: str
    etag: str = ""
    modified: str = ""
    total: int | None = None

    @classmethod
    def of(cls, address: str, response: httpx.Response, total: int | None) -> Self:
        """Make a note of an answer."""
        headers = response.headers
        return cls(
            without_password(address), headers.get("ETag", ""), headers.get("Last-Modified", ""), total
        )

    @property
    def mark(self) -> str:
        """Returns what If-Range takes: a strong ETag, or the date; empty when a header can hold neither."""
        marks = (mark for mark in (self.etag, self.modified) if mark.isascii() and mark.isprintable())
        return next((mark for mark in marks if mark and not mark.startswith("W/")), "")

    def came_from(self, address: str) -> bool:
        """Tells whether an address is the one that it was asked for at."""
        return self.address == without_password(address)

    def changed(self, response: httpx.Response) -> bool:
        """Tells whether an answer is about another version of the file."""
        headers = response.headers
        pairs = ((self.etag, headers.get("ETag", "")), (self.modified, headers.get("Last-Modified", "")))
        return any(ours and theirs and ours != theirs for ours, theirs in pairs)


class Part:
    """`NAME.part`, beside where the file will be, with a note of its origin in `NAME.part.json`.

    Args:
        target: where the whole file will be.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def length(self) -> int:
        """Returns how many bytes there are."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def origin(self) -> Origin | None:
        """Returns where the part came from; None when there is no part, or nobody knows."""
        try:
            note = json.loads(self._note.read_text("utf-8"))
            return Origin(**note) if self.path.is_file() else None
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, origin: Origin) -> None:
        """Start anew with nothing; the note is written first, so that no part has the note of another."""
        self.discard()
        self._note.write_text(json.dumps(asdict(origin)), "utf-8")
        self.path.touch()

    def discard(self) -> None:
        """Remove the part and its note."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def become(self, target: Path) -> None:
        """Give the part, which is whole, its final name."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)
