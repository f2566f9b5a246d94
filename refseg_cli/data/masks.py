"""The mask of an annotation, in any of the forms in which COCO and REFER store one."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pycocotools.mask as rle

from refseg_cli.errors import DataError

from .drawn import draw_mask
from .mask_files import FILE_FORMS

_SHORTEST_POLYGON = 6  # three corners; the library would read four numbers as a box


def decode_mask(
    annotation: Mapping[str, Any], height: int, width: int, frame: int = 0, stem: str = ""
) -> np.ndarray:
    """Draw the mask of one annotation at the size of its image.

    Reads every form in which the datasets store one:

    - `segmentation`: as COCO and REFER have it; polygons, run lengths (counts as a list), compressed run
      lengths (counts as text) and the list of run lengths that refclef uses; parts of a list are united;
    - `frames`: of a clip, an annotation for each frame by its number as text;
    - `union`: a list of annotations, united; none at all for a sentence that names nothing;
    - `h5`, `mat`, `png`: a file, see `mask_files.py`;
    - `shapes`, `shapes_motion`: the recipe of a generated picture or clip, see `drawn.py`.

    Args:
        annotation: of one of these forms.
        height: of the image, in pixels.
        width: of the image, in pixels.
        frame: of a clip, the number of the frame, from 0.
        stem: of a clip, the name of the frame.

    Returns:
        (height, width) bool.

    Raises:
        DataError: no mask, one that cannot be read, or one of another size than the image.
    """
    if "frames" in annotation:
        return decode_mask(annotation["frames"][str(frame)], height, width)
    if "union" in annotation:
        mask = np.zeros((height, width), dtype=bool)
        for part in annotation["union"]:
            mask |= decode_mask(part, height, width, frame, stem)
        return mask
    if annotation.get("segmentation"):
        return _decode_segmentation(annotation, height, width)
    for form, read in FILE_FORMS.items():
        if form in annotation:
            return read(annotation, height, width, frame, stem)
    drawn = draw_mask(annotation, frame)
    if drawn is None:
        raise _unreadable(annotation, "it has no segmentation")
    return drawn


def _decode_segmentation(annotation: Mapping[str, Any], height: int, width: int) -> np.ndarray:
    """Draw polygons or run lengths."""
    try:
        parts = _run_lengths(annotation, annotation["segmentation"], height, width)
        decoded = _decode(parts)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise _unreadable(annotation, f"its segmentation cannot be decoded ({error})") from error
    mask: np.ndarray = decoded.sum(axis=2) > 0
    if mask.shape != (height, width):
        found = f"{mask.shape[1]}x{mask.shape[0]}"
        raise _unreadable(annotation, f"its mask is {found} but the image is {width}x{height}")
    return mask


def _decode(parts: list[dict[str, Any]]) -> np.ndarray:
    """Decode run lengths of one size to (height, width, parts) of 0 and 1."""
    with warnings.catch_warnings():  # pycocotools 2.0.11 hands out its arrays in a way that NumPy 2 calls old
        warnings.simplefilter("ignore", DeprecationWarning)
        decoded: np.ndarray = rle.decode(parts)
    return decoded


def _run_lengths(
    annotation: Mapping[str, Any], segmentation: Any, height: int, width: int
) -> list[dict[str, Any]]:
    """Bring every form of a segmentation to a list of compressed run lengths."""
    if isinstance(segmentation, Mapping):
        return [_compressed(segmentation)]
    if isinstance(segmentation[0], Mapping):
        return [_compressed(part) for part in segmentation]
    polygons = [polygon for polygon in segmentation if len(polygon) >= _SHORTEST_POLYGON]
    if not polygons or any(len(polygon) % 2 for polygon in polygons):
        raise _unreadable(annotation, "its polygons need x, y pairs and at least three corners")
    encoded: list[dict[str, Any]] = rle.frPyObjects(polygons, height, width)
    return encoded


def _compressed(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return one run-length dict in the library's compressed form; its runs must fill the image exactly."""
    counts, size = part["counts"], [int(side) for side in part["size"]]
    if not isinstance(counts, str | bytes):
        return _compress(counts, size)
    text = counts.encode("ascii") if isinstance(counts, str) else counts
    _check_length(_total(text), size)  # the library would take the rest of a text cut short for empty
    return {"size": size, "counts": text}


def _total(counts: bytes) -> int:
    """How many pixels the runs of COCO's compressed text cover.

    Each number is written in groups of 5 bits, lowest first, as characters from "0" on; bit 6 says that more
    follow. From the fourth on, it is the difference to the run two before.
    """
    runs: list[int] = []
    run = shift = 0
    for character in counts:
        group = character - 48
        run |= (group & 31) << shift
        shift += 5
        if not group & 32:
            signed = run - (1 << shift) if group & 16 else run
            runs.append(signed + (runs[-2] if len(runs) > 2 else 0))
            run = shift = 0
    return sum(runs)


def _compress(counts: Sequence[int], size: list[int]) -> dict[str, Any]:
    """Compress plain run lengths, which must fill the image exactly."""
    _check_length(sum(counts), size)
    encoded: dict[str, Any] = rle.frPyObjects({"size": size, "counts": list(counts)}, *size)
    return encoded


def _check_length(total: int, size: list[int]) -> None:
    if total != size[0] * size[1]:
        raise ValueError(f"run lengths add up to {total}, not to {size[0]} x {size[1]}")


def _unreadable(annotation: Mapping[str, Any], reason: str) -> DataError:
    name = annotation.get("id", "?")
    return DataError(f"annotation {name}: {reason}; look at it in instances.json or fetch the dataset again")
