"""Which object of a scene a mask goes for: the one that it overlaps best."""

from collections.abc import Sequence

import numpy as np

from refseg_cli.data.samples import Sample
from refseg_cli.data.scene_objects import scene_objects

from .metrics import count_overlap
from .protocols import Mask, Protocol, in_frame


def goes_for_named(sample: Sample, mask: Mask, protocol: Protocol = "original") -> bool | None:
    """Tell whether a mask overlaps the named object better than any other object of the scene.

    Args:
        sample: what was asked.
        mask: the answer, at the photo's own size or where the protocol compares masks.
        protocol: where masks are compared.

    Returns:
        None where the dataset does not know what lies in the scene.
    """
    objects = scene_objects(sample)
    if objects is None:
        return None
    own_size = mask.shape == (sample.height, sample.width)
    there = in_frame(protocol, mask) if own_size else mask
    masks = [in_frame(protocol, each) for each in objects.masks()]
    return best_overlapped(there, masks) == objects.named


def best_overlapped(mask: Mask, objects: Sequence[Mask]) -> int | None:
    """Find the object with the largest intersection over union.

    Args:
        mask: (H, W).
        objects: (H, W) each, what can be seen of them.

    Returns:
        Its number; None where the mask meets no object, or two equally well.
    """
    overlaps = (count_overlap(mask, each) for each in objects)
    ious = np.array([intersection / max(union, 1) for intersection, union in overlaps])
    best = np.flatnonzero((ious == ious.max()) & (ious > 0))
    return int(best[0]) if len(best) == 1 else None
