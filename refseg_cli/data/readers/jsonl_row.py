"""One line of one's own data: which keys it may have, and what may stand under each."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from .own_masks import FORMS, BadRow, form_of, short

_KEYS = ("image", "video", "text", *FORMS, "masks", "frame", "split", "value", "id", "category")

_MAX_DIGITS = 12


@dataclass(frozen=True)
class Row:
    """A line as it was meant, checked apart from files.

    Attributes:
        line: its number, from 1.
        picture: name of the photo, video or folder of frames.
        is_video: whether it is a video.
        texts: the sentences.
        masks: form and content of its mask, as `own_masks.annotation_of` reads them; of a video by
            frame, of a photo under -1.
        value: number of the object in the PNG of a mask; None for every pixel that is not 0.
        split: the name of its split.
        name: what it goes by.
        category: what kind of thing is meant, or "".
    """

    line: int
    picture: str
    is_video: bool
    texts: tuple[str, ...]
    masks: Mapping[int, tuple[str, Any]]
    value: int | None
    split: str
    name: str
    category: str


def read_row(text: str, line: int, unmarked: str) -> Row:
    """Read one line.

    Args:
        text: the line.
        line: its number.
        unmarked: split of a line that names none.

    Raises:
        BadRow: it is not JSON, has an unknown key, lacks one, or something else stands under one.
    """
    try:
        row = json.loads(text, object_pairs_hook=_object)
    except BadRow:
        raise
    except (ValueError, RecursionError) as error:
        raise BadRow(f"not JSON ({error}); write one object a line") from None
    if not isinstance(row, dict):
        raise BadRow(f"{short(row)} is not an object; write {{…}} on each line")
    _check_keys(row)
    is_video = "video" in row
    return Row(
        line=line,
        picture=_text(row, "video" if is_video else "image"),
        is_video=is_video,
        texts=_texts(row),
        masks=_masks_by_frame(row) if is_video else {-1: _mask(row)},
        value=_value(row),
        split=_text(row, "split") if "split" in row else unmarked,
        name=_name(row, line),
        category=_text(row, "category") if "category" in row else "",
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a JSON object; of a key that stands there twice, the last would win without a word."""
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise BadRow(f"the key {short(twice)} stands there twice; drop one of them")
    return made


def _check_keys(row: Mapping[str, Any]) -> None:
    for key in row:
        if key not in _KEYS:
            close = get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(_KEYS)}"
            raise BadRow(f"unknown key {short(key)}; {hint}")
    if ("image" in row) == ("video" in row):
        raise BadRow("it needs either image or video; name the one that the text is about")
    if "text" not in row:
        raise BadRow("it lacks text; write the sentence that names what is in the mask")
    if "image" in row and ("masks" in row or "frame" in row):
        raise BadRow("masks and frame are for a video, but it has an image; use video, or drop them")


def _text(row: Mapping[str, Any], key: str) -> str:
    if not isinstance(row[key], str) or not row[key].strip():
        raise BadRow(f"{key} is {short(row[key])}, which is not a text with something in it; mend it")
    return str(row[key])


def _texts(row: Mapping[str, Any]) -> tuple[str, ...]:
    texts = row["text"] if isinstance(row["text"], list) else [row["text"]]
    if not texts:
        raise BadRow("text is an empty list; write at least one sentence")
    return tuple(_text({"text": text}, "text") for text in texts)


def _mask(row: Mapping[str, Any]) -> tuple[str, Any]:
    forms = [form for form in FORMS if form in row]
    if len(forms) != 1:
        found = " and ".join(forms) or "no mask"
        raise BadRow(f"it has {found}; give exactly one of {', '.join(FORMS)}")
    return forms[0], row[forms[0]]


def _masks_by_frame(row: Mapping[str, Any]) -> dict[int, tuple[str, Any]]:
    if "masks" not in row:
        if "frame" not in row:
            raise BadRow('a video needs masks; write "masks": {"0": …}, or frame and one mask')
        return {_number(row["frame"], "frame"): _mask(row)}
    if "frame" in row or any(form in row for form in FORMS):
        raise BadRow("masks already says the frames and their masks; drop frame and the other mask")
    masks = row["masks"]
    if not isinstance(masks, dict) or not masks:
        raise BadRow(f'masks is {short(masks)}; write {{"0": …}} with a mask for each frame')
    by_frame: dict[int, tuple[str, Any]] = {}
    for key, given in masks.items():
        if _frame(key) in by_frame:
            raise BadRow(f"masks has two keys for the frame {_frame(key)}; drop one of them")
        by_frame[_frame(key)] = form_of(given), given
    return by_frame


def _frame(key: str) -> int:
    if not key.isdecimal() or len(key) > _MAX_DIGITS:
        raise BadRow(f"masks has the key {short(key)}, which is not the number of a frame; count them from 0")
    return int(key)


def _value(row: Mapping[str, Any]) -> int | None:
    if "value" not in row:
        return None
    if "mask" not in row and "masks" not in row:
        raise BadRow("value is the number of an object in the PNG of a mask, but there is no PNG; drop it")
    return _number(row["value"], "value")


def _number(given: Any, key: str) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise BadRow(f"{key} is {short(given)}, which is not a whole number from 0; mend it")
    return given


def _name(row: Mapping[str, Any], line: int) -> str:
    name = row.get("id", line)
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise BadRow(f"id is {short(name)}, which is neither a text nor a whole number; mend it")
    return str(name)
