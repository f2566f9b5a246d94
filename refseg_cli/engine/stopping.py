"""A training run that is asked to stop (Ctrl-C, SIGTERM, SIGHUP) ends between two steps, all of it saved."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path
from types import FrameType

from refseg_cli.errors import RefsegError

_HANGUP = getattr(signal, "SIGHUP", None)  # the terminal was closed; not every platform tells
_SIGNALS = (signal.SIGINT, signal.SIGTERM) if _HANGUP is None else (signal.SIGINT, signal.SIGTERM, _HANGUP)


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
    """Take the first SIGINT, SIGTERM or SIGHUP as a request; the next one ends the process as it always does.

    SIGHUP stays ignored where it is (`nohup`), and once heard, as a terminal that closes sends several.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request  # Python lets only the main thread listen
        return

    def hear(number: int, _: FrameType | None) -> None:
        request.ask()
        restore()
        if number == _HANGUP:
            signal.signal(number, signal.SIG_IGN)
            _write_to_no_closed_terminal()

    before = {number: signal.signal(number, hear) for number in _SIGNALS if not _is_nohup(number)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    try:
        yield request
    finally:
        restore()


def _is_nohup(number: int) -> bool:
    return number == _HANGUP and signal.getsignal(number) == signal.SIG_IGN


def _write_to_no_closed_terminal() -> None:
    """Say nothing more where the terminal is gone: an error in saying would come before the save."""
    for stream in (1, 2):
        try:
            os.write(stream, b"")
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream)
            os.close(nowhere)


def leave_stopping_to_the_trainer(_: int) -> None:
    """Let a process that reads ahead live as long as the trainer: Ctrl-C reaches every process."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_trainer, daemon=True).start()


def _end_with_the_trainer() -> None:
    """End this process when the trainer ends, be it by SIGKILL: torch watches the fork server instead."""
    if (trainer := parent_process()) is not None:
        trainer.join()
        os._exit(1)
