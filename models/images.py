"""Reading an image file the way a person sees it: upright, in colour, on white paper.

Files come in many forms (turned by the camera, 16-bit, palette, CMYK, transparent, animated). The networks
know one: 8-bit RGB. What cannot be read ends in an `ImageError` of one line.
"""

import io
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from .errors import ImageError

MAX_PIXELS = 400_000_000
"""Larger images are refused: 400 million pixels are 1.2 GB as RGB."""

# fmt: off
IMAGE_SUFFIXES = frozenset((
    ".apng", ".avif", ".bmp", ".gif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg",
    ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp",
))
# fmt: on
"""The endings by which images are found in a folder; a file named by itself may have any ending."""

# A closed list, so that no file can reach a format that starts another program (EPS starts Ghostscript).
_COMMON_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM")
_RARE_FORMATS = ("WEBP", "TIFF", "AVIF", "JPEG2000")

# What Pillow's readers raise on damaged files: found by damaging 20,000 files at random.
DAMAGED = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)

_ORIENTATION = 0x0112  # EXIF tag; its values say how the stored pixels must be turned to stand upright
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = frozenset(_TURNS[value] for value in (5, 6, 7, 8))


def read_image(source: str | Path | BinaryIO, name: str | None = None) -> Image.Image:
    """Read an image as a viewer shows it: upright, in 8-bit RGB, transparent parts white, the first frame.

    Args:
        source: the file, or an open binary stream (which is read from its start where it can be wound back).
        name: what messages call it; the path by default.

    Returns:
        An RGB image, fully in memory.

    Raises:
        ImageError: if it is missing, a folder, empty, no image, damaged, or above `MAX_PIXELS`.
    """
    if not isinstance(source, str | Path):
        return _read_stream(source, name or "the stream")
    path = Path(source)
    with _open_file(path) as stream:
        return _read_stream(stream, name or str(path))


def image_size(path: Path) -> tuple[int, int]:
    """Read the width and height that `read_image` would give; mostly from the header alone.

    Raises:
        ImageError: as `read_image`, apart from pixels that are cut short.
    """
    with _open_file(path) as stream, _said_in_one_line(str(path)):
        image = _open(stream, str(path))
        _check_size(image, str(path))
        if image.format == "TIFF":
            image.load()  # which turns it, and takes the note away
        width, height = image.size
        return (height, width) if _turn(image) in _ON_ITS_SIDE else (width, height)


def _open_file(path: Path) -> BinaryIO:
    if os.path.isdir(path):  # noqa: PTH112 - pathlib raises where a name is too long
        raise ImageError(f"{path} is a folder; name one image in it")
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL character in the path
        raise missing_image(path) from None
    except OSError as error:
        raise ImageError(f"{path} cannot be opened ({error.strerror}); check its name and rights") from None


def is_moving(path: Path) -> bool:
    """Tell whether a file, such as a GIF, holds several pictures in a row; one that is no image does not."""
    try:
        with _pillow_kept_quiet(), Image.open(path) as image:
            return bool(getattr(image, "is_animated", False))
    except (UnidentifiedImageError, Image.DecompressionBombError, *DAMAGED):
        return False


def is_picture(path: Path) -> bool:
    """Tell whether a file begins as an image does, whatever its ending."""
    try:
        image_size(path)
    except ImageError:
        return False
    return True


def missing_image(path: Path) -> ImageError:
    """Make the error for a file that is not there; it says which file beside it may have been meant."""
    try:
        close = get_close_matches(path.name, [entry.name for entry in path.parent.iterdir()], n=1)
    except (OSError, ValueError):
        close = []
    hint = f"did you mean {path.with_name(close[0])}?" if close else "check the path"
    return ImageError(f"{path}: no such file; {hint}")


def _read_stream(stream: BinaryIO, name: str) -> Image.Image:
    if not stream.seekable():
        stream = io.BytesIO(stream.read())
    with _said_in_one_line(name):
        image = _open(stream, name)
        _check_size(image, name)
        image.load()
        return _rgb(_upright(image))


@contextmanager
def _said_in_one_line(name: str) -> Iterator[None]:
    """Turn whatever Pillow raises into an `ImageError`, and keep it quiet."""
    try:
        with _pillow_kept_quiet():
            yield
    except UnidentifiedImageError:
        raise ImageError(f"{name} is not an image that can be read; convert it to JPEG or PNG") from None
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except DAMAGED as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ImageError(f"{name} is damaged or cut short ({reason}); download or copy it again") from None


@contextmanager
def _pillow_kept_quiet() -> Iterator[None]:
    """Let Pillow open large images of the user's own, and keep its remarks on odd metadata to itself."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _open(stream: BinaryIO, name: str) -> Image.Image:
    """Read the header; the rare formats are loaded only when the common ones do not know the file."""
    stream.seek(0)
    if not stream.read(1):
        raise ImageError(f"{name} is empty (0 bytes); download or copy it again")
    Image.preinit()
    try:
        return Image.open(stream, formats=_COMMON_FORMATS)
    except UnidentifiedImageError:
        Image.init()
        return Image.open(stream, formats=[known for known in _RARE_FORMATS if known in Image.OPEN])


def _check_size(image: Image.Image, name: str) -> None:
    if min(image.size) < 1:
        raise ImageError(f"{name} has no pixels; download or copy it again")
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(name)


def _too_large(name: str) -> ImageError:
    return ImageError(f"{name} has more than {MAX_PIXELS // 10**6} million pixels; make it smaller first")


def _upright(image: Image.Image) -> Image.Image:
    turn = _turn(image)
    return image if turn is None else image.transpose(turn)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How the image must be turned, as the camera's EXIF note says; an unreadable note means no turn."""
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except DAMAGED:
        return None


def _rgb(image: Image.Image) -> Image.Image:
    """Bring every pixel format to 8-bit RGB, transparent parts on white."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode[0] in "IF":
        return Image.fromarray(_eight_bit(np.asarray(image))).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(layered, mask=layered.getchannel("A"))
    return paper


def _eight_bit(grey: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale grey values to 0..255 by the range of their format; Pillow's own conversion would clip them.

    Args:
        grey: (H, W) 16-bit or 32-bit integers, or floats. 16-bit values keep their high byte, floats in
            [0, 1] are multiplied by 255, anything else is stretched from its least to its largest value.
    """
    if grey.dtype.kind in "iu":
        if grey.min() >= 0 and grey.max() < 2**16:
            return (grey >> 8).astype(np.uint8)
        low, high = float(grey.min()), float(grey.max())
    else:
        grey = np.nan_to_num(grey, posinf=0, neginf=0)
        low, high = min(float(grey.min()), 0.0), max(float(grey.max()), 1.0)
    scale = 255 / (high - low) if high > low else 0.0
    return np.rint((grey.astype(np.float64) - low) * scale).astype(np.uint8)
