"""What the readers of several datasets need: their tables, their splits, and how large a picture is."""

import csv
from collections.abc import Sequence
from pathlib import Path

from refseg.models.errors import ImageError
from refseg.models.images import image_size
from refseg_cli.data.stamps import note
from refseg_cli.errors import DataError

from .base import NoSuchSplit, Reader


def get(dataset: str) -> str:
    """What to type when a file of a dataset is missing or broken; one without a name is one's own."""
    return f"get it with: refseg download {dataset}" if dataset else "mend it, or put it there"


def whole_number(text: str) -> int | None:
    """Read a number of digits alone, of at most 18 of them; anything else is none."""
    return int(text) if len(text) <= 18 and text.isascii() and text.isdecimal() else None


def check_split(reader: Reader, split: str) -> None:
    """Refuse a split that a dataset does not have.

    Raises:
        NoSuchSplit: lists those that it has.
    """
    if split not in reader.splits():
        raise NoSuchSplit(reader.name, split, reader.splits())


def present(*paths: Path) -> tuple[Path, ...]:
    """Those that are there: what a reader can do without must not be missing among its sources."""
    return tuple(path for path in paths if path.exists())


def read_lines(path: Path, dataset: str, encoding: str = "utf-8") -> list[str]:
    """Read the lines of a text file.

    Raises:
        DataError: missing, empty or no text.
    """
    try:
        lines = path.read_text(encoding=encoding).splitlines()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{path}: no such file; {get(dataset)}") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check it with: ls -l {path}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no text ({error}); {get(dataset)}") from error
    if not lines:
        raise DataError(f"{path}: is empty; {get(dataset)}")
    return lines


def read_table(path: Path, dataset: str, columns: Sequence[str], header: bool = True) -> list[list[str]]:
    """Read a table whose cells are separated by commas; quotation marks are text like any other.

    Args:
        path: the file.
        dataset: that it belongs to.
        columns: their names.
        header: the first line holds the names of the columns.

    Returns:
        Its rows, each with a text per column.

    Raises:
        DataError: missing, empty, without these columns, or a row has more or fewer.
    """
    try:
        rows = list(csv.reader(read_lines(path, dataset), quoting=csv.QUOTE_NONE))
    except csv.Error as error:
        raise DataError(f"{path}: is no table ({error}); {get(dataset)}") from error
    if header and rows.pop(0) != list(columns):
        raise DataError(f"{path}: does not start with the line {','.join(columns)}; {get(dataset)}")
    for number, row in enumerate(rows, 1 + header):
        if len(row) != len(columns):
            raise DataError(f"{path}: line {number} has {len(row)} cells, not {len(columns)}; {get(dataset)}")
    if not rows:
        raise DataError(f"{path}: has no rows; {get(dataset)}")
    return rows


def picture_size(path: Path, dataset: str) -> tuple[int, int]:
    """Tell the height and width that a picture has when it is read, mostly from its first bytes.

    Raises:
        DataError: missing or broken.
    """
    note(path)
    if not path.is_file():
        raise DataError(f"{path}: the picture is missing; {get(dataset)}")
    try:
        width, height = image_size(path)
    except ImageError as error:
        raise DataError(str(error)) from error
    return height, width
