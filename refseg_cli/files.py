"""Files that refseg writes: whole or not at all, and never over something that is there."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO

from refseg_cli.errors import DataError, UsageError

if sys.platform == "win32":
    import msvcrt

    def _lock(stream: IO[bytes]) -> None:
        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


__all__ = ["cache_folder", "refuse_to_replace", "try_lock", "write_text", "written_folder", "written_whole"]


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Write under another name in the same folder, and rename when all is written.

    Whatever happens meanwhile, the file under its own name is either the old one or the whole new one.

    Raises:
        DataError: If it cannot be written (no space, no rights, no folder).
    """
    # the own name may be as long as names can be: the temporary one must not grow with it
    temporary = path.with_name(f".refseg-{os.getpid()}-{sha256(path.name.encode()).hexdigest()[:8]}.part")
    try:
        with temporary.open("wb") as stream:
            yield stream
        temporary.replace(path)
    except FileNotFoundError:
        raise DataError(f"cannot write {path}: no such folder; make it: mkdir -p {path.parent}") from None
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"cannot write {path} ({reason}); make room, or choose another folder") from None
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def written_folder(folder: Path) -> Iterator[Path]:
    """Fill another folder beside the one that is to be, and rename it when all is written.

    One that is there is replaced: whoever calls has asked whether it may be.

    Raises:
        DataError: If it cannot be written (no space, no rights, no folder to hold it).
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".refseg-", dir=folder.parent) as temporary:
            made = Path(temporary, folder.name)
            made.mkdir()
            yield made
            if folder.exists():
                folder.rename(Path(temporary, "old"))
            made.rename(folder)
    except FileNotFoundError:
        raise DataError(f"cannot write {folder}: no such folder; make it: mkdir -p {folder.parent}") from None
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"cannot write {folder} ({reason}); make room, or choose another folder") from None


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all, in UTF-8.

    Raises:
        DataError: If it cannot be written.
    """
    with written_whole(path) as stream:
        stream.write(text.encode("utf-8"))


def refuse_to_replace(path: Path, force: bool) -> None:
    """Stop before any work is done when the file is there already.

    Raises:
        UsageError: If the file exists and is not to be replaced.
    """
    if path.exists() and not force:
        raise UsageError(f"{path}: exists already; write elsewhere with --out, or replace it with --force")


def try_lock(stream: IO[bytes]) -> bool:
    """Take the lock of an open file, unless another process has it; closing the file gives it back.

    The system itself does so when a process ends, however it ends: no locks of the dead to clear.
    """
    try:
        _lock(stream)
    except (BlockingIOError, PermissionError):  # held by another; Windows says that it is not permitted
        return False
    return True


def cache_folder() -> Path:
    """The folder for what can be made again: `$REFSEG_HOME`, or the platform's cache folder."""
    if home := os.environ.get("REFSEG_HOME"):
        return Path(home)
    from platformdirs import user_cache_path

    return user_cache_path("refseg", appauthor=False)
