"""The disk: whether there is room, what to do when it refuses something, and a lock for each file on it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refseg_cli import console
from refseg_cli.errors import DownloadError
from refseg_cli.files import try_lock

__all__ = ["REMEDIES", "SPARE", "disk_fault", "free_bytes", "in_words", "locked", "require_room"]

SPARE = 64 << 20  # bytes that are left alone
REMEDIES = {  # what to do when there is no room, by what the folder lies under
    "data": "free some space or choose another folder with --data",
    "cache": "free some space or set REFSEG_HOME to another folder",
    "torch": "free some space or set TORCH_HOME to another folder",
}


def free_bytes(folder: Path) -> int:
    """Returns how much fits where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_room(folder: Path, needed: int, name: str, remedy: str = REMEDIES["data"]) -> None:
    """Stop unless there is room for so many bytes, and some to spare.

    Raises:
        DownloadError: if there is not.
    """
    free = free_bytes(folder.absolute())
    if needed > 0 and needed + SPARE > free:
        raise DownloadError(
            f"{name} needs {in_words(needed)}, but {folder} has {in_words(free)} left; {remedy}"
        )


def disk_fault(what: str, error: OSError, remedy: str = REMEDIES["data"]) -> DownloadError:
    """Returns the error that says in a sentence what the disk refused, why, and what to do."""
    return DownloadError(f"{what} ({error.strerror or error}); {remedy}")


def in_words(size: int) -> str:
    """Returns a number of bytes as people say it: 54.0 MB."""
    for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size} bytes"


@contextmanager
def locked(path: Path, name: str) -> Iterator[None]:
    """Wait until no other process holds the lock, and hold it, so that two do not fetch the same file.

    Args:
        path: the file that stands for the lock; it is empty, and stays when the lock is released.
        name: what is locked, for the message to those who wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:  # closing it releases the lock
        told = False
        while not try_lock(stream):
            if not told:
                console.say(f"another refseg is fetching {name}: waiting for it")
                told = True
            time.sleep(0.2)
        yield
