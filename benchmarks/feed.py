"""Claim: two processes prepare `shapes` faster than a small network can train on it on the processor.

One epoch is prepared by two processes while nothing else runs. Then the network of the preset `small`, with
one backbone of random weights, trains on pictures that are in memory: backbone, head, loss, gradient,
optimiser. Both are counted in images a second; a ratio above 1 says that training never waits.

Run: python benchmarks/feed.py [SCENES] [WORKERS]
"""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import Tensor

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.efficientnet_lite import EfficientNetLite0
from refseg.models.cmpc import CmpcImage
from refseg.models.cmpc.words import WORD_TYPES
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter
from refseg_cli.data.datasets import find_dataset, read_samples
from refseg_cli.data.mixture import DataConfig, Mixture
from refseg_cli.engine.batches import Batches
from refseg_cli.engine.run_config import RunConfig, read_run_config
from refseg_cli.engine.train import Trainer

DATA = DataConfig(draw="images", images_per_step=6, sentences_per_image=3)
STEPS = 8


class NoNetwork:
    """What a feed needs of a network, and nothing to compute."""

    device = torch.device("cpu")
    frame_offsets = (0,)

    def __init__(self, preprocess: Preprocess) -> None:
        self.preprocess = preprocess
        self.head = SimpleNamespace(word_type_names=WORD_TYPES)

    def extract_levels(self, canvases: Tensor) -> list[Tensor]:
        """Compute nothing."""
        return [canvases]


def main() -> None:
    """Print images a second of the feed and of the training, and the ratio."""
    scenes, workers = (int(word) for word in (*sys.argv[1:3], *("2000", "2")[len(sys.argv) - 1 :]))
    preset = read_run_config("small")
    config = replace(
        preset, data=DATA, training=replace(preset.training, cache_levels=False, workers=workers)
    )
    samples = read_samples(find_dataset("shapes", Path()), "train")[: 3 * scenes]
    mixture = Mixture([(sample, 1.0) for sample in samples], DATA, 0)
    feed, train = _feed(config, mixture), _train(config, mixture)
    print(f"feed  {feed:6.1f} images/s by {workers} processes, {mixture.n_images} scenes")
    print(f"train {train:6.1f} images/s in {config.training.precision} on {torch.get_num_threads()} threads")
    print(f"ratio {feed / train:6.1f} ({os.cpu_count()} cores)")


def _feed(config: RunConfig, mixture: Mixture) -> float:
    """Images a second of one epoch, from the first batch on: starting the processes is not counted."""
    network = NoNetwork(config.preprocess)
    batches = Batches(network, config.loss.target_grid, False, config.training.workers)  # type: ignore[arg-type]
    epoch = batches.steps(mixture, range(mixture.n_images // DATA.images_per_step))
    next(epoch)
    started = time.perf_counter()
    n_batches = sum(1 for _ in epoch)
    return n_batches * DATA.images_per_step / (time.perf_counter() - started)


def _train(config: RunConfig, mixture: Mixture) -> float:
    """Images a second of training on pictures that are in memory."""
    torch.manual_seed(0)
    vocabulary = Vocabulary.of(
        sorted({word for sample in mixture.samples for word in sample.expression.split()})
    )
    encoder = LstmGlove(vocabulary, LstmGloveConfig(100, 256))
    backbone = EfficientNetLite0().requires_grad_(False)
    segmenter = Segmenter(
        backbone, encoder, CmpcImage(backbone.channels, 256, config.head), config.preprocess
    )
    trainer = Trainer(segmenter, mixture, config)
    draws = mixture.draw(0)
    canvases = torch.stack([trainer.batches.pictures.canvas(draw) for draw in draws])
    batch = trainer.batches.make(draws)
    seconds = []
    for _ in range(STEPS):
        started = time.perf_counter()
        levels = segmenter.extract_levels(canvases)
        trainer.step(iter([replace(batch, levels=levels)]))
        seconds.append(time.perf_counter() - started)
    return DATA.images_per_step / sorted(seconds)[STEPS // 2]


if __name__ == "__main__":  # the processes of the feed import this file
    main()
