"""Reads and checks what a dataset's file says, so that what is missing is named with its file and record."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from reprlib import Repr
from typing import Any

from refseg_cli.errors import DataError

_NOUNS = {int: "a whole number", str: "text", list: "a list"}
_AGAIN = "mend it, or fetch it again"
_PLURALS = {"category": "categories"}


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
        raise DataError(f"{path}: it has no list of {_PLURALS.get(what, f'{what}s')}; {_AGAIN}")
    for place, record in enumerate(records):
        if not isinstance(record, dict):
            raise DataError(f"{path}: {what} number {place + 1} is {short(record)}, not a record; {_AGAIN}")
        for key, kind in keys.items():
            value = record.get(key)
            if not isinstance(value, kind) or (kind is int and not fits(value)):
                name = record.get(next(iter(keys)), f"number {place + 1}")
                name = name if isinstance(name, str) or fits(name) else short(name)
                raise DataError(f"{path}: {what} {name} {_complaint(record, key, kind)}; {_AGAIN}")
    return records


def check_distinct(path: Path, what: str, numbers: Iterable[int]) -> None:
    """Check that no two records go by the same number.

    Raises:
        DataError: names the first number that comes again.
    """
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            raise DataError(f"{path}: {what} {number} is there twice; {_AGAIN}")
        seen.add(number)


def fits(value: object) -> bool:
    """Tell whether a value is a whole number of the size that a sample index holds, less than 2^63."""
    return isinstance(value, int) and -(2**63) <= value < 2**63


def check_additions(path: Path, what: str, sentence: Mapping[str, Any]) -> None:
    """Check what sentences have that refseg wrote: their kind, and the types of their words.

    Raises:
        DataError: one of them is not as refseg writes it.
    """
    word_types = sentence.get("word_types", [])
    if not isinstance(sentence.get("kind", ""), str):
        raise DataError(f"{path}: {what} has a kind that is not text; {_AGAIN}")
    if not isinstance(word_types, list | tuple) or not all(isinstance(each, str) for each in word_types):
        raise DataError(f"{path}: {what} has word_types that are no texts; {_AGAIN}")


def how_to_get(place: Path) -> str:
    """What to type when files of a dataset are not there."""
    return f"see what can be fetched with: refseg download --list, or check the folder with: ls {place}"


def _complaint(record: Mapping[str, Any], key: str, kind: type) -> str:
    if key not in record:
        return f"lacks {key}"
    if kind is int and isinstance(record[key], int):
        return f"has a {key} of more than 63 bits"
    return f"has the {key} {short(record[key])}, which is not {_NOUNS[kind]}"


def short(value: Any) -> str:
    """Write a value in few characters, however much it holds."""
    return "a huge number" if isinstance(value, int) and not fits(value) else Repr().repr(value)
