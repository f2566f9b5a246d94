"""Samples that are drawn when they are needed, not stored: the generated datasets of `shapes/`."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

SHAPES = "shapes"
"""Key of an annotation that is the recipe of a drawn picture."""

MOTION = "shapes_motion"
"""Key of an annotation that is the recipe of a drawn clip."""


def draw_image(annotation: Mapping[str, Any]) -> np.ndarray | None:
    """Draw the picture of a generated sample, (H, W, 3) uint8 RGB; None for any other annotation."""
    if SHAPES not in annotation:
        return None
    from .shapes.reader import draw_image as draw

    return draw(annotation[SHAPES])


def draw_frames(annotation: Mapping[str, Any], frames: Iterable[int]) -> dict[int, np.ndarray] | None:
    """Draw frames of a generated clip, each (H, W, 3) uint8 RGB; None for any other annotation."""
    if MOTION not in annotation:
        return None
    from .shapes.motion_reader import draw_frames as draw

    return draw(annotation[MOTION], frames)


def draw_mask(annotation: Mapping[str, Any], frame: int) -> np.ndarray | None:
    """Draw the mask (H, W) of a generated sample; None for any other annotation."""
    if SHAPES in annotation:
        from .shapes.reader import draw_mask as draw

        return draw(annotation[SHAPES])
    if MOTION in annotation:
        from .shapes.motion_reader import draw_mask as draw_of_clip

        return draw_of_clip(annotation[MOTION], frame)
    return None
