"""Reads and checks what a dataset's file says, so that what is missing is named with its file and record."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from reprlib import Repr
from typing import Any

from refseg_cli.errors import DataError

_NOUNS = {int: "a whole number", str: "text", list: "a list"}
_AGAIN = "fetch the file again from where the dataset came from"


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        DataError: missing, not readable, or not JSON.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; {how_to_get(path.parent)}")
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check it with: ls -l {path}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON ({error}); {_AGAIN}") from error


def check_records(path: Path, what: str, records: Any, keys: Mapping[str, type]) -> Sequence[Any]:
    """Check that records have the keys that are needed, each with a value of the right type.

    Args:
        path: the file they come from.
        what: one of them is called, such as "image".
        records: should be a list of dicts.
        keys: type of each key's value; the first key is the number that a record goes by.

    Returns:
        The records.

    Raises:
        DataError: they are no list, or one of them is no dict or lacks a key.
    """
    if not isinstance(records, list):
        raise DataError(f"{path}: it has no list of {what}s; {_AGAIN}")
    for place, record in enumerate(records):
        if not isinstance(record, dict):
            raise DataError(f"{path}: {what} number {place + 1} is {_short(record)}, not a record; {_AGAIN}")
        for key, kind in keys.items():
            if not isinstance(record.get(key), kind):
                name = record.get(next(iter(keys)), f"number {place + 1}")
                raise DataError(f"{path}: {what} {name} {_complaint(record, key, kind)}; {_AGAIN}")
    return records


def how_to_get(place: Path) -> str:
    """What to type when files of a dataset are not there."""
    return f"see what can be fetched with: refseg download --list, or check the folder with: ls {place}"


def _complaint(record: Mapping[str, Any], key: str, kind: type) -> str:
    if key not in record:
        return f"lacks {key}"
    return f"has the {key} {_short(record[key])}, which is not {_NOUNS[kind]}"


def _short(value: Any) -> str:
    """Write a value in few characters, however much it holds."""
    return Repr().repr(value)
