"""Folders that are written whole or not at all."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from refseg_cli.errors import UsageError
from refseg_cli.files import refuse_to_replace, written_folder

MARK: Final = "refseg.json"
"""Says what was drawn in the folder that it is in; without it refseg did not write a folder."""


def drawn_in(folder: Path) -> Mapping[str, Any] | None:
    """Returns what was drawn in a folder, such as {"name": "shapes", "size": 500}; None if refseg did not."""
    try:
        mark = json.loads((folder / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None


@contextmanager
def folder_written_whole(folder: Path, mark: Mapping[str, Any], replace: bool = False) -> Iterator[Path]:
    """Fill another folder beside the one that is to be, and rename it when all is written.

    Args:
        folder: to be made.
        mark: what is drawn in it.
        replace: whether one that is there, and that refseg wrote, is swapped for the new one.

    Raises:
        UsageError: the folder is there, and not to be replaced, or not what refseg wrote.
        DataError: it cannot be written.
    """
    if replace and folder.is_symlink():
        raise UsageError(f"{folder}: is a link, which refseg does not replace; remove it: rm {folder}")
    refuse_to_replace(folder, force=replace and drawn_in(folder) is not None)
    with written_folder(folder) as made:
        yield made
        (made / MARK).write_text(json.dumps(mark), "utf-8")
