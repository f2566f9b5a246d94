"""A training run that is asked to stop (Ctrl-C, SIGTERM) ends between two steps, with everything saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from refseg_cli.errors import RefsegError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(RefsegError):
    """A run was asked to stop, and has saved what it has."""

    exit_code = 130

    def __init__(self, folder: Path, done: int) -> None:
        super().__init__(
            f"stopped after step {done:,}, everything is saved; to go on: refseg train --resume {folder}"
        )


class StopRequest:
    """Becomes true when the process is asked to stop."""

    def __init__(self) -> None:
        self._asked = False

    def __bool__(self) -> bool:
        return self._asked

    def ask(self) -> None:
        """Ask to stop."""
        self._asked = True


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Take the first SIGINT or SIGTERM as a request; the next one ends the process as it always does."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request  # Python lets only the main thread listen
        return

    def hear(_: int, __: FrameType | None) -> None:
        request.ask()
        restore()

    before = {number: signal.signal(number, hear) for number in _SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    try:
        yield request
    finally:
        restore()


def leave_stopping_to_the_trainer(_: int) -> None:
    """Let a process that reads ahead live on until the trainer ends it: Ctrl-C reaches every process."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
