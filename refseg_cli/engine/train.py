"""The training loop: draw, segment, compare, move; and what a run leaves behind."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from refseg.models.checkpoint import save_checkpoint
from refseg.models.losses import Losses, segmentation_losses
from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Mixture

from .batches import Batch, Batches, word_type_targets
from .optimizers import MovingAverage, build_optimizer, learning_rate, trained
from .run_config import RunConfig


@dataclass(frozen=True)
class Progress:
    """What a line of the log says: means over the steps since the last one.

    Args:
        step: steps done.
        losses: each term's mean.
        learning_rate: of the last step.
        seconds: since the start of the run.
    """

    step: int
    losses: dict[str, float]
    learning_rate: float
    seconds: float


@dataclass
class Trainer:
    """One run on one device.

    Args:
        segmenter: to train.
        mixture: what to draw from.
        config: of the run.
    """

    segmenter: Segmenter
    mixture: Mixture
    config: RunConfig
    batches: Batches = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    average: MovingAverage | None = field(init=False)

    def __post_init__(self) -> None:
        cache = self.config.training.cache_levels and not self.config.backbone.trained
        workers = self.config.training.workers
        self.batches = Batches(self.segmenter, self.config.loss.target_grid, cache, workers)
        self.optimizer = build_optimizer(self.segmenter, self.config.optimizer)
        decay = self.config.optimizer.ema
        self.average = MovingAverage(trained(self.segmenter), decay) if decay else None

    def run(self, on_step: Callable[[int], None] = lambda _: None) -> Iterator[Progress]:
        """Train all steps; yields at every `log_every` steps and at the end, `on_step` hears of each."""
        started, terms = time.perf_counter(), []
        self.segmenter.train()
        for step, batch in enumerate(self.batches.steps(self.mixture, range(self.config.training.steps))):
            rate = self._set_learning_rate(step)
            terms.append(_floats(self.step(step, batch)))
            on_step(step)
            last = step + 1 == self.config.training.steps
            if last or (step + 1) % self.config.training.log_every == 0:
                means = {name: sum(term[name] for term in terms) / len(terms) for name in terms[0]}
                yield Progress(step + 1, means, rate, time.perf_counter() - started)
                terms.clear()

    def step(self, step: int, batch: Batch) -> Losses:
        """One optimiser step."""
        losses = self.losses(batch)
        self.optimizer.zero_grad(set_to_none=True)
        losses.total.backward()
        if self.config.optimizer.clip_norm:
            torch.nn.utils.clip_grad_norm_(trained(self.segmenter), self.config.optimizer.clip_norm)
        self.optimizer.step()
        if self.average is not None:
            self.average.update(step)
        return losses

    def losses(self, batch: Batch) -> Losses:
        """The loss of a batch."""
        mixed = self.config.training.precision == "bfloat16"
        with torch.autocast(self.segmenter.device.type, torch.bfloat16, enabled=mixed):
            text = self.segmenter.encode_text(batch.expressions)
            segmentation = self.segmenter.decode(self.segmenter.head.encode_image(batch.levels), text)
        weak = word_type_targets(text.tokens, text.is_word) if self.config.loss.word_type_weight else None
        return segmentation_losses(segmentation, batch.targets, self.config.loss, weak)

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write a checkpoint of the averaged weights, where an average is kept."""
        with self.average.applied() if self.average is not None else nullcontext():
            save_checkpoint(path, self.segmenter, provenance, half=True)

    def _set_learning_rate(self, step: int) -> float:
        rate = learning_rate(step, self.config.optimizer, self.config.training.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate


def run_training(trainer: Trainer, folder: Path, provenance: dict[str, Any], report: "Report") -> Path:
    """Train; write `config.json`, `metrics.jsonl` and `checkpoints/last.safetensors` into the run's folder.

    Returns:
        The path of the last checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(asdict(trainer.config), indent=1), encoding="utf-8")
    last = folder / "checkpoints" / "last.safetensors"
    every = trainer.config.training.save_every
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as log:
        for progress in trainer.run(report.step):
            log.write(json.dumps(asdict(progress)) + "\n")
            log.flush()
            report.progress(progress)
            done = progress.step == trainer.config.training.steps
            if done or progress.step % every == 0:
                trainer.save(last, {**provenance, "steps": progress.step})
    return last


class Report:
    """Hears how a run goes; the command line shows it."""

    def step(self, step: int) -> None:
        """A step is done."""

    def progress(self, progress: Progress) -> None:
        """A line of the log."""


def _floats(losses: Losses) -> dict[str, float]:
    terms = {
        "total": losses.total,
        "final": losses.final,
        "dice": losses.dice,
        "word_types": losses.word_types,
    }
    return {name: float(value.detach()) for name, value in terms.items()}
