"""Reads the pickles of the REFER datasets without letting them run anything.

A pickle is a program. Those of REFER hold only lists, dicts, text and numbers, written by Python 2;
everything else is refused by name.
"""

import pickle
from pathlib import Path
from typing import Any

from refseg_cli.errors import DataError

MAX_BYTES = 512 * 2**20
"""Larger files are refused; the largest of the REFER datasets has 34 MB."""

_BUILTIN_MODULES = ("builtins", "__builtin__")
_ALLOWED: dict[str, type] = {
    **{kind.__name__: kind for kind in (set, frozenset, list, dict, tuple, str, int, float, bool)},
    "unicode": str,  # Python 2
    "long": int,  # Python 2
}
_BROKEN = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    MemoryError,
    RecursionError,
)


class _Refused(Exception):
    """A pickle asked for something other than a plain container, text or number."""


class _PlainUnpickler(pickle.Unpickler):
    """Unpickle plain containers, text and numbers only."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if module_name in _BUILTIN_MODULES and global_name in _ALLOWED:
            return _ALLOWED[global_name]
        raise _Refused(f"{module_name}.{global_name}")

    def persistent_load(self, pid: Any) -> Any:
        raise _Refused(f"a persistent object ({pid!r})")


def read_plain_pickle(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Read a pickle of plain containers, text and numbers, as Python 2 or 3 wrote it.

    Args:
        path: the file.
        max_bytes: larger files are refused.

    Returns:
        What the file holds; text of Python 2 is read as latin-1.

    Raises:
        DataError: no such file, too large, broken, or it asks for anything but plain values.
    """
    again = "fetch the file again from where the dataset came from"
    if not path.is_file():
        raise DataError(f"{path}: no such file; {again}, or check the folder with: ls {path.parent}")
    size = path.stat().st_size
    if size > max_bytes:
        raise DataError(f"{path}: {size} bytes, more than the {max_bytes} that are read; {again}")
    try:
        with path.open("rb") as file:
            return _PlainUnpickler(file, encoding="latin1").load()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check it with: ls -l {path}") from error
    except _Refused as error:
        raise DataError(f"{path}: refused, the pickle asks for {error}, not plain data; {again}") from error
    except _BROKEN as error:
        raise DataError(
            f"{path}: not a readable pickle ({type(error).__name__}: {error}); {again}"
        ) from error
