"""The masks that a person gives in a row of JSON lines: a picture, a polygon, run lengths or a box."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from refseg.models.images import image_size
from refseg_cli.data.array_files import read_pixels
from refseg_cli.data.masks import UnreadableMask, decode_mask
from refseg_cli.data.stamps import note

FORMS = ("mask", "polygon", "rle", "bbox")
"""The keys of a row that say where its mask is."""

_EXACT = frozenset({".png", ".bmp", ".gif", ".tif", ".tiff"})

_FAR = 10**6
"""No picture is so large; and the library's memory grows with the length of a polygon's sides."""


class BadRow(ValueError):
    """A row of one's own data is not as it should be; says what is wrong and what to do."""


def annotation_of(
    form: str, given: Any, size: tuple[int, int], folder: Path, value: int | None = None
) -> dict[str, Any]:
    """Bring a mask as a person gives it to a form of `decode_mask`, and check it.

    Args:
        form: one of `FORMS`.
        given: what stands under that key.
        size: width and height that the mask must have.
        folder: what the name of a file is relative to.
        value: number of the object in a file; None for every pixel that is not 0.

    Raises:
        BadRow: it is not what `form` asks for, has another size, or holds no pixel.
        DataError: a file of a mask cannot be read as one.
        ImageError: it is missing or no picture.
    """
    if form == "mask":
        return _file(given, size, folder, value)
    annotation = _DRAWN[form](given, size)
    try:
        mask = decode_mask(annotation, size[1], size[0])
    except UnreadableMask as error:
        raise BadRow(f"the {form} cannot be drawn: {error.reason}; check it") from None
    if not mask.any():
        raise BadRow(f"the {form} holds no pixel of the picture, which is {size[0]}x{size[1]}; check it")
    return annotation


def form_of(given: Any) -> str:
    """Tell which form stands under `masks`, where no key says it."""
    if isinstance(given, Mapping):
        return "rle"
    return "mask" if isinstance(given, str) else "polygon"


def _file(given: Any, size: tuple[int, int], folder: Path, value: int | None) -> dict[str, Any]:
    if not isinstance(given, str):
        raise BadRow(f"the mask {short(given)} is not the name of a file; name a PNG")
    path = folder / given
    if path.suffix.lower() not in _EXACT:
        raise BadRow(
            f"the mask {given} is no PNG; save it as one, since other formats change the numbers in it"
        )
    note(path)
    _check_size(given, image_size(path), size)
    annotation = {"png": str(path), **({} if value is None else {"value": value})}
    width, height = size
    if not decode_mask(annotation, height, width).any():
        found = np.unique(read_pixels(path, height, width) * 1).tolist()
        wanted = "that is not 0" if value is None else f"of the value {value}"
        raise BadRow(f"the mask {given} has no pixel {wanted}: its values are {short(found)}; check it")
    return annotation


def _polygon(given: Any, _: tuple[int, int]) -> dict[str, Any]:
    polygons = given if isinstance(given, list) and given and isinstance(given[0], list) else [given]
    for polygon in polygons:
        if not _are_numbers(polygon) or len(polygon) < 6 or len(polygon) % 2:
            raise BadRow(
                f"the polygon {short(polygon)} is not x and y of three or more corners; write [x, y, x, y, …]"
            )
    return {"segmentation": polygons}


def _run_lengths(given: Any, size: tuple[int, int]) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not {"size", "counts"} <= given.keys():
        raise BadRow(f'the rle {short(given)} lacks size or counts; write {{"size": [h, w], "counts": …}}')
    if not _are_numbers(given["size"]) or len(given["size"]) != 2:
        raise BadRow(f"the size {short(given['size'])} is not [height, width]; mend it")
    counts = given["counts"]
    if not isinstance(counts, str) and not (_are_numbers(counts) and all(type(run) is int for run in counts)):
        raise BadRow(f"the counts {short(counts)} are neither COCO's text nor whole numbers; mend them")
    _check_size("the rle", tuple(reversed(given["size"])), size)
    return {"segmentation": {"size": given["size"], "counts": counts}}


def _box(given: Any, _: tuple[int, int]) -> dict[str, Any]:
    if not _are_numbers(given) or len(given) != 4 or min(given[2:]) <= 0:
        raise BadRow(f"the bbox {short(given)} is not [x, y, width, height] with a positive size; mend it")
    left, top, width, height = given
    right, bottom = left + width, top + height
    return {"segmentation": [[left, top, right, top, right, bottom, left, bottom]], "bbox": given}


_DRAWN: dict[str, Callable[[Any, tuple[int, int]], dict[str, Any]]] = {
    "polygon": _polygon,
    "rle": _run_lengths,
    "bbox": _box,
}


def _check_size(name: str, found: tuple[int, ...], size: tuple[int, int]) -> None:
    if found != size:
        sides, wanted = "x".join(map(str, found)), "x".join(map(str, size))
        raise BadRow(f"{name} is {sides} but the picture is {wanted}; give the mask of that picture")


def _are_numbers(given: Any) -> bool:
    """Tell whether it is a list of numbers, of which none is true, false, not a number or very large."""
    return isinstance(given, list) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and abs(each) < _FAR for each in given
    )


def short(given: Any) -> str:
    """Write a JSON value in at most 40 characters."""
    text = json.dumps(given, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
