"""One request over HTTP, and what its answer means: use it, try again, or try elsewhere."""

import os
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event, Timer
from typing import Any

import httpx

from refseg_cli.errors import DownloadError

__all__ = ["TooSlow", "TryAgain", "TryElsewhere", "new_client", "opened", "steadily", "without_password"]

MOST_REDIRECTS = 10
LONGEST_PAUSE = 300.0  # seconds that a server may ask for; one that asks for more is given up for now
LONGEST_TO_ANSWER = 60.0  # seconds until the headers of an answer are there, redirects included
SLOWEST, WINDOW = 1000, 60.0  # bytes a second, over so many seconds, below which a connection is of no use
DAY = 24 * 3600.0
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
CERTIFICATES = {"SSL_CERT_FILE", "SSL_CERT_DIR"}
BUSY = {408, 425, 429}
USABLE = {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE}


class TryAgain(Exception):
    """The same request may succeed later.

    Attributes:
        pause: seconds that the server asked to wait, or None.
    """

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class TooSlow(TryAgain):
    """The body comes so slowly that it would take for ever."""


class TryElsewhere(Exception):
    """This address will not give the file, however often it is asked."""


def new_client(connections: int = 8, patience: float = 60.0) -> httpx.Client:
    """Make the client for all requests of a command.

    Args:
        connections: how many there may be at once.
        patience: seconds without a byte after which a connection counts as lost.

    Raises:
        DownloadError: if the environment asks for a proxy or certificates that cannot be used.
    """
    try:
        return httpx.Client(
            timeout=httpx.Timeout(patience, connect=min(patience, 20.0), pool=None),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            headers={"User-Agent": "refseg", "Accept-Encoding": "identity"},
        )
    except OSError as error:
        raise _misled(CERTIFICATES, error.strerror or str(error)) from error
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise _misled(PROXIES, str(error)) from error


def _misled(variables: set[str], reason: str) -> DownloadError:
    found = " ".join(name for name in sorted(os.environ) if name.upper() in variables) or min(variables)
    return DownloadError(
        f"no connection can be made as {found} asks ({reason}); correct it, or type: unset {found}"
    )


def without_password(address: str) -> str:
    """Returns an address without the name and password that may stand before the host."""
    return re.sub("^(https?://)[^/?#]*@", r"\1", address, flags=re.IGNORECASE)


def steadily(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Hand on the pieces of a body while they come fast enough.

    Raises:
        TooSlow: if they do not.
    """
    started, n_bytes = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        n_bytes += len(chunk)
        if time.monotonic() - started >= WINDOW:
            if n_bytes < SLOWEST * WINDOW:
                raise TooSlow(f"it sends less than {SLOWEST:,} bytes a second")
            started, n_bytes = time.monotonic(), 0


@contextmanager
def opened(
    client: httpx.Client, address: str, headers: Mapping[str, str], patience: float | None = None
) -> Iterator[httpx.Response]:
    """Ask for a file, following redirects, and hand out the answer while its body is still coming.

    What goes wrong while the body is read inside the `with` block is sorted in the same way.

    Args:
        client: makes the request.
        address: of the file.
        headers: to send.
        patience: seconds without a byte after which the connection is lost, if fewer than the client's.

    Yields:
        an answer with status 200, 206 or 416.

    Raises:
        TryAgain: the connection broke, or the server is busy or has a fault.
        TryElsewhere: the address is of no use.
    """
    try:
        response = _answer(client, address, headers, patience)
        try:
            _sort(response)
            yield response
        finally:
            response.close()
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise TryElsewhere(f"no such address: {error}") from error
    except httpx.TimeoutException as error:
        raise TryAgain("it does not answer in time") from error
    except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as error:
        raise TryAgain(f"the connection failed: {str(error) or type(error).__name__}") from error


def _answer(
    client: httpx.Client, address: str, headers: Mapping[str, str], patience: float | None
) -> httpx.Response:
    timeout = httpx.Timeout(client.timeout)
    if patience is not None:
        timeout.read = min(patience, patience if timeout.read is None else timeout.read)
    try:
        with _in_time() as trace:
            extensions = {"trace": trace}
            request = client.build_request(
                "GET", address, headers=headers, timeout=timeout, extensions=extensions
            )
            return _follow(client, request)
    except UnicodeError as error:  # here only: what the body is made of has nothing to do with the address
        raise TryElsewhere(f"no such address: {error}") from error


@contextmanager
def _in_time() -> Iterator[Callable[[str, Mapping[str, Any]], None]]:
    """Cut the connections that are made meanwhile, unless the block is left within `LONGEST_TO_ANSWER`.

    The client's own limit is for each read, so that one byte now and then would hold it up for ever.
    """
    connections: list[socket.socket] = []
    late = Event()

    def trace(event: str, told: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            connections.append(told["return_value"].get_extra_info("socket"))

    def cut() -> None:
        late.set()
        for connection in connections:
            with suppress(OSError):  # it is closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = Timer(LONGEST_TO_ANSWER, cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    except httpx.TransportError as error:
        if late.is_set():
            raise TryAgain("it does not answer in time") from error
        raise
    finally:
        timer.cancel()


def _follow(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Send a request, and those that it is redirected to, but never from https to http."""
    for _ in range(MOST_REDIRECTS + 1):
        if request.url.scheme not in {"http", "https"}:
            raise TryElsewhere(f"only http and https can be fetched, not {request.url.scheme}")
        response = client.send(request, stream=True)
        follow = response.next_request
        if follow is None:
            return response
        response.close()
        if request.url.scheme == "https" and follow.url.scheme == "http":
            raise TryElsewhere(f"it redirects from https to http ({follow.url.host})")
        request = follow
    raise TryElsewhere(f"it redirects more than {MOST_REDIRECTS} times")


def _sort(response: httpx.Response) -> None:
    code = response.status_code
    if code in USABLE:
        return
    told = f"it answers {code} {response.reason_phrase}".strip()
    if code not in BUSY and not httpx.codes.is_server_error(code):
        raise TryElsewhere(told)
    pause = _pause(response.headers.get("Retry-After", ""))
    if pause is not None and pause > LONGEST_PAUSE:
        later = f"in {pause / 60:.0f} minutes" if pause < DAY else "after a day or more"
        raise TryElsewhere(f"{told} and asks to come back {later}")
    raise TryAgain(told, pause)


def _pause(retry_after: str) -> float | None:
    """Read the header Retry-After: seconds, or a date."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
        seconds = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds)
