"""Disk space: asked for before work starts, so that it does not run out in the middle."""

import shutil
from pathlib import Path

from refseg_cli.errors import DownloadError

__all__ = ["REMEDIES", "SPARE", "free_bytes", "in_words", "require_room"]

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


def in_words(size: int) -> str:
    """Returns a number of bytes as people say it: 54.0 MB."""
    for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size} bytes"
