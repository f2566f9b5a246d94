"""What becomes of a recipe when a run takes more, or fewer, sentences a step than it was made for."""

import math
from collections.abc import Collection
from dataclasses import replace

from .run_config import RunConfig

_STEPS = frozenset({"training.steps", "optimizer.schedule_steps", "optimizer.warmup_steps"})
_RATES = frozenset({"optimizer.learning_rate", "optimizer.final_learning_rate"})


def sentences_per_step(config: RunConfig) -> int:
    """The effective batch: the sentences of a step, over all processes and turns."""
    return config.data.images_per_step * config.data.sentences_per_image


def fit_to_batch(config: RunConfig, recipe: RunConfig, given: Collection[str]) -> RunConfig:
    """Keep the number of sentences that a run sees, and scale its learning rates, when its batch is another.

    With k times the sentences a step there are 1/k of the steps, also in the schedule and the warm-up, and
    the learning rates are √k times as large: the square root scaling rule for Adam, whose steps do not grow
    with the gradient (Malladi et al., "On the SDEs and Scaling Rules for Adaptive Gradient Algorithms",
    NeurIPS 2022). The rule also shortens the memory of Adam's moments; that is left as it is.

    Args:
        config: what was asked for.
        recipe: the preset that it departs from.
        given: keys that a person set, as `training.steps`. If one of the numbers of steps is among them,
            all of them stay as they are; so do the rates if one of them is.
    """
    factor = sentences_per_step(config) / sentences_per_step(recipe)
    if factor == 1:
        return config
    if _STEPS.isdisjoint(given):
        training = replace(config.training, steps=math.ceil(config.training.steps / factor))
        schedule = math.ceil(config.optimizer.schedule_steps / factor)
        warmup = math.ceil(config.optimizer.warmup_steps / factor)
        optimizer = replace(config.optimizer, schedule_steps=schedule, warmup_steps=warmup)
        config = replace(config, training=training, optimizer=optimizer)
    if _RATES.isdisjoint(given):
        first, last = config.optimizer.learning_rate, config.optimizer.final_learning_rate
        scale = math.sqrt(factor)
        optimizer = replace(config.optimizer, learning_rate=first * scale, final_learning_rate=last * scale)
        config = replace(config, optimizer=optimizer)
    return config


def tell_fit(asked: RunConfig, fitted: RunConfig, recipe: RunConfig) -> str:
    """Say what `fit_to_batch` has changed; nothing where it has changed nothing."""
    steps, rate = fitted.training.steps, fitted.optimizer.learning_rate
    changes = [
        *([f"{steps:,} steps"] if steps != asked.training.steps else []),
        *([f"learning rate {rate:.3g}"] if rate != asked.optimizer.learning_rate else []),
    ]
    if not changes:
        return ""
    batch, of_preset = sentences_per_step(fitted), sentences_per_step(recipe)
    return f"{batch} sentences a step where the preset has {of_preset}, so {' and '.join(changes)}"
