"""Writes a dataset's references so that a reader never meets half a file."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from refseg_cli.files import refuse_to_replace, written_whole

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
    with written_whole(path) as stream:
        pickle.dump(list(references), stream, _PROTOCOL)
