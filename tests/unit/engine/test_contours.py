"""F against the definitions of DAVIS, worked out pixel by pixel and with scipy's own dilation."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter

from refseg_cli.engine.contours import BOUND, contour, contour_accuracy

Mask = NDArray[np.bool_]


def blob(generator: np.random.Generator, height: int, width: int, roughness: float = 3) -> Mask:
    noise = gaussian_filter(generator.standard_normal((height, width)), roughness)
    return np.asarray(noise > np.quantile(noise, generator.uniform(0.2, 0.95)))


def marked(mask: Mask) -> Mask:
    """The boundary map pixel by pixel: unlike its neighbour on the right, below or right below."""
    height, width = mask.shape
    found = np.zeros((height, width), dtype=bool)
    for y in range(height):
        for x in range(width):
            right = x + 1 < width and mask[y, x] != mask[y, x + 1]
            below = y + 1 < height and mask[y, x] != mask[y + 1, x]
            slanting = x + 1 < width and y + 1 < height and mask[y, x] != mask[y + 1, x + 1]
            found[y, x] = right or below or slanting
    return found


def f_measure(mask: Mask, truth: Mask) -> float:
    """As DAVIS defines it: boundaries dilated by a disk, precision and recall, four cases."""
    radius = int(np.ceil(BOUND * np.linalg.norm(mask.shape)))
    reach = np.arange(-radius, radius + 1)
    disk = reach[:, None] ** 2 + reach**2 <= radius**2
    found, wanted = marked(mask), marked(truth)
    n_found, n_wanted = found.sum(), wanted.sum()
    if n_found == 0 and n_wanted > 0:
        precision, recall = 1.0, 0.0
    elif n_found > 0 and n_wanted == 0:
        precision, recall = 0.0, 1.0
    elif n_found == 0:
        precision, recall = 1.0, 1.0
    else:
        precision = (found & binary_dilation(wanted, disk)).sum() / n_found
        recall = (wanted & binary_dilation(found, disk)).sum() / n_wanted
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def test_eighty_random_pairs_score_as_davis_defines_it() -> None:
    generator = np.random.default_rng(0)
    seen = []
    for place in range(80):
        height, width = generator.integers(1, 36, 2)
        truth = blob(generator, height, width, roughness=(0.1, 1, 4)[place % 3])
        mask = blob(generator, height, width) if place % 2 else truth ^ blob(generator, height, width)
        mask, truth = mask & bool(generator.random() > 0.05), truth & bool(generator.random() > 0.05)
        np.testing.assert_array_equal(contour(mask), marked(mask))
        seen.append(contour_accuracy(mask, truth))
        assert seen[-1] == pytest.approx(f_measure(mask, truth), abs=1e-12)
    assert len(set(seen)) > 40


@pytest.mark.parametrize("shape", [(150, 200), (151, 200)])  # a bound of 2 and 3 pixels
def test_large_masks_score_as_davis_defines_it(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(1)
    truth, other = blob(generator, *shape, roughness=12), blob(generator, *shape, roughness=12)
    shifted = np.roll(truth, (3, -2), axis=(0, 1))
    for mask in (truth, other, shifted):
        assert contour_accuracy(mask, truth) == pytest.approx(f_measure(mask, truth), abs=1e-12)
    assert contour_accuracy(truth, truth) == 1
    assert 0 < contour_accuracy(shifted, truth) < 1


def test_contours_match_within_the_bound_and_not_beyond() -> None:
    truth = np.zeros((300, 400), dtype=bool)  # its diagonal is 500, so that the bound is 4 pixels
    truth[100:200, 100:200] = True
    assert math.ceil(BOUND * 500) == 4
    for grown, expected in ((4, 1.0), (5, 0.0)):
        mask = np.zeros_like(truth)
        mask[:, 100 - grown :] = True
        stripe = np.zeros_like(truth)
        stripe[:, 100:] = True
        assert contour_accuracy(mask, stripe) == expected


def test_perfect_and_empty_masks() -> None:
    generator = np.random.default_rng(2)
    truth, nothing = blob(generator, 40, 50), np.zeros((40, 50), dtype=bool)
    assert contour_accuracy(truth, truth) == 1
    assert contour_accuracy(nothing, nothing) == 1
    assert contour_accuracy(nothing, truth) == 0
    assert contour_accuracy(truth, nothing) == 0
    assert contour_accuracy(~nothing, nothing) == 1  # neither has a contour: J tells them apart
    assert contour_accuracy(~nothing, truth) == 0


def test_masks_of_two_sizes_are_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) but the truth is \(3, 2\)"):
        contour_accuracy(np.zeros((2, 3), dtype=bool), np.zeros((3, 2), dtype=bool))
