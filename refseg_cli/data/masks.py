"""The mask of an annotation, in any of the forms in which COCO and REFER store one."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pycocotools.mask as rle

from refseg_cli.errors import DataError

_SHORTEST_POLYGON = 6  # three corners; the library would read four numbers as a box


def decode_mask(annotation: Mapping[str, Any], height: int, width: int) -> np.ndarray:
    """Draw the mask of one annotation at the size of its image.

    Reads polygons, run lengths (counts as a list), compressed run lengths (counts as text) and the
    list of run lengths that refclef uses; parts of a list are united.

    Args:
        annotation: a COCO annotation with `segmentation`.
        height: of the image, in pixels.
        width: of the image, in pixels.

    Returns:
        (height, width) bool.

    Raises:
        DataError: no segmentation, one that cannot be read, or one of another size than the image.
    """
    segmentation = annotation.get("segmentation")
    if not segmentation:
        raise _unreadable(annotation, "it has no segmentation")
    try:
        parts = _run_lengths(annotation, segmentation, height, width)
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
    """Return one run-length dict in the library's compressed form."""
    counts, size = part["counts"], [int(side) for side in part["size"]]
    if isinstance(counts, str | bytes):
        return {"size": size, "counts": counts}
    return _compress(counts, size)


def _compress(counts: Sequence[int], size: list[int]) -> dict[str, Any]:
    """Compress plain run lengths, which must fill the image exactly."""
    if sum(counts) != size[0] * size[1]:
        raise ValueError(f"run lengths add up to {sum(counts)}, not to {size[0]} x {size[1]}")
    encoded: dict[str, Any] = rle.frPyObjects({"size": size, "counts": list(counts)}, *size)
    return encoded


def _unreadable(annotation: Mapping[str, Any], reason: str) -> DataError:
    name = annotation.get("id", "?")
    return DataError(f"annotation {name}: {reason}; look at it in instances.json or fetch the dataset again")
