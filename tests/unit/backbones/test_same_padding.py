"""SAME padding against its definition, worked out cell by cell."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from refseg.models.backbones.same_padding import SameConv2d, SameMaxPool2d, same_padding


def window(image: torch.Tensor, row: int, column: int, step: tuple[int, int, int]) -> torch.Tensor:
    """The cells (C, k, k) that output (row, column) looks at; cells outside the image are NaN."""
    kernel, stride, dilation = step
    channels, height, width = image.shape
    cells = torch.full((channels, kernel, kernel), torch.nan)
    for i in range(kernel):
        for j in range(kernel):
            y = row * stride - same_padding(height, kernel, stride, dilation)[0] + i * dilation
            x = column * stride - same_padding(width, kernel, stride, dilation)[0] + j * dilation
            if 0 <= y < height and 0 <= x < width:
                cells[:, i, j] = image[:, y, x]
    return cells


@pytest.mark.parametrize(
    ("size", "kernel", "expected"),
    [(320, 7, (2, 3)), (321, 7, (3, 3)), (160, 3, (0, 1)), (161, 3, (1, 1)), (1, 3, (1, 1)), (2, 5, (1, 2))],
)
def test_a_stride_of_two_pads_as_tensorflow_says(size: int, kernel: int, expected: tuple[int, int]) -> None:
    assert same_padding(size, kernel, stride=2) == expected


@given(st.integers(1, 70), st.integers(1, 7), st.integers(1, 4), st.integers(1, 4))
def test_padding_is_the_least_that_gives_every_output_and_leans_to_the_end(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    before, after = same_padding(size, kernel, stride, dilation)
    reach = (kernel - 1) * dilation + 1
    n_outputs = (size + stride - 1) // stride
    last_needed = (n_outputs - 1) * stride + reach
    assert before + after == max(last_needed - size, 0)
    assert after - before in {0, 1}


@pytest.mark.parametrize("step", [(3, 1, 1), (3, 2, 1), (7, 2, 1), (5, 2, 1), (1, 2, 1), (3, 1, 4)])
@pytest.mark.parametrize("shape", [(8, 8), (9, 6), (1, 5)])
def test_a_convolution_equals_the_sum_over_each_window(
    shape: tuple[int, int], step: tuple[int, int, int]
) -> None:
    kernel, stride, dilation = step
    convolution = SameConv2d(2, 3, kernel, stride=stride, dilation=dilation)
    image = torch.randn(2, *shape)
    output = convolution(image[None])[0]
    assert output.shape == (3, -(-shape[0] // stride), -(-shape[1] // stride))
    for row in range(output.shape[1]):
        for column in range(output.shape[2]):
            cells = window(image, row, column, step).nan_to_num(0.0)
            expected = (convolution.weight * cells).sum((1, 2, 3))
            torch.testing.assert_close(output[:, row, column], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shape", [(8, 8), (9, 6), (1, 5)])
def test_max_pooling_takes_the_largest_real_cell_even_when_all_are_negative(shape: tuple[int, int]) -> None:
    image = -1 - torch.rand(2, *shape)
    output = SameMaxPool2d(3, stride=2)(image[None])[0]
    assert output.shape == (2, -(-shape[0] // 2), -(-shape[1] // 2))
    for row in range(output.shape[1]):
        for column in range(output.shape[2]):
            cells = window(image, row, column, (3, 2, 1)).nan_to_num(-torch.inf)
            assert torch.equal(output[:, row, column], cells.amax((1, 2)))
