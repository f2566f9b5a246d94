"""A lock so that two refsegs do not fetch the same file at once.

The system itself releases it when a process ends, however it ends: there are no locks of the dead to clear.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from refseg_cli import console

if sys.platform == "win32":
    import msvcrt

    def _take(stream: IO[bytes]) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


__all__ = ["locked"]


@contextmanager
def locked(path: Path, name: str) -> Iterator[None]:
    """Wait until no other process holds the lock, and hold it.

    Args:
        path: the file that stands for the lock; it is empty, and stays when the lock is released.
        name: what is locked, for the message to those who wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:  # closing it releases the lock
        told = False
        while not _taken(stream):
            if not told:
                console.say(f"another refseg is fetching {name}: waiting for it")
                told = True
            time.sleep(0.2)
        yield


def _taken(stream: IO[bytes]) -> bool:
    try:
        _take(stream)
    except (BlockingIOError, PermissionError):  # held by another; Windows says that it is not permitted
        return False
    return True
