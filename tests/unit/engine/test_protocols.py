"""Three protocols on masks whose scores are known."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from refseg.models.preprocess import Preprocess
from refseg_cli.engine.metrics import count_overlap, ratio
from refseg_cli.engine.protocols import EXPLAINED, PROTOCOLS, in_frame, predicted

HEIGHT, WIDTH = 480, 640
SIZE = (HEIGHT, WIDTH)
OFFICIAL = Preprocess(320)
# radius in pixels → what the authors' way of resizing leaves of an ideal disc
CAPPED = {15: 0.828, 30: 0.906, 60: 0.951, 120: 0.975}


def disc(radius: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.bool_]:
    """A disc whose centre is a pixel."""
    rows, columns = np.ogrid[:height, :width]
    found: NDArray[np.bool_] = (rows - height // 2) ** 2 + (columns - width // 2) ** 2 <= radius**2
    return found


def on_canvas(mask: NDArray[np.bool_], preprocess: Preprocess) -> Tensor:
    """The share of the mask at each point of the canvas, in [0, 1], bilinear."""
    pixels = np.repeat(mask[..., None].astype(np.uint8) * 255, 3, axis=2)
    return preprocess.image(pixels)[0].float() / 255


def iou(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return ratio(*count_overlap(mask, truth))


@pytest.mark.parametrize(("radius", "expected"), CAPPED.items())
def test_the_authors_protocol_caps_the_score_of_an_ideal_disc(radius: int, expected: float) -> None:
    truth = disc(radius)
    ideal = (on_canvas(truth, OFFICIAL) > 0.5).float() - 0.5
    assert iou(predicted("cmpc", ideal, OFFICIAL, SIZE), truth) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("radius", CAPPED)
def test_the_original_protocol_gives_a_disc_back(radius: int) -> None:
    truth = disc(radius)
    logits = on_canvas(truth, OFFICIAL) - 0.5
    assert iou(predicted("original", logits, OFFICIAL, SIZE), truth) >= 0.99


@pytest.mark.parametrize("radius", CAPPED)
def test_lavt480_gives_a_disc_back_squashed(radius: int) -> None:
    logits = on_canvas(disc(radius), OFFICIAL) - 0.5
    mask, truth = predicted("lavt480", logits, OFFICIAL, SIZE), in_frame("lavt480", disc(radius))
    assert mask.shape == truth.shape == (480, 480)
    assert iou(mask, truth) >= 0.96
    rows, columns = truth.any(axis=1).sum(), truth.any(axis=0).sum()
    assert (rows, columns) == (2 * radius + 1, pytest.approx((2 * radius + 1) * 480 / WIDTH, abs=1))


@pytest.mark.parametrize(("height", "width"), [(30, 41), (41, 30), (7, 9), (64, 64)])
def test_the_authors_protocol_resizes_and_crops_as_by_hand(height: int, width: int) -> None:
    canvas = torch.randn(16, 16)
    side = max(height, width)
    square = (bilinear((canvas.numpy() > 0).astype(float), side)) > 0
    top, left = (side - height) // 2, (side - width) // 2
    expected = square[top : top + height, left : left + width]
    found = predicted("cmpc", canvas, Preprocess(16), (height, width))
    np.testing.assert_array_equal(found, expected)


def bilinear(plane: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Resize a square by the four nearest points of each new one."""
    source = len(plane)
    grown = np.zeros((side, side))
    for row in range(side):
        for column in range(side):
            y, x = ((place + 0.5) * source / side - 0.5 for place in (row, column))
            for place_y in (int(np.floor(y)), int(np.floor(y)) + 1):
                for place_x in (int(np.floor(x)), int(np.floor(x)) + 1):
                    weight = max(0.0, 1 - abs(y - place_y)) * max(0.0, 1 - abs(x - place_x))
                    inside = plane[min(max(place_y, 0), source - 1), min(max(place_x, 0), source - 1)]
                    grown[row, column] += weight * inside if weight > 1e-9 else 0.0
    return grown


def test_a_squashed_canvas_has_no_border_to_cut_off() -> None:
    squash = Preprocess(32, fit="squash")
    full = torch.ones(32, 32)
    for protocol in PROTOCOLS:
        assert predicted(protocol, full, squash, (20, 50)).all()
        assert not predicted(protocol, -full, squash, (20, 50)).any()


def test_the_border_of_a_padded_canvas_is_cut_off() -> None:
    preprocess = Preprocess(32)
    canvas = torch.ones(32, 32)
    canvas[8:24] = -1
    for protocol in ("original", "lavt480"):
        assert not predicted(protocol, canvas, preprocess, (20, 40)).any()


def test_only_lavt480_moves_the_truth() -> None:
    truth = disc(4, 12, 20)
    assert in_frame("original", truth) is truth
    assert in_frame("cmpc", truth) is truth
    squashed = in_frame("lavt480", truth)
    assert squashed.mean() == pytest.approx(truth.mean(), abs=0.002)


def test_each_protocol_is_explained() -> None:
    assert tuple(EXPLAINED) == PROTOCOLS
