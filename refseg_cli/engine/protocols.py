"""Three ways in which the field turns a network's scores into the pixels that are counted.

They differ by several points on the same scores, so a report says which one it followed. See `EXPLAINED`.
"""

from typing import Final, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from refseg.models.preprocess import Preprocess

Mask = NDArray[np.bool_]
Protocol = Literal["original", "cmpc", "lavt480"]

PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)
EXPLAINED: Final[dict[Protocol, str]] = {
    "original": "the network's logits are resized to the photo's own size (bilinear) and thresholded once "
    "there; the truth is left as it is",
    "cmpc": "what the authors of CMPC do: the logits are thresholded on the network's canvas (320×320), that "
    "map of 0 and 1 is resized to the photo's own size (bilinear), and every pixel above 0 counts, so that "
    "masks grow by a fringe: an ideal disc of radius 15 on a photo of 640×480 has an IoU of 0.83, one of "
    "radius 120 of 0.975",
    "lavt480": "what LAVT does: the logits of the photo's part of the canvas are squashed to 480×480 "
    "(bilinear) and thresholded there, and the truth is squashed to 480×480 (nearest pixel), so that large "
    "and small photos count alike in oIoU",
}
_LAVT: Final = 480
_ROUND_OFF: Final = 1e-9  # the weight of a neighbour that is there is above 1e-7


def predicted(protocol: Protocol, canvas: Tensor, preprocess: Preprocess, size: tuple[int, int]) -> Mask:
    """Turn the scores of a canvas into a mask.

    Args:
        protocol: which way.
        canvas: (S, S) scores; above 0 is foreground.
        preprocess: which brought the photo to the canvas.
        size: height and width of the photo.

    Returns:
        (height, width) of the photo, or (480, 480).
    """
    if protocol == "cmpc":
        return _fringed(canvas > 0, preprocess, size)
    if protocol == "original":
        return _numpy(preprocess.restore(canvas[None], *size)[0] > 0)
    top, left, height, width = preprocess.frame(*size)
    return _numpy(_resized(canvas[top : top + height, left : left + width], (_LAVT, _LAVT)) > 0)


def in_frame(protocol: Protocol, mask: Mask) -> Mask:
    """Bring a mask of the photo's size, such as the truth, to where the protocol compares masks."""
    if protocol != "lavt480":
        return mask
    rows, columns = (((np.arange(_LAVT) + 0.5) * side / _LAVT).astype(int) for side in mask.shape)
    squashed: Mask = mask[rows[:, None], columns]
    return squashed


def _fringed(canvas: Tensor, preprocess: Preprocess, size: tuple[int, int]) -> Mask:
    """Resize a map of 0 and 1, where whatever is above 0 counts.

    Reference: `util.im_processing.resize_and_crop` and `compute_mask_IU` of the authors' test loop.
    """
    if preprocess.fit == "squash":
        return _numpy(_resized(canvas.double(), size) > _ROUND_OFF)
    side = max(size)
    top, left = (side - size[0]) // 2, (side - size[1]) // 2
    square = _resized(canvas.double(), (side, side))
    return _numpy(square[top : top + size[0], left : left + size[1]] > _ROUND_OFF)


def _resized(plane: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(plane[None, None], size, mode="bilinear", align_corners=False)[0, 0]


def _numpy(mask: Tensor) -> Mask:
    flat: Mask = mask.to("cpu", torch.bool).numpy()
    return flat
