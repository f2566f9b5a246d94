"""The names of a dataset's categories, from the COCO files that it is read from."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

_LIST = re.compile(r'"categories"\s*:\s*(?=\[)')


def category_names(sources: Iterable[Path]) -> dict[int, str]:
    """Find the names by number; empty where no file gives any.

    Only the list of categories is parsed: the files have a hundred megabytes, and their readers check them.

    Args:
        sources: the files of a split; other than COCO files among them are passed over.
    """
    names: dict[int, str] = {}
    for path in sources:
        if path.suffix == ".json" and path.is_file():
            names |= _names_in(path.read_text(encoding="utf-8", errors="replace"))
    return names


def _names_in(text: str) -> dict[int, str]:
    found = _LIST.search(text)
    if found is None:
        return {}
    try:
        categories, _ = json.JSONDecoder().raw_decode(text, found.end())
        return {int(category["id"]): str(category["name"]) for category in categories}
    except (ValueError, TypeError, KeyError):
        return {}
