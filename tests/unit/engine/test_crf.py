"""Masks redrawn along the edges of the image."""

import sys

import numpy as np
import pytest

from refseg_cli.engine.crf import APPEARANCE, N_STEPS, SMOOTHNESS, refine
from refseg_cli.errors import MissingExtra

SIZE = 48


@pytest.fixture
def crf() -> None:
    """Skip where the module is not installed."""
    pytest.importorskip("pydensecrf.densecrf", reason="needs the module pydensecrf (package pydensecrf2)")


def two_colours() -> np.ndarray:
    """An image (H, W, 3) whose left half is red and whose right half is blue."""
    image = np.zeros((SIZE, SIZE, 3), dtype=np.uint8)
    image[:, : SIZE // 2, 0] = 200
    image[:, SIZE // 2 :, 2] = 200
    return image


def foreground_until(column: int) -> np.ndarray:
    return np.where(np.arange(SIZE) < column, 0.7, 0.3) * np.ones((SIZE, 1))


@pytest.mark.usefixtures("crf")
@pytest.mark.parametrize("column", [SIZE // 2 - 4, SIZE // 2 + 4])
def test_the_edge_of_the_mask_moves_to_the_edge_in_the_image(column: int) -> None:
    refined = refine(foreground_until(column), two_colours())
    assert (refined.dtype, refined.shape) == (bool, (SIZE, SIZE))
    np.testing.assert_array_equal(refined, foreground_until(SIZE // 2) > 0.5)


@pytest.mark.usefixtures("crf")
def test_a_lone_pixel_is_smoothed_away() -> None:
    probability = np.full((SIZE, SIZE), 0.1)
    probability[20, 20] = 0.9
    assert not refine(probability, np.zeros((SIZE, SIZE, 3), np.uint8)).any()


@pytest.mark.usefixtures("crf")
@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_certainty_is_no_infinity(certain: float) -> None:
    probability = np.full((SIZE, SIZE), certain, dtype=np.float16)
    assert (refine(probability, two_colours()) == bool(certain)).all()


@pytest.mark.usefixtures("crf")
def test_an_image_that_may_not_be_written_to_is_taken() -> None:
    image = two_colours()
    image.flags.writeable = False
    assert refine(foreground_until(SIZE // 2), image).any()


def test_the_settings_are_those_of_the_authors() -> None:
    assert N_STEPS == 5
    assert SMOOTHNESS == {"sxy": 3, "compat": 3}
    assert APPEARANCE == {"sxy": 20, "srgb": 3, "compat": 10}


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="image has shape"):
        refine(np.zeros((4, 6)), np.zeros((6, 4, 3), np.uint8))


def test_a_missing_module_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydensecrf.densecrf", None)
    with pytest.raises(MissingExtra, match=r"pip install pydensecrf2$"):
        refine(np.zeros((4, 6)), np.zeros((4, 6, 3), np.uint8))


@pytest.mark.usefixtures("crf")
@pytest.mark.parametrize("seed", range(4))
def test_labels_are_those_of_a_mean_field_that_looks_at_every_pair_of_pixels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    image, probability = patches(generator)
    refined = refine(probability, image)
    assert (refined != (probability > 0.5)).mean() > 0.02  # it has something to do
    assert (refined == mean_field(probability, image)).mean() >= 0.995


def patches(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A 24×24 image of four coloured patches with some noise, and a noisy guess at one of them."""
    corners = generator.integers(40, 216, (2, 2, 3)).repeat(12, axis=0).repeat(12, axis=1)
    image = (corners + generator.integers(-3, 4, corners.shape)).astype(np.uint8)
    guess = np.zeros((24, 24))
    guess[:13, :13] = 1
    return image, 1 / (1 + np.exp(-(3 * guess - 1.5 + generator.normal(0, 1.5, guess.shape))))


def mean_field(probability: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Five steps of mean field inference with full N×N kernels, normalised on both sides."""
    height, width = probability.shape
    rows, columns = np.mgrid[:height, :width].reshape(2, -1).astype(float)
    places, colours = np.stack([columns, rows], axis=1), image.reshape(-1, 3).astype(float)
    kernels = [
        SMOOTHNESS["compat"] * normalised(places / SMOOTHNESS["sxy"]),
        APPEARANCE["compat"]
        * normalised(np.hstack([places / APPEARANCE["sxy"], colours / APPEARANCE["srgb"]])),
    ]
    p = probability.ravel()
    unary = np.log(np.stack([1 - p, p]))
    belief = softmax(unary)
    for _ in range(N_STEPS):
        belief = softmax(unary + sum(belief @ kernel for kernel in kernels))
    labels: np.ndarray = belief[1] > belief[0]
    return labels.reshape(height, width)


def normalised(features: np.ndarray) -> np.ndarray:
    """The Gaussian kernel between all points (N, F), divided by the roots of its row sums on both sides."""
    distances = ((features[:, None] - features[None]) ** 2).sum(axis=2)
    kernel = np.exp(-distances / 2)
    scale = 1 / np.sqrt(kernel.sum(axis=1) + 1e-20)
    scaled: np.ndarray = scale[:, None] * kernel * scale[None]
    return scaled


def softmax(energies: np.ndarray) -> np.ndarray:
    likely = np.exp(energies - energies.max(axis=0))
    shares: np.ndarray = likely / likely.sum(axis=0)
    return shares
