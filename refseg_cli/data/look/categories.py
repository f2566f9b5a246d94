"""The names of a dataset's categories, from the files that it is read from; drawn ones are known."""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from refseg_cli.data.readers.base import Reader
from refseg_cli.data.shapes.motion_reader import MotionReader
from refseg_cli.data.shapes.reader import ShapesReader, category_id
from refseg_cli.data.shapes.vocabulary import SHAPES

_LIST = re.compile(r'"categories"\s*:\s*(?=\[)')


def categories_of(reader: Reader, splits: Iterable[str]) -> dict[int, str]:
    """The names of the categories of a dataset by number; empty where it gives none."""
    if isinstance(reader, ShapesReader | MotionReader):
        return {category_id(shape): shape for shape in SHAPES}
    return category_names(path for split in splits for path in reader.sources(split))


def category_names(sources: Iterable[Path]) -> dict[int, str]:
    """Find the names by number; empty where no file gives any.

    Of a COCO file only the list of categories is parsed: it may have a hundred megabytes, and its reader
    checks it. In JSON lines each row has its own, and they are numbered from 1 in the order of the alphabet.

    Args:
        sources: the files of a split; those of other kinds among them are passed over.
    """
    names: dict[int, str] = {}
    for path in sources:
        if path.suffix in _NAMES_IN and path.is_file():
            names |= _NAMES_IN[path.suffix](path.read_text(encoding="utf-8-sig", errors="replace"))
    return names


def _of_coco(text: str) -> dict[int, str]:
    found = _LIST.search(text)
    if found is None:
        return {}
    try:
        categories, _ = json.JSONDecoder().raw_decode(text, found.end())
        return {int(category["id"]): str(category["name"]) for category in categories}
    except (ValueError, TypeError, KeyError):
        return {}


def _of_rows(text: str) -> dict[int, str]:
    try:
        rows = [json.loads(line) for line in text.split("\n") if line.strip()]
        return dict(enumerate(sorted({row["category"] for row in rows if row.get("category")}), 1))
    except (ValueError, TypeError, AttributeError):
        return {}


_NAMES_IN: dict[str, Callable[[str], dict[int, str]]] = {".json": _of_coco, ".jsonl": _of_rows}
