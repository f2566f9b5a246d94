"""One optimiser step: draw, segment, compare, move. `training_loop.py` makes a run of many."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from refseg.models.checkpoint import save_checkpoint
from refseg.models.losses import Losses, l2_penalty, segmentation_losses
from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Mixture
from refseg_cli.errors import RefsegError

from . import together
from .batches import Batch, Batches, n_typed, word_type_targets
from .kept_levels import KeptLevels
from .optimizers import MovingAverage, build_optimizer, learning_rate, trained
from .parts import Sharing
from .run_config import RunConfig


class Diverged(RefsegError):
    """The loss is no longer a number."""

    exit_code = 3


_DTYPES = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass
class Trainer:
    """A network on its way, on one device: alone, or one of several processes that train the same network.

    Args:
        segmenter: to train.
        mixture: what to draw from.
        config: of the run.
        kept: levels of images that earlier runs have computed, where they are kept.

    Attributes:
        done: steps done. What a step draws depends on the seed and its number alone.
        terms: of the losses, one row a step, of the steps that `means` has not told of yet.
    """

    segmenter: Segmenter
    mixture: Mixture
    config: RunConfig
    done: int = 0
    terms: list[Tensor] = field(default_factory=list)
    kept: KeptLevels = field(default_factory=KeptLevels)
    batches: Batches = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    scaler: torch.amp.GradScaler = field(init=False)
    average: MovingAverage | None = field(init=False)

    def __post_init__(self) -> None:
        training = self.config.training
        self.batches = Batches(
            self.segmenter,
            self.config.loss.target_grid,
            training.cache_levels,
            training.workers,
            self.config.data.word_types,
            _DTYPES[training.precision],
            self.kept.for_network(self.segmenter) if training.cache_levels else None,
        )
        rates = self.config.backbone.learning_rate, self.config.text.transformer.learning_rate
        self.optimizer = build_optimizer(self.segmenter, self.config.optimizer, *rates)
        half = training.precision == "float16"
        self.scaler = torch.amp.GradScaler(self.segmenter.device.type, enabled=half)
        decay = self.config.optimizer.ema
        self.average = MovingAverage(trained(self.segmenter), decay) if decay else None
        self.segmenter.train()

    @property
    def term_names(self) -> list[str]:
        """What the columns of `terms` are: the loss, and what it is made of."""
        loss, levels = self.config.loss, self.segmenter.head.level_scores
        others = {"dice": loss.dice_weight, "word_types": loss.word_type_weight, "l2": self._l2_weight}
        return ["total", "final", *levels, *(name for name, weight in others.items() if weight)]

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return learning_rate(self.done, self.config.optimizer, self.config.training.steps)

    def coming(self) -> Iterator[Batch]:
        """This process's batches of the steps that are left."""
        training = self.config.training
        sharing = Sharing(together.rank(), together.size(), training.accumulate)
        return self.batches.steps(self.mixture, range(self.done, training.steps), sharing)

    def step(self, batches: Iterator[Batch]) -> None:
        """One optimiser step on the next batches, one a turn; their gradients add up to the whole step's."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * group.get("share", 1.0)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            l2 = l2_penalty(self.segmenter.head, self._l2_weight)
            l2 = l2 + l2_penalty(self.segmenter.backbone, self._l2_weight)
        turns = [self._turn(batch, l2) for batch in islice(batches, self.config.training.accumulate)]
        together.add_up_gradients(trained(self.segmenter))
        if self.config.optimizer.clip_norm:
            self.scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(trained(self.segmenter), self.config.optimizer.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average is not None:
            self.average.update(self.done)
        self.terms.append(together.add_up(torch.stack(turns).sum(dim=0)))
        self.done += 1

    def losses(self, batch: Batch) -> Losses:
        """The loss of a batch."""
        dtype, device = _DTYPES[self.config.training.precision], self.segmenter.device.type
        # processors have no LSTM in float16, and the text is the least of the work
        with torch.autocast(device, dtype, enabled=dtype is torch.bfloat16):
            text = self.segmenter.encode_text(batch.expressions)
        with torch.autocast(device, dtype, enabled=dtype is not None):
            segmentation = self.segmenter.decode(self.segmenter.head.encode_image(batch.levels), text)
        weak = word_type_targets(batch.types, text.is_word) if self.config.loss.word_type_weight else None
        return segmentation_losses(segmentation, batch.targets, self.config.loss, weak)

    def check(self) -> None:
        """Make sure that the losses since the last `means`, and the weights, are numbers.

        Raises:
            Diverged: if one is not.
        """
        if self.terms and not (finite := torch.stack(self.terms).isfinite().all(dim=1)).all():
            first = self.done - len(self.terms) + int(finite.int().argmin()) + 1
            raise Diverged(f"the loss of step {first:,} is not a finite number")
        if not torch.stack([weight.isfinite().all() for weight in trained(self.segmenter)]).all():
            raise Diverged(f"after step {self.done:,}, not all weights are finite numbers")

    def means(self) -> dict[str, float]:
        """The mean of each term over the steps since this was last asked."""
        means = torch.stack(self.terms).mean(dim=0).tolist()
        self.terms.clear()
        return dict(zip(self.term_names, means, strict=True))

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write a checkpoint of the averaged weights, where an average is kept."""
        with self.averaged():
            save_checkpoint(path, self.segmenter, provenance, half=True)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the averaged weights in the network for a while, where an average is kept."""
        with self.average.applied() if self.average is not None else nullcontext():
            yield

    def _turn(self, batch: Batch, l2: Tensor) -> Tensor:
        """Add the gradient of a batch; returns its share of the step's terms."""
        losses, share, type_share = self.losses(batch), batch.share, self._type_share(batch)
        total = losses.total * share
        if type_share != share:
            total = total + self.config.loss.word_type_weight * (type_share - share) * losses.word_types
        self.scaler.scale(total).backward()
        terms = {"final": losses.final, "dice": losses.dice, "l2": l2}
        terms |= dict(zip(self.segmenter.head.level_scores, losses.levels, strict=True))
        shares = {name: term * share for name, term in terms.items()}
        shares |= {"total": total, "word_types": losses.word_types * type_share}
        return torch.stack([shares[name] for name in self.term_names]).detach()

    def _type_share(self, batch: Batch) -> float:
        """The share of the step's words with a weak type: their loss is a mean over words, not sentences."""
        if batch.share == 1 or not self.config.loss.word_type_weight:
            return batch.share
        limit = self.segmenter.text_encoder.max_words
        of_step = n_typed(self.batches.types(self.mixture.draw(self.done)), limit)
        return n_typed(batch.types, limit) / of_step if of_step else batch.share

    @property
    def _l2_weight(self) -> float:
        """Of the decay, which under Adam is a loss whose gradient the optimiser adds by itself."""
        return self.config.optimizer.weight_decay if self.config.optimizer.name == "adam" else 0.0
