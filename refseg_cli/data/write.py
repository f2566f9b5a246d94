"""Writes a dataset's references so that a reader never meets half a file."""

import os
import pickle
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from refseg_cli.errors import DataError, UsageError

_PROTOCOL = 2  # as REFER's own files, which Python 2 wrote


def write_references(path: Path, references: Sequence[dict[str, Any]], force: bool = False) -> None:
    """Write references as REFER's pickles hold them, whole or not at all.

    Args:
        path: the file to make.
        references: plain lists, dicts, text and numbers.
        force: replace a file that is there.

    Raises:
        UsageError: the file exists and is not to be replaced.
        DataError: the folder does not exist or cannot be written to.
    """
    refuse_to_replace(path, force)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(pickle.dumps(list(references), _PROTOCOL))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        reason = f"{path}: cannot be written ({error.strerror})"
        raise DataError(f"{reason}; make the folder: mkdir -p {path.parent}") from error


def refuse_to_replace(path: Path, force: bool) -> None:
    """Stop before any work is done when the file is there already.

    Raises:
        UsageError: the file exists and is not to be replaced.
    """
    if path.exists() and not force:
        raise UsageError(f"{path}: exists already; write elsewhere with -o, or replace it with --force")
