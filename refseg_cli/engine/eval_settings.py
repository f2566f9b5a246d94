"""How an evaluation goes about it, as it was typed."""

from dataclasses import dataclass
from typing import Any

from refseg_cli.errors import UsageError

from .answers import Asking
from .crf import CRF_SETTINGS
from .forced_types import load_tagger

BASELINES = ("centred-box", "random-word-types")


@dataclass(frozen=True)
class Settings(Asking):
    """How an evaluation goes about it; `seed` is that of the intervals too.

    Attributes:
        baselines: Floors of `BASELINES` to score on the same samples.
        swap: Whether to run the swap test too, on masks of the protocol "original".
        coco_map: Whether to report `mAP_coco`.
        save_masks: Whether to keep the final masks.
    """

    baselines: tuple[str, ...] = ()
    swap: bool = False
    coco_map: bool = False
    save_masks: bool = False

    def __post_init__(self) -> None:
        """Refuse a floor that there is not."""
        unknown = set(self.baselines) - set(BASELINES)
        if unknown:
            raise ValueError(f"baselines are of {BASELINES}, got {sorted(unknown)}")

    def check_threshold(self) -> None:
        """Refuse a threshold that no probability is on both sides of.

        Raises:
            UsageError: If it is not between 0 and 1.
        """
        if not 0 < self.threshold < 1:
            raise UsageError(f"--threshold lies between 0 and 1, got {self.threshold}")

    def described(self) -> dict[str, Any]:
        """All that a score hangs on, for a report.

        Raises:
            TaggerMissing: If the words are to be tagged, and spaCy's pipeline is not there.
        """
        tagger = {"tagger": load_tagger(self.root).name} if self.word_types == "pos" else {}
        return tagger | {
            "protocol": self.protocol,
            "threshold": self.threshold,
            "crf": CRF_SETTINGS if self.crf else None,
            "word_types": self.word_types,
            "seed": self.seed,
            "batch_size": self.batch_size,
        }
