"""Samples made in the tests to be looked at: photos with a box as mask, and clips in a folder."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample

HEIGHT, WIDTH = 30, 40


def photo(folder: Path, number: int = 0, **changes: Any) -> Sample:
    """A grey photo; its mask is a box of 10x20 pixels, a sixth of it."""
    path = folder / f"{number}.png"
    Image.new("RGB", (WIDTH, HEIGHT), (90, 90, 90)).save(path)
    annotation = {"id": number, "segmentation": [[10, 5, 20, 5, 20, 25, 10, 25]]}
    sample = Sample(f"made/{number}", number, path, "left dog", annotation, HEIGHT, WIDTH, 18, number, number)
    return replace(sample, **changes)


def clip(folder: Path, number: int = 0, n_frames: int = 3, **changes: Any) -> Sample:
    """A clip of grey frames; its masks are pictures, of the left half."""
    frames, masks = folder / f"clip{number}", folder / f"masks{number}"
    frames.mkdir()
    masks.mkdir()
    half = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    half[:, : WIDTH // 2] = 1
    names = tuple(f"{frame:05d}.png" for frame in range(n_frames))
    for name in names:
        Image.new("RGB", (WIDTH, HEIGHT), (90, 90, 90)).save(frames / name)
        Image.fromarray(half).save(masks / name)
    made = Clip(frames, n_frames, tuple(range(n_frames)), names)
    annotation = {"png": str(masks), "value": 1}
    sample = Sample(f"made/clip{number}", number, frames, "a dog runs", annotation, HEIGHT, WIDTH, clip=made)
    return replace(sample, **changes)


@dataclass(frozen=True)
class MadeReader:
    """Hands out samples made in a test; `file` stands for its annotations."""

    file: Path
    samples: tuple[tuple[str, tuple[Sample, ...]], ...]
    name: str = "made"

    def splits(self) -> tuple[str, ...]:
        return tuple(split for split, _ in self.samples)

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002
        return (self.file,)

    def read(self, split: str) -> list[Sample]:
        return list(dict(self.samples)[split])
