"""What `refseg train --word-type-supervision` comes to in settings."""

from typing import Final, get_args

from refseg_cli.data.word_types import TypeSource
from refseg_cli.errors import UsageError

from .run_config import RunConfig

USUAL_WEIGHT: Final = 0.3
"""Of the preset `small`: next to a loss that is averaged over pixels."""

_NONE = "none"


def supervision_settings(asked: str, config: RunConfig) -> tuple[str, ...]:
    """The settings that `SOURCE` or `SOURCE:WEIGHT` stands for.

    Args:
        asked: such as `pos` or `lexicon:0.1`, or `none` for the paper's way.
        config: as it is without them. Where its loss is summed over pixels, the weight is as much larger, if
            none was given.

    Raises:
        UsageError: for another source, or a weight that is no number.
    """
    source, colon, weight = asked.partition(":")
    if source not in (_NONE, *get_args(TypeSource)) or (source == _NONE and colon):
        raise _refused(asked)
    if source == _NONE:
        return ("loss.word_type_weight=0",)
    try:
        number = float(weight) if colon else USUAL_WEIGHT * _n_summed(config)
    except ValueError:
        raise _refused(asked) from None
    return (f"data.word_types={source}", f"loss.word_type_weight={number}")


def _refused(asked: str) -> UsageError:
    sources = ", ".join(get_args(TypeSource))
    return UsageError(
        f"--word-type-supervision is none, or one of {sources} and a weight if you like, got {asked!r}: "
        f"for example --word-type-supervision pos:{USUAL_WEIGHT}"
    )


def _n_summed(config: RunConfig) -> int:
    """Over how many pixels of an image the loss is summed; 1 where it is averaged."""
    if config.loss.reduction == "mean":
        return 1
    return int((config.loss.target_grid or config.preprocess.size) ** 2)
