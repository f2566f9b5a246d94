"""Masks that lie in files of their own: HDF5 (A2D), MATLAB (J-HMDB, SAIAPR) and pictures.

An annotation of these forms has the keys

- `h5`: folder with a file `<stem>.h5` for each annotated frame of a clip, and `instance`: the number of
  the thing that is meant. See `InstanceMasks`;
- `mat`: a MATLAB file, and `variable`: the name of the array in it, (H, W) or (H, W, frames);
- `png`: a picture, or a folder with a picture `<stem>.png` for each annotated frame of a clip.

The last two may have `value`: the mask is where the array has just this value, such as the number of an
object in a palette picture, or 0 where the file marks what is not the object. Without it, the mask is where
the array is not 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refseg.models.images import IMAGE_SUFFIXES
from refseg_cli.errors import DataError

from .array_files import check_mask_size, read_h5, read_mat, read_pixels


@dataclass(frozen=True)
class InstanceMasks:
    """The things that A2D Sentences marks in one frame, each with its number.

    Attributes:
        ids: N numbers; one may stand there twice.
        masks: (N, H, W) bool.
    """

    ids: tuple[int, ...]
    masks: np.ndarray

    @classmethod
    def read(cls, path: Path) -> "InstanceMasks":
        """Read a file of A2D Sentences.

        `instance` holds the numbers. `reMask` is (N, W, H), columns before rows as MATLAB stores them, or
        (W, H) where there is one thing. A few files have more masks than numbers: the last masks belong to
        nothing that is described.

        Raises:
            DataError: missing, broken or refused.
        """
        arrays = read_h5(path, ("instance", "reMask"))
        ids = tuple(arrays["instance"].ravel().tolist())
        masks = arrays["reMask"]
        masks = masks[np.newaxis] if masks.ndim == 2 else masks
        if masks.ndim != 3 or len(masks) < len(ids):
            raise DataError(
                f"{path}: has {len(ids)} numbers of things, but masks of the shape {arrays['reMask'].shape}; "
                "mend it, or fetch it again"
            )
        return cls(ids, masks[: len(ids)].transpose(0, 2, 1) != 0)

    def of(self, instance: int) -> np.ndarray:
        """The mask (H, W) of one thing.

        As in the authors' reader, the mask of a thing that is alone in its frame is taken for whatever is
        asked for, and masks of the same number are united.
        """
        chosen = [len(self.ids) == 1 or number == instance for number in self.ids]
        return np.asarray(self.masks[chosen].any(axis=0))


def _h5(annotation: Mapping[str, Any], height: int, width: int, frame: int, stem: str) -> np.ndarray:  # noqa: ARG001
    path = Path(annotation["h5"], f"{stem}.h5")
    things = InstanceMasks.read(path)
    check_mask_size(path, things.masks.shape[1:], height, width)
    return things.of(annotation["instance"])


def _mat(annotation: Mapping[str, Any], height: int, width: int, frame: int, stem: str) -> np.ndarray:  # noqa: ARG001
    path = Path(annotation["mat"])
    array = read_mat(path, annotation["variable"])
    if array.ndim == 3:
        if frame >= array.shape[2]:
            raise DataError(
                f"{path}: has masks of {array.shape[2]} frames, none of frame {frame} (from 0); "
                "mend it, or fetch it again"
            )
        array = array[..., frame]
    check_mask_size(path, array.shape, height, width)
    return _foreground(array, annotation)


def _png(annotation: Mapping[str, Any], height: int, width: int, frame: int, stem: str) -> np.ndarray:  # noqa: ARG001
    path = Path(annotation["png"])
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        path /= f"{stem}.png"
    pixels = read_pixels(path, height, width)
    if pixels.ndim == 2:
        return _foreground(pixels, annotation)
    if "value" in annotation:
        raise DataError(
            f"{path}: is a coloured picture, whose pixels are no numbers of objects; "
            "save it with a palette or in grey"
        )
    return np.asarray(pixels.any(axis=2))


def _foreground(array: np.ndarray, annotation: Mapping[str, Any]) -> np.ndarray:
    return np.asarray(array == annotation["value"] if "value" in annotation else array != 0)


FILE_FORMS: dict[str, Callable[[Mapping[str, Any], int, int, int, str], np.ndarray]] = {
    "h5": _h5,
    "mat": _mat,
    "png": _png,
}
"""What reads an annotation with a key of this name: (annotation, height, width, frame, stem) → mask."""
