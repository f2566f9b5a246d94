"""What data the weights of a backbone have seen, as scores on photos among them mean less."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Answer = Literal["yes", "no", "unknown"]
_MILDEST_FIRST: tuple[Answer, ...] = ("no", "unknown", "yes")


@dataclass(frozen=True)
class Provenance:
    """The data that weights were trained on. The defaults are those of weights drawn at random.

    Args:
        trained_on: names of data sets.
        contains_refcoco: whether photos of RefCOCO, RefCOCO+ and RefCOCOg are among them, which all come from
            COCO's train2014, a part of train2017.
    """

    trained_on: tuple[str, ...] = ()
    contains_refcoco: Answer = "no"

    def __or__(self, other: "Provenance") -> "Provenance":
        """Both together: what weights have seen that come from, or went through, one and the other."""
        both = (self.contains_refcoco, other.contains_refcoco)
        worst = max(both, key=_MILDEST_FIRST.index)
        return Provenance(tuple(dict.fromkeys(self.trained_on + other.trained_on)), worst)

    @classmethod
    def of_checkpoint(cls, told: Mapping[str, Any]) -> "Provenance":
        """What the backbone in a checkpoint has seen: before training with refseg, and, if tuned, in it."""
        start = cls.from_json(told.get("backbone"))
        return start | cls.from_json(told["backbone_tuned"]) if "backbone_tuned" in told else start

    @classmethod
    def from_json(cls, value: Any) -> "Provenance":
        """Read what a checkpoint tells; the first ones have a mere list of data, and some tell nothing."""
        if isinstance(value, Mapping):
            answers = [answer for answer in _MILDEST_FIRST if answer == value.get("contains_refcoco")]
            return cls(_texts(value.get("trained_on")), answers[0] if answers else "unknown")
        names = _texts(value)
        if any("coco" in name.casefold() for name in names):
            return cls(names, "yes")
        harmless = isinstance(value, list | tuple) and all("imagenet" in name.casefold() for name in names)
        return cls(names, "no" if harmless else "unknown")


IMAGENET = Provenance(("ImageNet-1k",), "no")


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
