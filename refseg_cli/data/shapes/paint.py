"""Paints objects on a picture, with soft edges and in whole numbers: the same bytes on every machine."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from .things import Thing, outline
from .vocabulary import CANVAS

_SUBROWS: Final = 4  # a pixel is sampled in so many rows; along a row its cover is exact
_STEPS: Final = 64  # to which that cover is rounded
_WHOLE: Final = _SUBROWS * _STEPS
_RIM: Final = 1.5  # pixels of a darker border, which sets things of one colour apart

Block = tuple[slice, slice]


def render(background: np.ndarray, things: Sequence[Thing]) -> tuple[np.ndarray, np.ndarray]:
    """Paint objects in order: a later one covers those before it.

    Args:
        background: (H, W, 3) uint8; it is not changed.
        things: the objects; what lies outside the picture is cut off.

    Returns:
        The picture, (H, W, 3) uint8, and what can be seen of each object, (n, H, W) bool.
    """
    image = background.copy()
    masks = np.zeros((len(things), *image.shape[:2]), dtype=bool)
    for index, thing in enumerate(things):
        block, cover = paint(image, thing)
        masks[(index, *block)] = cover
        masks[(slice(index), *block)] &= ~cover
    return image, masks


def paint(image: np.ndarray, thing: Thing) -> tuple[Block, np.ndarray]:
    """Paint one object onto a picture.

    Args:
        image: (H, W, 3) uint8, changed in place.
        thing: the object.

    Returns:
        The rows and columns that were painted in, and which pixels of them the object covers by half or more.
    """
    block, cover = _cover(outline(thing), *image.shape[:2])
    _blend(image, block, cover, [value * 5 // 8 for value in thing.rgb])
    inner = replace(thing, radius=max(thing.radius - _RIM, 0.0))
    _blend(image, *_cover(outline(inner), *image.shape[:2]), thing.rgb)
    return block, 2 * cover >= _WHOLE


def visible_shares(things: Sequence[Thing]) -> list[float]:
    """Tell which share of each object those painted after it leave uncovered, 0 to 1."""
    taken = np.zeros((CANVAS, CANVAS), dtype=bool)
    shares: list[float] = []
    for thing in reversed(things):
        block, cover = _cover(outline(thing), CANVAS, CANVAS)
        own = 2 * cover >= _WHOLE
        shares.append(float((own & ~taken[block]).sum() / own.sum()))
        taken[block] |= own
    return shares[::-1]


def _blend(image: np.ndarray, block: Block, cover: np.ndarray, colour: Sequence[int]) -> None:
    below = image[block].astype(np.int32)
    change = (np.array(colour, dtype=np.int32) - below) * cover[:, :, None]
    image[block] = below + (change + _WHOLE // 2) // _WHOLE


def _cover(corners: np.ndarray, height: int, width: int) -> tuple[Block, np.ndarray]:
    """Tell how much of each pixel a polygon covers, by the even-odd rule.

    Returns:
        The rows and columns that hold the polygon, and their cover, (rows, columns) int32, 0 to `_WHOLE`.
    """
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    columns = slice(min(max(int(left), 0), width), min(max(int(right), 0), width))
    rows = slice(min(max(int(top), 0), height), min(max(int(bottom), 0), height))
    y = (np.arange(rows.start * _SUBROWS, rows.stop * _SUBROWS) + 0.5) / _SUBROWS
    crossings = _crossings(corners, y)
    past = crossings[:, :, None] - np.arange(columns.start, columns.stop)
    steps = np.rint(np.clip(past, 0.0, 1.0) * _STEPS).astype(np.int32)
    spans = (steps[:, 1::2] - steps[:, ::2]).sum(axis=1, dtype=np.int32)
    subrows = spans.reshape(rows.stop - rows.start, _SUBROWS, columns.stop - columns.start)
    cover = subrows.sum(axis=1, dtype=np.int32)
    return (rows, columns), cover


def _crossings(corners: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where horizontal lines enter and leave a polygon.

    Returns:
        (lines, even number) float64, x from left to right, filled up with infinity.
    """
    x0, y0 = corners.T
    x1, y1 = np.roll(corners, -1, axis=0).T
    crosses = (y0 <= y[:, None]) != (y1 <= y[:, None])
    slope = (x1 - x0) / np.where(y0 == y1, 1.0, y1 - y0)
    x = np.where(crosses, x0 + (y[:, None] - y0) * slope, np.inf)
    most = int(crosses.sum(axis=1).max(initial=0))
    return np.sort(x, axis=1)[:, :most]
