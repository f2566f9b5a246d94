"""Arrays out of HDF5, MATLAB and picture files, which may be broken or made to do harm.

Nothing is read before its size is known to be sane, and no file may point to another one.
"""

import warnings
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from refseg.models.images import DAMAGED
from refseg_cli.errors import DataError

from .matlab import MatlabError, Variable, variables

MAX_BYTES = 2**28
"""Larger arrays are refused: the largest mask of the known datasets, all frames of a clip, has 25 MB."""

_ORIENTATION = 0x0112  # EXIF tag; Pillow 13.0 reads a TIFF wrongly that it turns onto its side
_AGAIN = "mend it, or fetch it again"
# What the libraries raise on damaged files, found by damaging thousands of them at random.
_DAMAGED = (*DAMAGED, AttributeError, MemoryError)


def read_h5(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read arrays of numbers from an HDF5 file.

    Args:
        path: the file.
        names: of datasets in its root group.

    Raises:
        DataError: missing or broken, a dataset is missing, too large, no array of numbers, or lies in
            another file.
    """
    import h5py

    _check_there(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            return {name: _read_dataset(path, file, name) for name in names}
    except _DAMAGED as error:
        raise _broken(path, "HDF5", error) from error


def _read_dataset(path: Path, file: Any, name: str) -> np.ndarray:
    import h5py

    if name not in file:
        raise DataError(f"{path}: has no {name}; {_AGAIN}")
    link = file.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise DataError(f"{path}: refused, its {name} is a link and no array; {_AGAIN}")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset):
        raise DataError(f"{path}: its {name} is no array; {_AGAIN}")
    if dataset.external or dataset.is_virtual:
        raise DataError(f"{path}: refused, its {name} lies in other files; {_AGAIN}")
    if dataset.shape is None:
        raise DataError(f"{path}: its {name} is empty; {_AGAIN}")
    for shape in (dataset.shape, dataset.chunks or ()):
        _check_size(path, name, shape, dataset.dtype)
    return np.asarray(dataset[()])


def mat_shape(path: Path, variable: str) -> tuple[int, ...]:
    """Tell the shape of an array in a MATLAB file without reading it.

    Raises:
        DataError: missing, broken, too large, or it has no such variable.
    """
    return _mat_variable(path, variable).shape


def read_mat(path: Path, variable: str) -> np.ndarray:
    """Read one array of numbers from a MATLAB file (not of version 7.3).

    Raises:
        DataError: missing, broken, too large, or it has no such array of numbers.
    """
    try:
        return _mat_variable(path, variable).read(MAX_BYTES)
    except MatlabError as error:
        raise _broken(path, "MATLAB", error) from error


def _mat_variable(path: Path, name: str) -> Variable:
    _check_there(path)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DataError(f"{path}: refused, {size} bytes are too many; {_AGAIN}")
    try:
        found = next((each for each in variables(path) if each.name == name), None)
    except (MatlabError, OSError) as error:
        raise _broken(path, "MATLAB", error) from error
    if found is None:
        raise DataError(f"{path}: has no {name}; {_AGAIN}")
    return found


def read_pixels(path: Path, height: int, width: int) -> np.ndarray:
    """Read a picture as its numbers: those of the palette where it has one, not the colours they stand for.

    It is turned as its EXIF note says, as photos are.

    Args:
        path: a picture of a format that keeps numbers as they are, such as PNG.
        height: that it must have; it is not decoded otherwise.
        width: that it must have.

    Returns:
        (height, width) of a grey or palette picture, (height, width, 3) uint8 of a coloured one.

    Raises:
        DataError: missing, broken, of another size, or see-through in places.
    """
    from PIL import Image, ImageOps

    _check_there(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=("PNG", "BMP", "GIF", "TIFF")) as picture:
                if {picture.height, picture.width} != {height, width}:  # before it is decoded
                    check_mask_size(path, (picture.height, picture.width), height, width)
                if picture.format == "TIFF" and picture.getexif().get(_ORIENTATION, 1) != 1:
                    raise DataError(f"{path}: has a note that turns it; save it upright, as a PNG")
                ImageOps.exif_transpose(picture, in_place=True)
                check_mask_size(path, (picture.height, picture.width), height, width)
                _check_opaque(path, picture)
                if picture.mode == "LA":
                    return np.array(picture.convert("L"))
                numbered = picture.mode in ("1", "L", "P") or picture.mode[0] in "IF"
                return np.array(picture if numbered else picture.convert("RGB"))
    except (*_DAMAGED, Image.DecompressionBombError) as error:
        raise _broken(path, "picture", error) from error


def _check_opaque(path: Path, picture: Any) -> None:
    """Refuse a picture whose colours may say one thing and whose transparency another."""
    numbers = picture.mode in ("1", "L", "P") or picture.mode[0] in "IF"
    if numbers or not picture.has_transparency_data:
        return
    if picture.convert("RGBA").getchannel("A").getextrema()[0] < 255:
        raise DataError(
            f"{path}: is see-through in places, so that it has two masks; save it without transparency"
        )


def check_mask_size(path: Path, found: Sequence[int], height: int, width: int) -> None:
    """Refuse a mask of another size than its picture.

    Raises:
        DataError: names the file and both sizes.
    """
    if tuple(found) != (height, width):
        sides = "x".join(str(side) for side in reversed(found))
        raise DataError(
            f"{path}: its mask is {sides} but the picture is {width}x{height}; "
            "both must come from the same release, fetch them again"
        )


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise DataError(
            f"{path}: no such file of masks; see what can be fetched with: refseg download --list"
        )
    if not path.stat().st_size:
        raise DataError(f"{path}: is empty (0 bytes); {_AGAIN}")


def _check_size(path: Path, name: str, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
    """Refuse what is no array of numbers, and what would fill the memory."""
    if dtype.kind not in "biuf":
        raise DataError(f"{path}: its {name} is no array of numbers; {_AGAIN}")
    if prod(int(side) for side in shape) * dtype.itemsize > MAX_BYTES:
        raise DataError(
            f"{path}: refused, its {name} claims to be {tuple(shape)}, which is too large; {_AGAIN}"
        )


def _broken(path: Path, what: str, error: BaseException) -> DataError:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
    return DataError(f"{path}: not a {what} file that can be read ({reason}); {_AGAIN}")
