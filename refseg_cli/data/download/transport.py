"""One request over HTTP, and what its answer means: use it, try again, or try elsewhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

__all__ = ["TryAgain", "TryElsewhere", "new_client", "opened"]

MOST_REDIRECTS = 10
LONGEST_PAUSE = 300.0  # seconds that a server may ask for; one that asks for more is given up for now
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


class TryElsewhere(Exception):
    """This address will not give the file, however often it is asked."""


def new_client(connections: int = 8, patience: float = 60.0) -> httpx.Client:
    """Make the client for all requests of a command.

    Args:
        connections: how many there may be at once.
        patience: seconds without a byte after which a connection counts as lost.
    """
    return httpx.Client(
        timeout=httpx.Timeout(patience, connect=min(patience, 20.0), pool=None),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"User-Agent": "refseg", "Accept-Encoding": "identity"},
    )


@contextmanager
def opened(client: httpx.Client, address: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
    """Ask for a file, following redirects, and hand out the answer while its body is still coming.

    What goes wrong while the body is read inside the `with` block is sorted in the same way.

    Yields:
        an answer with status 200, 206 or 416.

    Raises:
        TryAgain: the connection broke, or the server is busy or has a fault.
        TryElsewhere: the address is of no use.
    """
    try:
        response = _follow(client, client.build_request("GET", address, headers=headers))
        try:
            _sort(response)
            yield response
        finally:
            response.close()
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise TryElsewhere(f"no such address: {error}") from error
    except httpx.TimeoutException as error:
        raise TryAgain("it does not answer in time") from error
    except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as error:
        raise TryAgain(f"the connection failed: {str(error) or type(error).__name__}") from error


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
        raise TryElsewhere(f"{told} and asks to come back in {pause / 60:.0f} minutes")
    raise TryAgain(told, pause)


def _pause(retry_after: str) -> float | None:
    """Read the header Retry-After: seconds, or a date."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
