from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from tiny_checkpoint import write_tiny_checkpoint, write_tiny_video_checkpoint

from refseg.models.checkpoint import load_checkpoint
from refseg.models.cmpc.upsampling import upsample
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter
from refseg_cli.data.samples import Sample
from refseg_cli.data.shapes.reader import ShapesReader
from refseg_cli.engine.answers import Answer
from refseg_cli.engine.grid_oracle import Positions, answer_with_grid_oracle, grid_of, spread
from refseg_cli.engine.metrics import count_overlap, ratio
from refseg_cli.engine.protocols import Mask, predicted

BOTH: tuple[Positions, ...] = ("legacy", "half_pixel")


def a_head(positions: Positions, grid: tuple[int, int], preprocess: Preprocess) -> Segmenter:
    """What the oracle looks at of a network."""
    config = SimpleNamespace(grid=grid, upsampling=positions)
    return cast("Segmenter", SimpleNamespace(preprocess=preprocess, head=SimpleNamespace(config=config)))


class Outlined:
    """A photo with a mask made by hand."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask

    def mask(self) -> Mask:
        return self._mask


def asked(answer: Answer, mask: Mask) -> Mask:
    return answer([cast("Sample", Outlined(mask))])[0].mask


def a_box(rows: slice, columns: slice, height: int = 320, width: int = 320) -> Mask:
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[rows, columns] = True
    return mask


@pytest.mark.parametrize("positions", BOTH)
def test_a_thing_of_many_cells_stays_where_it_is(positions: Positions) -> None:
    oracle = answer_with_grid_oracle(a_head(positions, (20, 20), Preprocess(320)), "original")
    truth = a_box(slice(64, 224), slice(96, 272))
    assert ratio(*count_overlap(asked(oracle, truth), truth)) > 0.97


@pytest.mark.parametrize("positions", BOTH)
def test_a_grid_need_not_be_square_nor_the_photo(positions: Positions) -> None:
    oracle = answer_with_grid_oracle(a_head(positions, (40, 20), Preprocess(320)), "original")
    truth = a_box(slice(100, 300), slice(120, 420), 400, 640)
    found = asked(oracle, truth)
    assert found.shape == (400, 640)
    assert ratio(*count_overlap(found, truth)) > 0.93


@pytest.mark.parametrize("positions", BOTH)
def test_an_axis_is_spread_as_maps_are(positions: Positions) -> None:
    cells = torch.rand(4, 6)
    down, across = spread(4, 32, positions), spread(6, 48, positions)
    torch.testing.assert_close(down @ cells @ across.T, upsample(cells[None], (32, 48), positions)[0])


def test_a_finer_grid_says_more_and_the_finest_all() -> None:
    samples = ShapesReader(size=3).read("train")
    scores = []
    for cells in (5, 20, 40, 320):
        oracle = answer_with_grid_oracle(a_head("half_pixel", (cells, cells), Preprocess(320)), "original")
        overlaps = [count_overlap(oracle([sample])[0].mask, sample.mask()) for sample in samples]
        scores.append(sum(shared for shared, _ in overlaps) / sum(either for _, either in overlaps))
    assert scores == sorted(scores)
    assert scores[-1] == 1


@pytest.mark.parametrize("positions", BOTH)
def test_it_beats_shares_of_area_and_the_same_with_noise(positions: Positions) -> None:
    preprocess = Preprocess(320)
    oracle = answer_with_grid_oracle(a_head(positions, (20, 20), preprocess), "original")
    truths = [sample.mask() for sample in ShapesReader(size=3).read("train")]
    best = _overall([asked(oracle, truth) for truth in truths], truths)
    generator = torch.Generator().manual_seed(0)
    for noise in (0.0, 0.3, 1.0, 10.0):
        found = []
        for truth in truths:
            logits = preprocess.target(truth, 20) - 0.5 + noise * torch.randn(20, 20, generator=generator)
            canvas = upsample(logits[None], (320, 320), positions)[0]
            found.append(predicted("original", canvas, preprocess, (320, 320)))
        assert _overall(found, truths) < best


def test_it_follows_the_protocol() -> None:
    head = a_head("half_pixel", (20, 20), Preprocess(320))
    truth = a_box(slice(100, 300), slice(120, 420), 400, 640)
    assert asked(answer_with_grid_oracle(head, "lavt480"), truth).shape == (480, 480)
    fringed, plain = (asked(answer_with_grid_oracle(head, name), truth) for name in ("cmpc", "original"))
    assert fringed.sum() > plain.sum()


@pytest.mark.parametrize("write", [write_tiny_checkpoint, write_tiny_video_checkpoint])
def test_a_head_without_a_fixed_grid_has_that_of_the_first_level(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    segmenter = load_checkpoint(write(tmp_path / "tiny.safetensors")).segmenter
    assert grid_of(segmenter) == (8, 8)
    segmenter.head.config = replace(segmenter.head.config, grid=None, peephole="channel")
    with torch.inference_mode():
        levels = segmenter.backbone(torch.zeros(1, 3, 64, 64))
    assert grid_of(segmenter) == tuple(levels[0].shape[-2:])


def _overall(found: list[Mask], truths: list[Mask]) -> float:
    overlaps = [count_overlap(mask, truth) for mask, truth in zip(found, truths, strict=True)]
    return sum(shared for shared, _ in overlaps) / sum(either for _, either in overlaps)
