"""What every text encoder promises, checked: `refseg encoders test NAME` does it, and so can any test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from . import promises
from .base import TextEncoder
from .errors import RefsegError
from .promises import Trial
from .registry import plugin_code

_PROMISES: Mapping[str, Callable[[Trial], None]] = {
    "width and max_words are told": promises.sizes_are_told,
    "config() is JSON and names the class": promises.config_names_the_class,
    "from_config() builds the same": promises.config_builds_the_same,
    "state_dict() carries the weights over": promises.weights_carry_over,
    "an expression without words is refused": promises.blanks_are_refused,
    "words as split_words has them": promises.words_are_those_of_split_words,
    "spans cut the words out": promises.spans_cut_the_words_out,
    "one finite vector per kept word": promises.vectors_are_whole,
    "the same alone and in a batch": promises.same_in_a_batch,
    "the same each time": promises.same_each_time,
}


@dataclass(frozen=True)
class Check:
    """What came of one check.

    Args:
        name: what is promised.
        failure: what was found instead, in one line; None if the promise is kept.
    """

    name: str
    failure: str | None = None


def check_encoder(encoder: TextEncoder) -> tuple[Check, ...]:
    """Check everything that a text encoder promises, on 500 sentences that are hard to get right.

    Args:
        encoder: with any weights; put in evaluation mode. Its class must be found under the name that its
            `config` tells: installed, or in `REFSEG_ENCODERS`.

    Returns:
        One check for each promise, always in the same order.
    """
    trial = Trial(encoder.eval())
    with torch.no_grad():
        return tuple(Check(name, _failure(promise, trial)) for name, promise in _PROMISES.items())


def _failure(promise: Callable[[Trial], None], trial: Trial) -> str | None:
    try:
        with plugin_code("it fails", advice=""):
            promise(trial)
    except RefsegError as error:
        return " ".join(str(error).split())
    return None
