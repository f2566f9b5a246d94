"""What is wrong with a file of which no hash is known: error pages and empty answers must not be trusted."""

import json
from pathlib import Path
from zipfile import is_zipfile

from .manifest import RemoteFile

__all__ = ["fault_of"]

ODDLY = 2  # times smaller or larger than a file is said to be, roughly


def fault_of(path: Path, file: RemoteFile) -> str:
    """Returns what shows that this is not the file; empty when nothing does.

    Args:
        path: what came.
        file: what the manifest says of it.
    """
    size = path.stat().st_size
    if size == 0:
        return "it is empty"
    if file.kind == "zip":
        # the end of a zip archive is missing where a server lied about the length
        fault = "" if is_zipfile(path) else "it is no whole zip archive"
    else:
        fault = _fault_of_text(path, file.name) if file.kind == "file" else ""
    hashed = file.sha256 or file.md5
    if not fault and not hashed and file.about and not file.about / ODDLY <= size <= file.about * ODDLY:
        return f"it has {size:,} bytes, not about {file.about:,}"
    return fault


def _fault_of_text(path: Path, name: str) -> str:
    if not name.endswith((".json", ".txt")):
        return ""
    with path.open("rb") as stream:
        if stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return "it is a web page"
    return _fault_of_json(path) if name.endswith(".json") else ""


def _fault_of_json(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as stream:
            json.load(stream)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON ({error})"
    return ""
