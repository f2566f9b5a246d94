"""Two backbones side by side."""

import torch
from torch import Tensor

from refseg.models.backbones import Backbone, Levels, Provenance
from refseg.models.backbones.pair import PairBackbone


class Pooling(Backbone):
    """A picture averaged over cells of three sizes."""

    name = "pooling"
    channels = (3, 3, 3)

    def __init__(self, strides: tuple[int, int, int], provenance: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.strides = strides
        self.provenance = Provenance(provenance, "yes" if "C" in provenance else "unknown")

    def forward(self, images: Tensor) -> Levels:
        return Levels(*(torch.nn.functional.avg_pool2d(images, stride) for stride in self.strides))


def test_levels_are_joined_by_channel_at_the_size_of_the_first() -> None:
    fine, coarse = Pooling((2, 4, 8), ("A", "B")), Pooling((4, 4, 4), ("B", "C"))
    pair = PairBackbone(fine, coarse)
    images = 255 * torch.rand(2, 3, 16, 24)
    joined = pair(images)
    assert pair.channels == (6, 6, 6)
    for level, own in zip(joined, fine(images), strict=True):
        assert torch.equal(level[:, :3], own)
        assert level.shape[-2:] == own.shape[-2:]
    assert torch.equal(joined.c4[:, 3:], coarse(images).c4)


def test_resizing_keeps_a_level_in_its_place() -> None:
    pair = PairBackbone(Pooling((2, 4, 8), ()), Pooling((4, 4, 4), ()))
    ramp = torch.arange(32.0).expand(1, 3, 32, 32)
    level = pair(ramp).c3  # the second's cells of 4 brought to cells of 2: still the same ramp inside
    torch.testing.assert_close(level[:, 3:, :, 2:-2], level[:, :3, :, 2:-2])


def test_its_provenance_is_the_union_of_both() -> None:
    first, second = Pooling((2, 4, 8), ("A", "B")), Pooling((2, 4, 8), ("B", "C"))
    assert PairBackbone(first, second).provenance == Provenance(("A", "B", "C"), "yes")
