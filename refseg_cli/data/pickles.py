"""Reads the pickles of the REFER datasets without letting them run anything.

A pickle is a program. Those of REFER hold only lists, dicts, text and numbers, written by Python 2, for which
nothing is called: every class and function is refused by its name.
"""

import pickle
from io import BytesIO
from pathlib import Path
from typing import Any

from refseg_cli.errors import DataError

from .pickle_scan import Unreasonable, check_reasonable

MAX_BYTES = 512 * 2**20
"""Larger files are refused; the largest of the REFER datasets has 34 MB."""

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
    again = "mend it, or fetch it again"
    if not path.is_file():
        raise DataError(f"{path}: no such file; {again}, or check the folder with: ls {path.parent}")
    size = path.stat().st_size
    if size > max_bytes:
        raise DataError(f"{path}: {size} bytes, more than the {max_bytes} that are read; {again}")
    try:
        program = path.read_bytes()
        check_reasonable(program)
        return _PlainUnpickler(BytesIO(program), encoding="latin1").load()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check it with: ls -l {path}") from error
    except _Refused as error:
        raise DataError(f"{path}: refused, the pickle asks for {error}, not plain data; {again}") from error
    except Unreasonable as error:
        raise DataError(f"{path}: refused, as no plain data has {error}; {again}") from error
    except _BROKEN as error:
        raise DataError(
            f"{path}: not a readable pickle ({type(error).__name__}: {error}); {again}"
        ) from error
