"""Folders that are written whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refseg_cli.errors import DataError
from refseg_cli.files import refuse_to_replace


@contextmanager
def folder_written_whole(folder: Path) -> Iterator[Path]:
    """Fill another folder beside the one that is to be, and rename it when all is written.

    Raises:
        UsageError: the folder is there.
        DataError: it cannot be written.
    """
    refuse_to_replace(folder, force=False)
    try:
        with tempfile.TemporaryDirectory(prefix=".refseg-", dir=folder.parent) as temporary:
            made = Path(temporary, folder.name)
            made.mkdir()
            yield made
            made.rename(folder)
    except FileNotFoundError:
        raise DataError(f"cannot write {folder}: no such folder; make it: mkdir -p {folder.parent}") from None
    except OSError as error:
        raise DataError(f"cannot write {folder} ({error.strerror or error}); name another folder") from None
