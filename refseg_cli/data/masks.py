"""The mask of an annotation, in any of the forms in which COCO and REFER store one."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pycocotools.mask as rle

from refseg.models.images import MAX_PIXELS
from refseg_cli.errors import DataError

from .drawn import MOTION, SHAPES, draw_mask
from .mask_files import FILE_FORMS

_OWN_FORMS = frozenset({"frames", "union", SHAPES, MOTION, *FILE_FORMS})
_FAR = 10  # times the longer side: the library crashes on corners that are much farther out
_SHORTEST_POLYGON = 6  # three corners; the library would read four numbers as a box


class UnreadableMask(DataError):
    """An annotation has no mask that can be drawn; `reason` says why, without the name of the annotation."""

    reason = ""


def plain_annotation(annotation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take an annotation as a file of others gives it, without the keys that only refseg's readers may set.

    Otherwise a file could name any other file as its mask.

    Args:
        annotation: a record of a COCO file; it is not changed.
    """
    return {key: value for key, value in annotation.items() if key not in _OWN_FORMS}


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
        DataError: no mask, one that cannot be read, or one of another size than the image; or the image is
            of no size that is read.
    """
    if min(height, width) < 1 or height * width > MAX_PIXELS:
        raise _unreadable(annotation, f"its image is said to be {width}x{height}, which cannot be")
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
        return _decode(_run_lengths(annotation, annotation["segmentation"], height, width))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise _unreadable(annotation, f"its segmentation cannot be decoded ({error})") from error


def _decode(parts: list[dict[str, Any]]) -> np.ndarray:
    """Unite run lengths of one size and decode them to (height, width) bool."""
    with warnings.catch_warnings():  # pycocotools 2.0.11 hands out its arrays in a way that NumPy 2 calls old
        warnings.simplefilter("ignore", DeprecationWarning)
        decoded: np.ndarray = rle.decode(rle.merge(parts))
    return decoded > 0


def _run_lengths(
    annotation: Mapping[str, Any], segmentation: Any, height: int, width: int
) -> list[dict[str, Any]]:
    """Bring every form of a segmentation to a list of compressed run lengths."""
    if isinstance(segmentation, Mapping):
        segmentation = [segmentation]
    if isinstance(segmentation[0], Mapping):
        for part in segmentation:
            _check_size(annotation, part["size"], height, width)
        return [_compressed(part["counts"], [height, width]) for part in segmentation]
    polygons = [polygon for polygon in segmentation if len(polygon) >= _SHORTEST_POLYGON]
    if not polygons or any(len(polygon) % 2 for polygon in polygons):
        raise _unreadable(annotation, "its polygons need x, y pairs and at least three corners")
    farthest = _FAR * max(height, width)
    if not all(abs(place) <= farthest for polygon in polygons for place in polygon):  # nor is NaN
        raise _unreadable(annotation, f"corners of its polygons lie far from the {width}x{height} image")
    encoded: list[dict[str, Any]] = rle.frPyObjects(polygons, height, width)
    return encoded


def _check_size(annotation: Mapping[str, Any], size: Sequence[Any], height: int, width: int) -> None:
    if list(size) != [height, width]:
        found = "x".join(str(side) for side in reversed(size))
        raise _unreadable(annotation, f"its mask is {found} but the image is {width}x{height}")


def _compressed(counts: Any, size: list[int]) -> dict[str, Any]:
    """Return run lengths in the library's compressed form; they must fill the image exactly."""
    if not isinstance(counts, str | bytes):
        _check_length(counts, size)
        encoded: dict[str, Any] = rle.frPyObjects({"size": size, "counts": list(counts)}, *size)
        return encoded
    text = counts.encode("ascii") if isinstance(counts, str) else counts
    _check_length(_runs(text), size)  # the library would take the rest of a text cut short for empty
    return {"size": size, "counts": text}


def _runs(counts: bytes) -> list[int]:
    """The run lengths in COCO's compressed text.

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
    if shift:
        raise ValueError("run lengths end within a number")
    return runs


def _check_length(runs: Sequence[int], size: list[int]) -> None:
    total = sum(runs)
    if total != size[0] * size[1]:
        raise ValueError(f"run lengths add up to {total}, not to {size[0]} x {size[1]}")
    if min(runs) < 0:
        raise ValueError(f"one of the run lengths is {min(runs)}")


def _unreadable(annotation: Mapping[str, Any], reason: str) -> UnreadableMask:
    name = annotation.get("id", "?")
    error = UnreadableMask(
        f"annotation {name}: {reason}; look at it in instances.json or fetch the dataset again"
    )
    error.reason = reason
    return error
