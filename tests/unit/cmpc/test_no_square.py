"""The adjacency A = B1 B2 of all regions with all regions is never formed: no tensor is that large."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from heads import PRESETS, make_head, make_levels, make_text
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from refseg.models.cmpc import CmpcConfig
from refseg.models.cmpc.graph import Routes
from refseg.models.losses import LossConfig, segmentation_losses

# N = 272 differs from every width, and N² from every product of widths with N that a pass may make.
GRID = (16, 17)
N = 16 * 17


class Shapes(TorchDispatchMode):
    """Notes the shape of every tensor that any operation makes, in the forward and in the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[int, ...]] = set()

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.seen |= {tuple(leaf.shape) for leaf in tree_leaves(result) if isinstance(leaf, Tensor)}
        return result

    def squares(self) -> list[tuple[int, ...]]:
        """The shapes that have N twice, or hold N² numbers in another form."""
        return [shape for shape in self.seen if shape.count(N) > 1 or torch.Size(shape).numel() >= N * N]


def shapes_of_a_training_step(config: CmpcConfig) -> Shapes:
    head, text, levels = make_head(config), make_text([4, 2]), make_levels(1, GRID)
    with Shapes() as shapes:
        segmentation = head.decode(head.encode_image(head.on_grid(levels)), text)
        targets = torch.zeros(2, *GRID)
        segmentation_losses(segmentation, targets, LossConfig()).total.backward()
    return shapes


@pytest.fixture(params=PRESETS)
def config(request: pytest.FixtureRequest) -> CmpcConfig:
    return CmpcConfig(**{**vars(PRESETS[request.param]), "grid": GRID, "graph_layers": 2})


def test_no_tensor_of_regions_times_regions_exists(config: CmpcConfig) -> None:
    shapes = shapes_of_a_training_step(config)
    assert (2, N, 4) in shapes.seen  # B1: the recorder saw the reasoning
    assert shapes.squares() == []


@pytest.mark.parametrize("flat", [False, True])
def test_the_search_finds_an_adjacency_that_is_formed(
    config: CmpcConfig, monkeypatch: pytest.MonkeyPatch, flat: bool
) -> None:
    def form(routes: Routes, vertices: Tensor) -> Tensor:
        if not flat:
            return (routes.region_to_word @ routes.word_to_region) @ vertices
        pairs = routes.region_to_word.repeat_interleave(N, dim=1)  # (B, N², T): as large, though not square
        return pairs.sum(dim=1, keepdim=True).expand(-1, N, -1) @ (routes.word_to_region @ vertices)

    monkeypatch.setattr(Routes, "propagate", form)
    assert shapes_of_a_training_step(config).squares()
