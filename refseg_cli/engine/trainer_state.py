"""All that a run needs to go on as if it had never stopped, as tensors and plain facts, and back again."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from refseg.models.checkpoint import describe, stored_elsewhere
from refseg.models.segmenter import Segmenter
from refseg_cli.errors import DataError

from . import together
from .random_states import random_states, set_random_states
from .tensor_file import tensors_digest
from .train import Trainer

FORMAT = 1
Tensors = Mapping[str, Tensor]


def collect(trainer: Trainer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state between two steps. All processes that train together must ask for it.

    Returns:
        Tensors: weights and buffers in full precision, without what is frozen of the backbone and what the
        text encoder brings by itself; the optimiser's moments and counts, the moving average, the random
        states of every process (processes, …), and the terms of the losses that no line of the log has told
        yet.
        Facts: what the network is, the number of steps done, the scaler of the loss.
    """
    device = trainer.segmenter.device
    tensors = {f"weights/{name}": tensor for name, tensor in _kept(trainer.segmenter)}
    tensors |= dict(_moments(trainer))
    averages = trainer.average.averages if trainer.average is not None else []
    tensors |= {f"average/{number}": average for number, average in enumerate(averages)}
    for name, state in random_states(device).items():
        tensors[f"random/{name}"] = together.stack(state)
    if trainer.terms:
        tensors["terms"] = torch.stack(trainer.terms)
    facts = {
        "format": FORMAT,
        "done": trainer.done,
        "network": describe(trainer.segmenter),
        "backbone": frozen_digest(trainer.segmenter),
        "scaler": trainer.scaler.state_dict(),
        "terms": trainer.term_names,
    }
    return tensors, facts


def check_fits(trainer: Trainer, facts: Mapping[str, Any], name: str) -> None:
    """Make sure that a state is of this network.

    Raises:
        DataError: if it is of another.
    """
    if facts.get("format") != FORMAT:
        raise DataError(
            f"{name} has format {facts.get('format')!r}, this refseg reads {FORMAT}: "
            "resume with the refseg that wrote it"
        )
    then, now = (dict(_flat(network)) for network in (facts["network"], describe(trainer.segmenter)))
    for key in dict.fromkeys([*then, *now]):
        if then.get(key) != now.get(key):
            values = "" if isinstance(then.get(key), list) else f" ({then.get(key)} then, {now.get(key)} now)"
            raise DataError(
                f"{name} is of another network: {key} differs{values}; put config.toml and the files that it "
                "names back as they were, or start a new run: refseg train --name NAME"
            )
    if facts["backbone"] != frozen_digest(trainer.segmenter):
        raise DataError(
            f"{name} was trained on a backbone with other weights: put the file of backbone.weights back, "
            "or start a new run: refseg train --name NAME"
        )


@torch.no_grad()
def restore(trainer: Trainer, tensors: Tensors, facts: Mapping[str, Any]) -> None:
    """Bring a trainer into a state that fits it."""
    for name, tensor in _kept(trainer.segmenter):
        tensor.copy_(tensors[f"weights/{name}"])
    _restore_moments(trainer, tensors)
    if trainer.average is not None:
        for number, (average, weight) in enumerate(
            zip(trainer.average.averages, trainer.average.weights, strict=True)
        ):
            average.copy_(tensors.get(f"average/{number}", weight))
    if facts["scaler"]:
        trainer.scaler.load_state_dict(facts["scaler"])
    trainer.done = facts["done"]
    device = trainer.segmenter.device
    told = "terms" in tensors and facts["terms"] == trainer.term_names
    trainer.terms = list(tensors["terms"].to(device)) if told else []
    randoms = {name.removeprefix("random/"): tensors[name] for name in tensors if name.startswith("random/")}
    # with another number of processes than before, some share a state
    set_random_states(
        {name: states[together.rank() % len(states)] for name, states in randoms.items()}, device
    )


def frozen_digest(segmenter: Segmenter) -> str:
    """A SHA-256 of what is not saved with the rest: see `collect`."""
    kept = {name for name, _ in _kept(segmenter)}
    return tensors_digest((name, each) for name, each in segmenter.state_dict().items() if name not in kept)


def _kept(segmenter: Segmenter) -> Iterator[tuple[str, Tensor]]:
    tuned = {name for name, weight in segmenter.backbone.named_parameters() if weight.requires_grad}
    elsewhere = stored_elsewhere(segmenter)
    for name, tensor in segmenter.state_dict().items():
        frozen = name.startswith("backbone.") and name.removeprefix("backbone.") not in tuned
        if not frozen and name not in elsewhere:
            yield name, tensor


def _moments(trainer: Trainer) -> Iterator[tuple[str, Tensor]]:
    names = {id(weight): name for name, weight in trainer.segmenter.named_parameters()}
    for weight, state in trainer.optimizer.state.items():
        for key, tensor in state.items():
            yield f"optimizer/{names[id(weight)]}/{key}", tensor


def _restore_moments(trainer: Trainer, tensors: Tensors) -> None:
    """As `Optimizer.load_state_dict`, which wants numbers for weights: counts stay on the CPU."""
    weights = dict(trainer.segmenter.named_parameters())
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            weight = weights[name.removeprefix("optimizer/").rpartition("/")[0]]
            key = name.rpartition("/")[2]
            place = tensor.clone() if key == "step" else tensor.to(weight.device, copy=True)
            trainer.optimizer.state[weight][key] = place


def _flat(table: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, Any]]:
    """Values by dotted key, as JSON has them."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", list(value) if isinstance(value, tuple) else value
