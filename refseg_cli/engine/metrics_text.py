"""What `refseg eval --explain-metrics` prints."""

from textwrap import fill

from .crf import APPEARANCE, N_STEPS, SMOOTHNESS
from .protocols import EXPLAINED

_METRICS = {
    "oIoU": "sum of the intersections over sum of the unions of all sentences, so that large things count "
    "more. Elsewhere: overall or cumulative IoU, cIoU; the IoU of the CMPC paper.",
    "mIoU": "mean of the sentences' own IoU. Elsewhere: mean IoU, gIoU (which also names another thing).",
    "P@X": "share of the sentences with an IoU of X or more. Elsewhere: Prec@X, Pr@X.",
    "mAP": "mean of P@0.5, P@0.55, …, P@0.95; a sentence has one mask, and nothing is ranked.",
    "mAP_coco": "with --coco-map: COCO's average precision over the same ten values. All masks are ranked by "
    "their score, the mean probability inside the mask; each sentence is an image with one object.",
}
_EMPTY = {
    "mask or truth": "the IoU is 0, and the pixels of the other count in the union of oIoU.",
    "both": "the IoU is 1, and oIoU is what the other sentences make it (1 if there are none); mAP_coco "
    "knows no object without pixels and counts a miss.",
}
_OBJECTS = {
    "right": "share of the sentences whose mask has a larger IoU with the named object than with any other "
    "of the scene; an empty mask or a tie is wrong.",
    "chance": "what picking among the objects that the noun alone could mean would get right.",
    "grid's oIoU": "of the true masks as the checkpoint's grid can show them: the closest map on it, "
    "in least squares, brought back to the photo as its logits are.",
}
_VIDEOS = {
    "J": "mean IoU of a sentence's masks over the annotated frames of its video, averaged over sentences; "
    "an empty mask of an empty truth counts 1.",
    "F": "the same for the contours: the F-score of the pixels of both contours that lie within 0.8 % of the "
    "picture's diagonal of the other one, as DAVIS has it.",
    "J&F": "the mean of J and F.",
}
_CRF = (
    "--crf also scores each mask after a DenseCRF on the network's canvas with the authors' settings "
    f"({N_STEPS} steps; Gaussian {SMOOTHNESS}; bilateral {APPEARANCE}), the probability clipped away from 0 "
    "and 1; the likelier label counts, whatever --threshold says. Where a protocol resizes logits, it "
    "resizes the log-odds that the CRF leaves."
)
_COUNTED = (
    "Each sentence of a split counts once, also where the checkpoint does not read all of its words. Of the "
    "scores of photos drawn again and again, 95 % lie in the interval."
)
_WIDTH = 100


def explanation() -> str:
    """What each metric and protocol does, for people."""
    parts = [
        "Metrics, in percent; the IoU of a sentence is what mask and truth share over what either has:",
        *_listed(_METRICS),
        "\nWhere something is empty:",
        *_listed(_EMPTY),
        "\nWhich object, where all objects of a scene are known (shapes):",
        *_listed(_OBJECTS),
        "\nVideos, of which every annotated frame counts as a picture in the metrics above:",
        *_listed(_VIDEOS),
        "\nProtocols, from the network's scores to the pixels that are counted:",
        *_listed({name: f"{text}." for name, text in EXPLAINED.items()}),
        f"\n{fill(_CRF, _WIDTH)}",
        f"\n{fill(_COUNTED, _WIDTH)}",
    ]
    return "\n".join(parts)


def _listed(texts: dict[str, str]) -> list[str]:
    return [
        fill(text, _WIDTH, initial_indent=f"  {name:<14}", subsequent_indent=" " * 16)
        for name, text in texts.items()
    ]
