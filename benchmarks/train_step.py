"""Claim: steps on three sentences of each picture train about twice as fast as one sentence at a time.

The training code itself (`Trainer`) takes the same sentences of drawn scenes in two ways: all in one step,
and as the authors' trainer does, each in a step of its own with its own pass of the backbone. Weights are
random, seed 0. Time is split by part; reading is told apart and not counted, since other processes do it
(`feed.py`). The device is waited for at the end of each part: a GPU can do a little more than this tells.

Run: python benchmarks/train_step.py [--official] [float32|bfloat16|float16]

Without a GPU: small widths, or with `--official` the authors' sizes, in float32. On a GPU always the authors'
sizes, in bfloat16, with steps of several sizes, and the time that 700,000 samples would take.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.registry import build_backbone
from refseg.models.cmpc import CmpcImage
from refseg.models.cmpc.convlstm import ConvLstm
from refseg.models.cmpc.exchange import FeatureExchange
from refseg.models.cmpc.level import LevelComprehension
from refseg.models.segmenter import Segmenter
from refseg_cli.data.datasets import find_dataset, read_samples
from refseg_cli.data.mixture import DataConfig, Draw, Mixture
from refseg_cli.engine import train
from refseg_cli.engine.batches import PictureMaker
from refseg_cli.engine.memory import peak_memory_gib
from refseg_cli.engine.run_config import RunConfig, read_run_config
from refseg_cli.engine.train import Trainer

CUDA = torch.cuda.is_available()
SENTENCES_PER_IMAGE, SAMPLES = 3, 700_000
READING = "reading pictures"
PARTS: list[tuple[str, Any, str]] = [
    (READING, PictureMaker, "pictures"),
    ("backbone", Segmenter, "extract_levels"),
    ("image side of the head", CmpcImage, "encode_image"),
    ("text", Segmenter, "encode_text"),
    ("levels comprehended", LevelComprehension, "forward"),
    ("exchange", FeatureExchange, "forward"),
    ("ConvLSTM", ConvLstm, "forward"),
    ("word types and scores", CmpcImage, "decode"),
    ("loss", train, "segmentation_losses"),
    ("loss", Trainer, "losses"),
    ("backward", Tensor, "backward"),
    ("optimiser", Trainer, "step"),
]


@dataclass
class Clock:
    """Seconds by part; what a part calls that is a part of its own counts there alone."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    parts: list[str] = field(default_factory=lambda: ["the rest"])
    last: float = field(default_factory=time.perf_counter)

    @contextmanager
    def running(self, part: str) -> Iterator[None]:
        """Count what is done inside for a part."""
        self.turn()
        self.parts.append(part)
        try:
            yield
        finally:
            self.turn()
            self.parts.pop()

    def turn(self) -> None:
        """Count the time until now for the part that runs."""
        if CUDA:
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.seconds[self.parts[-1]] += now - self.last
        self.last = now

    def take(self) -> dict[str, float]:
        """The seconds so far, and start again from zero."""
        self.turn()
        taken, self.seconds = self.seconds, defaultdict(float)
        return taken

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Count each call of a function for a part."""
        plain: Callable[..., Any] = getattr(owner, name)

        @wraps(plain)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.running(part):
                return plain(*args, **kwargs)

        setattr(owner, name, timed)


def main() -> None:
    """Print the time by part of both ways, their ratio, samples a second and memory."""
    official = CUDA or "--official" in sys.argv
    named = [word for word in sys.argv[1:] if word != "--official"]
    precision = named[0] if named else "bfloat16" if CUDA else "float32"
    n_images, rounds = (8, 5) if CUDA else (2, 1) if official else (4, 7)
    config = RunConfig() if official else read_run_config("small")
    training = replace(config.training, precision=cast("Any", precision), cache_levels=False, workers=0)
    trainer = _trainer(replace(config, training=training), n_images)
    clock = Clock()
    for part, owner, name in PARTS:
        clock.watch(owner, name, part)
    device = torch.cuda.get_device_name() if CUDA else f"{os.cpu_count()} cores, no GPU"
    sizes = "the authors' sizes" if official else "small widths"
    print(f"{sizes}, {precision}, {device}, {torch.get_num_threads()} threads; the fastest of {rounds}")
    _compare(trainer, clock, n_images, rounds)
    if CUDA:
        for larger in (2 * n_images, 4 * n_images):
            _measure(trainer, clock, larger, rounds)
    else:
        print(f"not measured: anything on a GPU, and with that the time of {SAMPLES:,} samples there")


def _trainer(config: RunConfig, n_images: int) -> Trainer:
    """The training of a network of random weights on drawn scenes."""
    torch.manual_seed(0)
    official = config.head == RunConfig().head
    data = DataConfig(draw="images", images_per_step=n_images, sentences_per_image=SENTENCES_PER_IMAGE)
    samples = [(sample, 1.0) for sample in read_samples(find_dataset("shapes", Path()), "train")[:600]]
    vocabulary = Vocabulary.of(sorted({word for sample, _ in samples for word in sample.expression.split()}))
    encoder = LstmGlove(vocabulary, LstmGloveConfig() if official else LstmGloveConfig(100, 256))
    backbone = build_backbone({"name": "deeplab-resnet101" if official else "efficientnet-lite0"})
    head = CmpcImage(backbone.channels, encoder.width, config.head)
    segmenter = Segmenter(backbone.requires_grad_(False), encoder, head, config.preprocess)
    config = replace(config, data=data)
    return Trainer(segmenter.to("cuda" if CUDA else "cpu"), Mixture(samples, data, 0), config)


def _compare(trainer: Trainer, clock: Clock, n_images: int, rounds: int) -> None:
    """Take the same sentences in both ways, in turn, and print what each sentence costs by part."""
    one_by_one, at_once = [], []
    _steps(trainer, clock, _singles(trainer.mixture.draw(0))[:1])
    _forget_peak()
    for number in range(rounds):
        draws = trainer.mixture.draw(number)
        one_by_one.append(_steps(trainer, clock, _singles(draws)))
        if not number:
            peak = peak_memory_gib(trainer.segmenter.device)
            _forget_peak()
            _steps(trainer, clock, [draws])  # warms up
        at_once.append(_steps(trainer, clock, [draws]))
    n_sentences = n_images * SENTENCES_PER_IMAGE
    plain, ours = _fastest(one_by_one), _fastest(at_once)
    print(f"{'ms a sentence':<24}{'one by one':>12}{f'{n_images} x {SENTENCES_PER_IMAGE} at once':>14}")
    for part in dict.fromkeys([part for part, _, _ in PARTS] + ["the rest"]):
        print(f"{part:<24}{1e3 * plain[part] / n_sentences:12.1f}{1e3 * ours[part] / n_sentences:14.1f}")
    rates = n_sentences / _counted(plain), n_sentences / _counted(ours)
    print(f"{'sentences/s':<24}{rates[0]:12.2f}{rates[1]:14.2f}   without reading")
    print(f"{'peak memory, GiB':<24}{peak:12.1f}{peak_memory_gib(trainer.segmenter.device):14.1f}")
    print(f"ratio {rates[1] / rates[0]:.2f}")
    _project(rates[1])


def _measure(trainer: Trainer, clock: Clock, n_images: int, rounds: int) -> None:
    """Print samples a second, memory and the projection of steps of a size."""
    _forget_peak()
    data = replace(trainer.config.data, images_per_step=n_images)
    mixture = Mixture([(sample, 1.0) for sample in trainer.mixture.samples], data, 0)
    try:
        rows = [_steps(trainer, clock, [mixture.draw(number)]) for number in range(rounds + 1)]
    except torch.cuda.OutOfMemoryError:
        print(f"{n_images} x {SENTENCES_PER_IMAGE}: does not fit into the memory of this GPU")
        return
    rate = n_images * SENTENCES_PER_IMAGE / _counted(_fastest(rows[1:]))
    memory = peak_memory_gib(trainer.segmenter.device)
    print(f"{n_images} x {SENTENCES_PER_IMAGE} at once: {rate:.1f} sentences/s, {memory:.1f} GiB")
    _project(rate)


def _project(rate: float) -> None:
    if CUDA:
        print(f"{SAMPLES:,} samples: {SAMPLES / rate / 60:.0f} minutes")


def _singles(draws: Sequence[Draw]) -> list[list[Draw]]:
    """The same sentences, each as a step of its own."""
    return [[replace(draw, samples=(sample,))] for draw in draws for sample in draw.samples]


def _steps(trainer: Trainer, clock: Clock, steps: Sequence[Sequence[Draw]]) -> dict[str, float]:
    """Take steps and return their seconds by part."""
    clock.take()
    for draws in steps:
        trainer.step(map(trainer.batches.make, [draws]))
    trainer.check()
    trainer.terms.clear()
    return clock.take()


def _fastest(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """The seconds by part of the row that took the least: the one that other programs disturbed the least."""
    return min(rows, key=_counted)


def _counted(seconds: dict[str, float]) -> float:
    return sum(seconds.values()) - seconds[READING]


def _forget_peak() -> None:
    if CUDA:
        torch.cuda.reset_peak_memory_stats()


main()
