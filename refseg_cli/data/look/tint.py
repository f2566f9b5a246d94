"""A small picture of a photo in which the named thing stands out, and all else is still to be seen."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

_COLOUR = (255, 60, 120)  # that of the overlays of `refseg predict`
_TINT = 0.1  # so little that "the red one" can still be told from the brown one
_FADING = 0.25  # how far all else goes towards the white of the sheet


def tinted(pixels: NDArray[np.uint8], mask: NDArray[np.bool_] | None, box: tuple[int, int]) -> Image.Image:
    """Fit a picture into a box and show a mask on it: tinted and outlined, with everything else faded.

    There is a coloured and a white outline, because each single colour has pictures in which it cannot be
    seen. Both keep the soft edge of the reduced mask.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        mask: (H, W) bool; None where there is none.
        box: the most width and height, in pixels.

    Returns:
        RGB, as wide or as high as the box.
    """
    image = Image.fromarray(pixels)
    scale = min(box[0] / image.width, box[1] / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image.resize(size, Image.Resampling.LANCZOS)
    if mask is None:
        return small
    if mask.shape != pixels.shape[:2]:
        raise ValueError(f"mask has shape {mask.shape}, but the picture needs {pixels.shape[:2]}")
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST
    found = Image.fromarray(mask.view(np.uint8) * np.uint8(255)).resize(size, resampling)
    return _drawn(small, found)


def _drawn(image: Image.Image, found: Image.Image) -> Image.Image:
    """Draw what was found, a picture in grey, onto an image of its size."""
    inner = found.filter(ImageFilter.MaxFilter(5))
    outer = inner.filter(ImageFilter.MaxFilter(3))
    image.paste("white", mask=found.point([round(_FADING * (255 - level)) for level in range(256)]))
    image.paste(_COLOUR, mask=found.point([round(_TINT * level) for level in range(256)]))
    image.paste(_COLOUR, mask=ImageChops.subtract(inner, found))
    image.paste("white", mask=ImageChops.subtract(outer, inner))
    return image
