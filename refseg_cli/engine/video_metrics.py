"""J, F and J&F: the scores of DAVIS, by which referring segmentation of whole videos is compared.

J (region similarity) of a frame is the IoU of mask and truth, 1 where both are empty; F (contour accuracy) is
in `contours.py`. A sentence's J is the mean over its frames, a dataset's the mean over its sentences; so with
F. J&F is the mean of the two. P@X, oIoU and mIoU of videos are those of `metrics.py`, a frame a sample.

Which frames: every frame that has a truth, the first and the last as well. DAVIS leaves these two out only
where the first mask is given to a method beforehand (semi-supervised); its evaluation without given masks
(unsupervised) counts all, and that one is used for Ref-DAVIS17 by later work, such as ReferFormer. Of
Refer-YouTube-VOS every fifth frame has a truth; where an object is out of sight, its truth is empty.
    differs: for Ref-DAVIS17, ReferFormer lets the sentences of one annotator on the objects of a video
    compete for each pixel, and pairs the masks with the objects where that is best. Here each sentence
    stands alone and is compared with what it names, as the server of Refer-YouTube-VOS does.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from .bootstrap import DRAWS, Interval, image_table, interval, redrawn_sums

VIDEO_METRICS = ("J&F", "J", "F")


@dataclass(frozen=True)
class Track:
    """A sentence's result in a video.

    Attributes:
        sample_id: Names the sentence.
        image_id: The video; intervals redraw whole videos.
        regions: J of each scored frame, see `metrics.Overlap.iou`.
        contours: F of each scored frame, see `contours.contour_accuracy`.

    Raises:
        ValueError: If there is no frame, or not both for each.
    """

    sample_id: str
    image_id: int
    regions: tuple[float, ...]
    contours: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.regions or len(self.regions) != len(self.contours):
            n_frames = f"{len(self.regions)} and {len(self.contours)}"
            raise ValueError(f"{self.sample_id}: needs J and F of each frame, got {n_frames}")

    def by_name(self) -> dict[str, float]:
        """Its scores under their printed names, in the order of `VIDEO_METRICS`."""
        region = math.fsum(self.regions) / len(self.regions)
        contour = math.fsum(self.contours) / len(self.contours)
        return {"J&F": (region + contour) / 2, "J": region, "F": contour}


def score_videos(tracks: Sequence[Track]) -> dict[str, float]:
    """Score sentences on videos; their order and grouping change nothing, not even the last bit.

    Args:
        tracks: One per sentence.

    Returns:
        Score name → value between 0 and 1, in the order of `VIDEO_METRICS`.

    Raises:
        ValueError: If there is no track.
    """
    if not tracks:
        raise ValueError("a score needs at least one sentence, got none")
    named = [track.by_name() for track in tracks]
    return {name: math.fsum(scores[name] for scores in named) / len(named) for name in VIDEO_METRICS}


def video_intervals(tracks: Sequence[Track], seed: int = 0, draws: int = DRAWS) -> dict[str, Interval]:
    """The 95 % interval of every score, by redrawing whole videos.

    Args:
        tracks: One per sentence.
        seed: Of the draws.
        draws: How often videos are drawn.

    Returns:
        Score name → interval, in the order of `VIDEO_METRICS`.

    Raises:
        ValueError: If there is no track.
    """
    by_video: defaultdict[int, list[Mapping[str, float]]] = defaultdict(list)
    for track in tracks:
        by_video[track.image_id].append(track.by_name())
    rows: dict[Hashable, list[float]] = {
        video: [len(group), *(math.fsum(scores[name] for scores in group) for name in VIDEO_METRICS)]
        for video, group in by_video.items()
    }
    sums = redrawn_sums(image_table(rows), seed, draws)
    redrawn = sums[:, 1:] / sums[:, :1]
    return {name: interval(redrawn[:, column]) for column, name in enumerate(VIDEO_METRICS)}
