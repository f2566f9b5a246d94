"""Masks made in the tests: each differs from its mirror images, its transpose and those of its neighbours."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from numbered_videos import HEIGHT, WIDTH
from PIL import Image
from scipy.io import savemat


def mask_of(thing: int, frame: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """The mask (height, width) of a thing in a frame: a bar that moves with it, with a foot to the right.

    Things 0 to 5 and frames 0 to 29 have different masks; those of a frame do not overlap.
    """
    mask = np.zeros((height, width), dtype=bool)
    top, left = 8 * thing, frame
    mask[top : top + 5, left : left + 12] = True
    mask[top + 5 : top + 7, left + 8 : left + 20] = True
    return mask


def write_h5(path: Path, masks: Sequence[np.ndarray], ids: object) -> Path:
    """Write a file of A2D Sentences: columns before rows, and no first side where there is one mask."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = np.stack(masks).transpose(0, 2, 1).astype(np.uint8)
    with h5py.File(path, "w") as file:
        file["instance"] = ids
        file["reMask"] = stored[0] if len(stored) == 1 else stored
        file["reBBox"] = np.zeros((4, len(stored)))
    return path


def write_puppet(path: Path, masks: Sequence[np.ndarray]) -> Path:
    """Write a file of J-HMDB: the frames are the last side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"part_mask": np.stack(masks, axis=-1).astype(np.uint8)}, do_compression=True)
    return path


def write_segment(path: Path, mask: np.ndarray) -> Path:
    """Write a file of SAIAPR: 0 is the region, 1 is the rest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"segimg_t": 1.0 - mask}, do_compression=True)
    return path


def write_palette(path: Path, masks: dict[int, np.ndarray]) -> Path:
    """Write a palette picture with the number of each thing as its value; the colours say nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = np.zeros(next(iter(masks.values())).shape, dtype=np.uint8)
    for thing, mask in masks.items():
        numbers[mask] = thing
    picture = Image.fromarray(numbers).convert("P")
    picture.putdata(numbers.ravel().tolist())
    picture.putpalette([value for number in range(256) for value in (255 - number, 7, number)])
    picture.save(path)
    return path
