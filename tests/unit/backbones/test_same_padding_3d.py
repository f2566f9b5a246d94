"""SAME padding in time and space against its definition, worked out cell by cell."""

import pytest
import torch

from refseg.models.backbones.same_padding import same_padding
from refseg.models.backbones.same_padding_3d import SameConv3d, SameMaxPool3d, Triple

SHAPES = [(8, 8, 8), (5, 6, 9), (1, 2, 3)]


def window(clip: torch.Tensor, place: Triple, kernel: Triple, stride: Triple) -> torch.Tensor:
    """The cells (C, kt, kh, kw) that an output cell looks at; cells outside the clip are NaN."""
    cells = torch.full((clip.shape[0], *kernel), torch.nan)
    starts = [
        place[axis] * stride[axis] - same_padding(clip.shape[axis + 1], kernel[axis], stride[axis])[0]
        for axis in range(3)
    ]
    for offsets in torch.cartesian_prod(*(torch.arange(side) for side in kernel)).reshape(-1, 3).tolist():
        t, y, x = (start + offset for start, offset in zip(starts, offsets, strict=True))
        inside = all(0 <= at < side for at, side in zip((t, y, x), clip.shape[1:], strict=True))
        if inside:
            cells[:, offsets[0], offsets[1], offsets[2]] = clip[:, t, y, x]
    return cells


def places(output: torch.Tensor) -> list[Triple]:
    sides = output.shape[1:]
    return [(t, y, x) for t in range(sides[0]) for y in range(sides[1]) for x in range(sides[2])]


def divided(shape: Triple, stride: Triple) -> tuple[int, ...]:
    return tuple(-(-side // step) for side, step in zip(shape, stride, strict=True))


@pytest.mark.parametrize(("kernel", "stride"), [(7, 2), (3, 1), (3, 2), (1, 1)])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_convolution_equals_the_sum_over_each_window(shape: Triple, kernel: int, stride: int) -> None:
    torch.manual_seed(0)
    convolution = SameConv3d(2, 3, kernel, stride=stride)
    clip = torch.randn(2, *shape)
    with torch.inference_mode():
        output = convolution(clip[None])[0]
    assert output.shape == (3, *divided(shape, (stride,) * 3))
    for place in places(output):
        cells = window(clip, place, (kernel,) * 3, (stride,) * 3).nan_to_num(0.0)
        expected = (convolution.weight.detach() * cells).sum((1, 2, 3, 4))
        torch.testing.assert_close(output[(slice(None), *place)], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("kernel", "stride"),
    [((1, 3, 3), (1, 2, 2)), ((3, 3, 3), (2, 2, 2)), ((2, 2, 2), (2, 2, 2)), ((3, 3, 3), (1, 1, 1))],
)
@pytest.mark.parametrize("shape", SHAPES)
def test_max_pooling_takes_the_largest_real_cell_even_when_all_are_negative(
    shape: Triple, kernel: Triple, stride: Triple
) -> None:
    clip = -1 - torch.rand(2, *shape)
    output = SameMaxPool3d(kernel, stride=stride)(clip[None])[0]
    assert output.shape == (2, *divided(shape, stride))
    for place in places(output):
        cells = window(clip, place, kernel, stride).nan_to_num(-torch.inf)
        assert torch.equal(output[(slice(None), *place)], cells.amax((1, 2, 3)))


def test_kernels_are_tuned_as_well_in_bfloat16_as_in_float32() -> None:
    torch.manual_seed(0)
    convolution, clip = SameConv3d(24, 64, 3), torch.randn(2, 24, 2, 2, 2)
    gradients = []
    for enabled in (False, True):
        convolution.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            convolution(clip).float().square().sum().backward()
        assert convolution.weight.grad is not None
        gradients.append(convolution.weight.grad.clone())
    torch.testing.assert_close(gradients[1], gradients[0], rtol=0.05, atol=0.01 * float(gradients[0].max()))


def test_random_kernels_keep_features_of_one_size_through_many_layers() -> None:
    torch.manual_seed(0)
    features = torch.rand(1, 256, 1, 4, 4)
    before = float(features.square().mean())
    with torch.no_grad():
        for _ in range(20):
            features = SameConv3d(256, 256, 1)(features).relu()
    assert 0.1 < float(features.square().mean()) / before < 10
