"""The picture that shows a mask: what was found keeps its colours inside an outline, the rest steps back."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

LONGEST_SIDE = 2048
"""Overlays are looked at, not computed with: larger images are drawn reduced to this many pixels."""

_OUTLINE = (255, 60, 120)
_BACKGROUND = (24, 24, 40)
_DIMMING = 0.55  # how far the background goes towards _BACKGROUND; the scene must stay recognisable


def draw_overlay(image: Image.Image, mask: NDArray[np.bool_]) -> Image.Image:
    """Draw a mask over its image: background dimmed, object untouched, with a coloured and a white outline.

    Two outlines, because each single colour has images in which it cannot be seen.

    Args:
        image: RGB.
        mask: (H, W) bool, of the image's size.

    Returns:
        RGB, of the image's size, or reduced so that its longest side is `LONGEST_SIDE`.
    """
    if mask.shape != (image.height, image.width):
        raise ValueError(f"mask has shape {mask.shape}, but the image needs {(image.height, image.width)}")
    found = Image.fromarray(mask.view(np.uint8) * np.uint8(255))
    image, found = _reduced(image, found)
    dimmed = Image.blend(image, Image.new("RGB", image.size, _BACKGROUND), _DIMMING)
    dimmed.paste(image, mask=found)
    draw_outline(dimmed, found)
    return dimmed


def draw_outline(picture: Image.Image, found: Image.Image, ink: tuple[int, int, int] = _OUTLINE) -> None:
    """Draw a coloured and a white line around a mask.

    Args:
        picture: RGB; it is drawn on.
        found: "L" of its size, 255 where the object is.
        ink: RGB of the coloured line.
    """
    width = max(1, round(max(picture.size) / 320))
    colour = _grown(found, width)
    picture.paste(ink, mask=ImageChops.subtract(colour, found))
    picture.paste("white", mask=ImageChops.subtract(_grown(colour, max(1, width // 2)), colour))


def _reduced(image: Image.Image, found: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Shrink both when they are large; a pixel belongs to the mask when half of what it stands for does."""
    scale = LONGEST_SIDE / max(image.size)
    if scale >= 1:
        return image, found
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = found.resize(size, Image.Resampling.BOX).point([0] * 128 + [255] * 128)
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), small


def _grown(found: Image.Image, pixels: int) -> Image.Image:
    """Widen a mask by some pixels on every side."""
    for _ in range(pixels):
        found = found.filter(ImageFilter.MaxFilter(3))
    return found
