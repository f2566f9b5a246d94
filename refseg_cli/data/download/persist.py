"""How long to go on trying: again after a pause that grows, and then at the next address."""

import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from refseg_cli import console

from .transport import TooSlow, TryAgain, TryElsewhere, without_password

__all__ = ["Exhausted", "Patience", "WrongContent", "try_all"]

LONGEST_ASKED = 600.0  # seconds that one address may ask to wait, all in all
TOLD = 5.0  # seconds; longer pauses are told
MOST_REQUESTS = 1000  # at one address, however much each of them brings
Result = TypeVar("Result")


class WrongContent(TryAgain):
    """What came is not what was promised; once that may be an accident of the network, twice it is not."""


class Exhausted(Exception):
    """No address gave the file; the message says why, address by address."""


@dataclass(frozen=True)
class Patience:
    """How often and after what pauses to try.

    Attributes:
        tries: failures in a row at one address, none of which brought anything new, before it is given up.
        first, longest: pauses in seconds; each is twice the one before, less up to half by chance, so that
            many who wait for a server do not all come back at once.
        sleep: waits.
    """

    tries: int = 5
    first: float = 1.0
    longest: float = 60.0
    sleep: Callable[[float], object] = time.sleep

    def wait(self, n_failures: int, asked: float | None, reason: str) -> None:
        """Wait after the n-th failure in a row, at least as long as the server asked; long ones are told."""
        pause = min(self.longest, self.first * 2 ** (n_failures - 1)) * random.uniform(0.5, 1.0)
        pause = max(pause, asked or 0.0)
        if pause > TOLD:
            console.say(f"{reason}; waiting {pause:.0f} s")
        self.sleep(pause)


def try_all(
    addresses: Sequence[str],
    attempt: Callable[[str], Result],
    patience: Patience,
    progress: Callable[[], int] = lambda: 0,
) -> Result:
    """Try addresses in order, each as often as patience allows, until an attempt succeeds.

    Args:
        addresses: in the order in which they are tried.
        attempt: makes one request; raises `TryAgain` or `TryElsewhere`.
        patience: how often, how long.
        progress: how far it has come; while that grows, failures do not count up.

    Returns:
        What the attempt returned.

    Raises:
        Exhausted: if no address is left.
    """
    reasons = []
    for address in addresses:
        try:
            return _try_one(address, attempt, patience, progress)
        except TryElsewhere as reason:
            reasons.append(f"{_server(address)}: {reason}")
    raise Exhausted("; ".join(dict.fromkeys(reasons)) or "no address is known")


def _server(address: str) -> str:
    match = re.match("https?://([^/]+)", without_password(address))
    return match[1] if match else address


def _try_one(
    address: str, attempt: Callable[[str], Result], patience: Patience, progress: Callable[[], int]
) -> Result:
    n_failures, n_wrong, furthest, asked = 0, 0, progress(), 0.0
    for _ in range(MOST_REQUESTS):
        try:
            return attempt(address)
        except TryAgain as reason:
            gained = progress() > furthest and not isinstance(reason, TooSlow)
            n_failures = 1 if gained else n_failures + 1
            n_wrong += isinstance(reason, WrongContent)
            furthest = max(furthest, progress())
            asked += reason.pause or 0.0
            if n_failures >= patience.tries or n_wrong > 1 or asked > LONGEST_ASKED:
                raise TryElsewhere(str(reason)) from reason
            patience.wait(n_failures, reason.pause, f"{_server(address)}: {reason}")
    raise TryElsewhere(f"{MOST_REQUESTS} requests did not bring all of it")
