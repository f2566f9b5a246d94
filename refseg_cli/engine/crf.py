"""DenseCRF: masks redrawn along the colours of the image, as the authors do after their network (`-c`)."""

import numpy as np
from numpy.typing import NDArray

from refseg_cli.errors import MissingExtra

N_STEPS = 5
SMOOTHNESS = {"sxy": 3, "compat": 3}  # neighbours agree
APPEARANCE = {"sxy": 20, "srgb": 3, "compat": 10}  # near pixels of one colour agree

CRF_SETTINGS = {"steps": N_STEPS, "smoothness": SMOOTHNESS, "appearance": APPEARANCE}

_SMALLEST_P = 1e-5  # the authors take log(p) as it is, which is infinite where p is 0 or 1


def refine(probability: NDArray[np.floating], image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Redraw a mask so that its edges follow those of the image: see `refined_logits`.

    Returns:
        (H, W) bool, where foreground is the likelier label.
    """
    return refined_logits(probability, image) > 0


def refined_logits(probability: NDArray[np.floating], image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Let neighbours of one colour agree on what is foreground.

    Reference: the authors' test loop with `-c`: the same two pairwise terms and five steps of inference;
        differs: p is clipped away from 0 and 1; the caller chooses the size (the authors: padded 320×320).

    Args:
        probability: (H, W) of the foreground, in [0, 1].
        image: (H, W, 3) uint8 RGB.

    Returns:
        (H, W) the foreground's log-odds, above 0 where it is the likelier label.

    Raises:
        MissingExtra: if pydensecrf is not installed.
        ValueError: if the sizes differ.
    """
    height, width = probability.shape
    if image.shape != (height, width, 3):
        raise ValueError(f"image has shape {image.shape}, but the probability needs {(height, width, 3)}")
    try:
        from pydensecrf.densecrf import DenseCRF2D
    except ImportError:
        raise MissingExtra("--crf needs the module pydensecrf; type: pip install pydensecrf2") from None
    foreground = np.clip(probability.astype(np.float32), _SMALLEST_P, 1 - _SMALLEST_P).ravel()
    crf = DenseCRF2D(width, height, 2)
    crf.setUnaryEnergy(-np.log(np.stack([1 - foreground, foreground])))
    crf.addPairwiseGaussian(**SMOOTHNESS)
    crf.addPairwiseBilateral(**APPEARANCE, rgbim=np.array(image, order="C"))  # it takes no read-only array
    background, likely = np.maximum(np.asarray(crf.inference(N_STEPS)), _SMALLEST_P)  # (2, H·W)
    log_odds: NDArray[np.float32] = np.log(likely / background).reshape(height, width)
    return log_odds
