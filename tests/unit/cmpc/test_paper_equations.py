"""The preset `paper` against its equations written out plainly: every sum and product as printed."""

from collections.abc import Iterator

import pytest
import torch
from heads import GRID, PRESETS, make_head, make_levels, make_text, small_config
from torch import Tensor
from torch.nn import functional as F

from refseg.models.cmpc import CmpcConfig, CmpcImage
from refseg.models.cmpc.convlstm import ConvLstm
from refseg.models.cmpc.coordinates import coordinates
from refseg.models.cmpc.exchange import LevelExchange
from refseg.models.cmpc.level import LevelComprehension
from refseg.models.cmpc.upsampling import upsample

LEVELS = ("c3", "c4", "c5")


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def plain(head: CmpcImage, levels: list[Tensor], words: Tensor, p: Tensor) -> Tensor:
    """Scores (H, W) of words (T, C_l) with types p (T, K); equations 2 to 11 and 22 to 24."""
    q = (p[:, 0] + p[:, 1]) @ words  # eq. 2
    s = (p[:, 0] + p[:, 1] + p[:, 2]) @ words  # eq. 11
    relations = p[:, 2:3] * words  # eq. 5
    y = {name: _level(head.levels[name], levels[i][0], q, s, relations) for i, name in enumerate(LEVELS)}
    for exchange in head.exchanges:
        y = {name: _exchanged(exchange.levels[name], name, y, s) for name in LEVELS}
    fused = _fused(head.convlstm, [y[name] for name in LEVELS])
    return head.score(fused.T.reshape(1, -1, *GRID))[0, 0]


def _level(part: LevelComprehension, level: Tensor, q: Tensor, s: Tensor, relations: Tensor) -> Tensor:
    x = part.lateral(torch.cat([level.flatten(1).T, coordinates(*GRID)], dim=1))
    w3, w4 = part.perceive.language.weight.chunk(3), part.perceive.visual.weight.chunk(3)
    m = sum((w3[i] @ q) * (x @ w4[i].T) for i in range(3))  # eq. 3, 4
    vertices = part.reason.vertices(m)
    b = (vertices @ part.reason.region_key.weight.T) @ (relations @ part.reason.word_key.weight.T).T  # eq. 6
    a = b.softmax(dim=1) @ b.T.softmax(dim=1)  # eq. 7 to 9
    for layer in part.reason.layers:
        vertices = (a + torch.eye(len(a))) @ vertices @ layer.update.weight.T  # eq. 10
    return part.output.projection(torch.cat([m, vertices, s.expand(len(m), -1)], dim=1))


def _exchanged(part: LevelExchange, name: str, y: dict[str, Tensor], s: Tensor) -> Tensor:
    weights = (part.query.weight @ s) @ (y[name] @ part.key.weight.T).T  # eq. 22
    pooled = weights @ y[name]  # eq. 23
    context = part.context(torch.cat([pooled, s]))
    return y[name] + sum(context.sigmoid() * y[other] for other in LEVELS if other != name)  # eq. 24


def _fused(part: ConvLstm, sequence: list[Tensor]) -> Tensor:
    hidden = cell = torch.zeros(len(sequence[0]), part.width)
    for x in sequence:
        j, i, f, o = (torch.cat([x, hidden], dim=1) @ part.kernel.T).chunk(4, dim=1)
        i, f = i + part.peephole_input * cell, f + part.peephole_forget * cell
        cell = cell * (f + 1).sigmoid() + i.sigmoid() * j.tanh()
        hidden = (o + part.peephole_output * cell).sigmoid() * cell.tanh()
    return hidden


@pytest.mark.parametrize(
    "config", [PRESETS["paper"], small_config("paper", graph_layers=2)], ids=["g=1", "g=2"]
)
@torch.no_grad()
def test_the_head_computes_the_printed_equations(config: CmpcConfig) -> None:
    head, levels, text = make_head(config), make_levels(1), make_text([5])
    words = text.words[0]
    types = head.word_types.output(head.word_types.hidden(words).sigmoid()).softmax(dim=-1)  # eq. 1
    expected = plain(head, levels, words, types)
    found = head.decode(head.encode_image(levels), text)
    torch.testing.assert_close(found.word_types[0], types)
    torch.testing.assert_close(found.grid_logits[0], expected.float())  # scores leave in single precision
    larger = F.interpolate(expected[None, None], (20, 24), mode="bilinear", align_corners=False)[0, 0]
    torch.testing.assert_close(found.logits((20, 24))[0], larger.float())


def test_the_coordinates_are_those_of_the_specification() -> None:
    found = coordinates(2, 4)
    assert found.shape == (8, 8)
    assert found[5].tolist() == [-0.5, 0.0, 0.0, 1.0, -0.25, 0.5, 0.25, 0.5]  # row 1, column 1
    assert coordinates(40, 40)[0].tolist() == pytest.approx(
        [-1, -1, -0.95, -0.95, -0.975, -0.975, 0.025, 0.025]
    )


@torch.no_grad()
def test_levels_come_to_the_grid_by_means_of_areas_or_between_points() -> None:
    head = make_head(PRESETS["official"])
    fine, level, coarse = torch.rand(1, 6, 15, 12), torch.rand(1, 7, *GRID), torch.rand(1, 8, 3, 3)
    found = head.on_grid([fine, level, coarse])
    torch.testing.assert_close(found[0][0, :, 1, 2], fine[0, :, 3:6, 4:6].mean(dim=(1, 2)))
    assert found[1] is level
    assert found[2].shape == (1, 8, *GRID)
    torch.testing.assert_close(found[2][..., 0, 0], coarse[..., 0, 0])


@torch.no_grad()
def test_without_a_fixed_grid_the_finest_level_sets_it() -> None:
    head = make_head(small_config("paper", grid=None))
    levels = [torch.rand(1, 6, 8, 10), torch.rand(1, 7, 4, 5), torch.rand(1, 8, 2, 3)]
    image = head.encode_image(head.on_grid(levels))
    assert head.decode(image, make_text([2])).grid_logits.shape == (1, 8, 10)


def test_legacy_upsampling_samples_at_the_corner_of_each_pixel() -> None:
    maps = torch.rand(2, 3, 4)
    found = upsample(maps, (12, 8), "legacy")
    for row in range(12):
        for column in range(8):
            y, x = row * 3 / 12, column * 4 / 8
            top, left = int(y), int(x)
            bottom, right, down, across = min(top + 1, 2), min(left + 1, 3), y - top, x - left
            upper = maps[:, top, left] * (1 - across) + maps[:, top, right] * across
            lower = maps[:, bottom, left] * (1 - across) + maps[:, bottom, right] * across
            torch.testing.assert_close(found[:, row, column], upper * (1 - down) + lower * down)
