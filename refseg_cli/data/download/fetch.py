"""Fetches one file: resumes, checks its length and hashes, and only then gives it its name."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from refseg_cli.errors import DownloadError

from .content import Digest, Expected, digest_file
from .disk import REMEDIES, SPARE, disk_fault, free_bytes, in_words, require_room
from .part import Origin, Part
from .persist import Exhausted, Patience, WrongContent, try_all
from .transport import TryAgain, TryElsewhere, opened, steadily, without_password

__all__ = ["Fetched", "Wish", "fetch"]

Reached = Callable[[int, int | None], None]
MOST_BYTES = 50_000_000_000  # of a file that nothing is known of
ROUGHLY = 3  # a file may be so many times larger or smaller than is thought
COMPRESSED = {"gzip", "deflate", "x-gzip"}


@dataclass(frozen=True)
class Wish:
    """A file that is wanted.

    Attributes:
        name: for messages.
        addresses: where it is, in the order in which they are tried.
        expected: what is known of its content.
        next_step: what to type when it cannot be fetched.
        fault: says what is wrong with a file that has come, beyond what is expected of it; empty for nothing.
        about: how many bytes it has, roughly; 0 if nobody knows.
        remedy: what to do when there is no room for it.
    """

    name: str
    addresses: tuple[str, ...]
    expected: Expected
    next_step: str
    fault: Callable[[Path], str] = lambda _path: ""
    about: int = 0
    remedy: str = REMEDIES["data"]

    @property
    def most(self) -> int:
        """Returns how many bytes it can have at most."""
        return self.expected.size or self.about * ROUGHLY or MOST_BYTES


@dataclass(frozen=True)
class Fetched:
    """What was fetched: the address that gave it (without name and password), and its digest."""

    address: str
    digest: Digest


def fetch(
    wish: Wish,
    target: Path,
    client: httpx.Client,
    patience: Patience,
    reached: Reached = lambda _done, _total: None,
) -> Fetched:
    """Fetch a file, going on from what an earlier try left.

    Args:
        wish: what to fetch.
        target: where it goes. Under this name there is never anything but the whole, verified file.
        client: makes the requests.
        patience: how often, how long.
        reached: is told how many bytes there are, of how many (or None).

    Returns:
        where it came from, and its digest.

    Raises:
        DownloadError: if no address gave it. What has come stays beside the target and is used the next time.
    """
    part = Part(target)

    def attempt(address: str) -> Fetched:
        _transfer(wish, address, part, client, reached)
        return Fetched(without_password(address), _verified(wish, part))

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fetched = try_all(wish.addresses, attempt, patience, lambda: part.length)
        part.become(target)
    except Exhausted as reasons:
        raise DownloadError(f"{wish.name} could not be fetched: {reasons}; {wish.next_step}") from None
    except OSError as error:
        raise disk_fault(f"{wish.name} cannot be written to {target.parent}", error, wish.remedy) from error
    return fetched


def _transfer(wish: Wish, address: str, part: Part, client: httpx.Client, reached: Reached) -> None:
    """Make one request: for the rest of the part where that is safe, else for the whole."""
    origin = part.origin()
    if origin is None or not part.length or not _continues(origin, address, wish.expected):
        with opened(client, address, {}) as response:
            _write(response, part, _begun(response, address, part, wish), wish, reached)
        return
    start = part.length
    if start in {origin.total, wish.expected.size}:
        return  # all of it came before; only the check was left
    headers = {"Range": f"bytes={start}-"}
    if origin.came_from(address) and origin.mark:
        headers["If-Range"] = origin.mark
    with opened(client, address, headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            if response.headers.get("Content-Range") == f"bytes */{start}":
                return
            part.discard()
            raise TryAgain("it has less than what an earlier try brought")
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            total = _continued(response, address, origin, part, wish)
        else:  # the file has changed, or the server knows no ranges
            total = _begun(response, address, part, wish)
        _write(response, part, total, wish, reached)


def _continues(origin: Origin, address: str, expected: Expected) -> bool:
    """Tells whether a part may be continued: whether a mark of the version or a hash would show a mix-up."""
    return expected.has_hash or (origin.came_from(address) and bool(origin.mark))


def _continued(response: httpx.Response, address: str, origin: Origin, part: Part, wish: Wish) -> int | None:
    """Check that an answer of status 206 is the rest of the part; returns the bytes of the whole."""
    told = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", told, re.ASCII)
    total = int(match[2]) if match and match[2] != "*" else origin.total
    fits = match is not None and int(match[1]) == part.length and _encoding(response, wish.name) is None
    changed = origin.came_from(address) and origin.changed(response)
    if not fits or changed or total != (origin.total or total):
        part.discard()
        raise TryAgain("it sends another piece than was asked for")
    _check_total(total, wish)
    return total if total is not None else wish.expected.size


def _begun(response: httpx.Response, address: str, part: Part, wish: Wish) -> int | None:
    """Start a new part for an answer of status 200; returns the bytes of the whole where that is known."""
    if response.status_code != httpx.codes.OK:
        raise TryElsewhere(f"it answers {response.status_code} to a plain request")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise TryElsewhere("it answers with a web page")
    encoding, length = _encoding(response, wish.name), response.headers.get("Content-Length", "")
    total = _number(length) if encoding is None and length else None
    if encoding is not None and encoding not in COMPRESSED:
        raise TryElsewhere(f"it sends the file encoded as {encoding}")
    size = wish.expected.size
    if size is not None and total is not None and total != size:
        raise TryAgain(f"it has a file of {total:,} bytes, not {size:,}")
    _check_total(total, wish)
    ends_visibly = length or "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    if not (ends_visibly or size is not None or wish.expected.has_hash):
        raise TryElsewhere("it does not say how long the file is, so nobody can tell when it is whole")
    origin = Origin.of(address, response, total) if encoding is None else Origin(without_password(address))
    part.begin(origin)
    return total if total is not None else size


def _number(length: str) -> int:
    if not re.fullmatch(r"\d{1,18}", length, re.ASCII):
        raise TryElsewhere(f"it says that the file has {length[:20]} bytes")
    return int(length)


def _check_total(total: int | None, wish: Wish) -> None:
    """Leave a server alone whose file is far from what it should be, before the disk is asked for room."""
    too_little = wish.expected.size is None and (total or 0) * ROUGHLY < wish.about
    if total is not None and (total > wish.most or too_little):
        raise TryElsewhere(
            f"it has a file of {total:,} bytes, not about {wish.expected.size or wish.about:,}"
        )


def _write(response: httpx.Response, part: Part, total: int | None, wish: Wish, reached: Reached) -> None:
    """Add the body of an answer to the part, and check that it is as long as was said."""
    done, folder = part.length, part.path.parent
    require_room(folder, (total or done) - done, wish.name, wish.remedy)
    most = total if total is not None else min(wish.most, done + free_bytes(folder) - SPARE)
    with part.path.open("ab") as stream:  # with a buffer: only that writes again what a full disk left over
        for chunk in steadily(_chunks(response, wish.name)):
            stream.write(chunk)
            done += len(chunk)
            if done > most:
                break
            reached(done, total)
        stream.flush()
        os.fsync(stream.fileno())
    done = part.length  # what is there, not what was meant to be
    if done > most:
        part.discard()
        if total is None:
            raise TryElsewhere(
                f"it sends more than {in_words(max(0, most))}, and does not say how much it has"
            )
        raise TryAgain(f"it sends more than the {total:,} bytes that it has")
    if total is not None and done < total:
        raise TryAgain(f"the connection ended after {done:,} of {total:,} bytes")


def _chunks(response: httpx.Response, name: str) -> Iterator[bytes]:
    # without a size: chunks that are waited for until they are full would be lost with the connection
    return response.iter_raw() if _encoding(response, name) is None else response.iter_bytes()


def _encoding(response: httpx.Response, name: str) -> str | None:
    """Returns how the body is encoded on its way, or None.

    Some servers call a file that is itself a .gz "gzip-encoded"; to decode that would give another file.
    """
    encoding: str = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    itself = encoding in {"gzip", "x-gzip"} and name.endswith((".gz", ".tgz"))
    return None if encoding == "identity" or itself else encoding


def _verified(wish: Wish, part: Part) -> Digest:
    digest = digest_file(part.path)
    if complaint := wish.expected.complaint(digest) or wish.fault(part.path):
        part.discard()
        raise WrongContent(complaint)
    return digest
