import math
import random

import numpy as np
import pytest

from refseg_cli.engine.contours import contour_accuracy
from refseg_cli.engine.metrics import Overlap, count_overlap, score
from refseg_cli.engine.video_metrics import VIDEO_METRICS, Track, score_videos, video_intervals


def made(n: int = 30) -> list[Track]:
    generator = np.random.default_rng(0)
    tracks = []
    for place in range(n):
        regions, contours = generator.random((2, int(generator.integers(1, 9)))).tolist()
        tracks.append(Track(f"made/{place}", place // 3, tuple(regions), tuple(contours)))
    return tracks


def test_frames_are_averaged_by_sentence_and_sentences_over_the_dataset() -> None:
    tracks = [Track("a", 0, (1.0, 0.5), (0.0, 0.5)), Track("b", 0, (0.0,) * 8, (0.2,) * 8)]
    assert score_videos(tracks) == pytest.approx({"J&F": (0.375 + 0.225) / 2, "J": 0.375, "F": 0.225})
    assert tuple(score_videos(tracks)) == VIDEO_METRICS == tuple(tracks[0].by_name())


def test_the_mean_of_random_tracks_is_that_of_numpy() -> None:
    tracks = made()
    scores = score_videos(tracks)
    region = np.mean([np.mean(track.regions) for track in tracks])
    contour = np.mean([np.mean(track.contours) for track in tracks])
    assert scores == pytest.approx({"J&F": (region + contour) / 2, "J": region, "F": contour}, abs=1e-12)


def test_the_order_of_sentences_changes_not_even_the_last_bit() -> None:
    tracks = made()
    mixed = random.Random(1).sample(tracks, len(tracks))
    assert score_videos(mixed) == score_videos(tracks)
    assert video_intervals(mixed, draws=50) == video_intervals(tracks, draws=50)


def test_intervals_hold_the_score_and_narrow_to_it_where_all_videos_are_alike() -> None:
    tracks = made()
    scores, ranges = score_videos(tracks), video_intervals(tracks)
    assert all(ranges[name].low < scores[name] < ranges[name].high for name in VIDEO_METRICS)
    alike = [Track(str(place), place, (0.25,), (0.75,)) for place in range(5)]
    assert video_intervals(alike) == {"J&F": (0.5, 0.5), "J": (0.25, 0.25), "F": (0.75, 0.75)}


def test_intervals_redraw_whole_videos() -> None:
    """Ten sentences on one video of two tell no more than one would."""
    many = [Track(f"{v}/{s}", v, (float(v),), (0.0,)) for v in range(2) for s in range(10)]
    few = [Track(str(v), v, (float(v),), (0.0,)) for v in range(2)]
    assert video_intervals(many) == video_intervals(few)
    assert video_intervals(many)["J"] == (0, 1)


@pytest.mark.parametrize(("regions", "contours"), [((), ()), ((0.5,), ()), ((0.5,), (0.5, 0.5))])
def test_a_track_has_both_scores_of_each_frame(
    regions: tuple[float, ...], contours: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="a/1: needs J and F of each frame"):
        Track("a/1", 0, regions, contours)


def test_no_sentence_has_no_score() -> None:
    for scored in (score_videos, video_intervals):
        with pytest.raises(ValueError, match="got none"):
            scored([])


def test_perfect_and_empty_masks_through_all_scores_of_a_video() -> None:
    """A thing that is out of sight in the second frame: found, and rightly not found, is all one can do."""
    thing, nothing = np.zeros((2, 20, 30), dtype=bool)
    thing[5:12, 6:20] = True
    answers = {"right": (thing, nothing), "nothing": (nothing, nothing), "all": (~nothing, ~nothing)}
    expected = {"right": (1.0, 1.0), "nothing": (0.5, 0.5), "all": (0.5 * 98 / 600, 0.5)}
    for name, masks in answers.items():
        overlaps = [
            Overlap(f"{name}/{frame}", 0, *count_overlap(mask, truth))
            for frame, (mask, truth) in enumerate(zip(masks, (thing, nothing), strict=True))
        ]
        contours = (contour_accuracy(masks[0], thing), contour_accuracy(masks[1], nothing))
        track = Track(name, 0, tuple(overlap.iou for overlap in overlaps), contours)
        scores = score_videos([track])
        assert (scores["J"], scores["F"]) == pytest.approx(expected[name])
        assert math.isclose(score(overlaps).mean_iou, scores["J"])  # of one sentence, J is mIoU
