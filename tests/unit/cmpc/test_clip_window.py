"""Which frames stand for a moment: those of the authors, and at the ends of a video the last one there."""

import pytest

from refseg.models.backbones.i3d import I3D
from refseg.models.cmpc.clip_window import FRAME_OFFSETS, frame_offsets, window_frames


def test_the_frames_are_those_of_the_authors_window_of_sixteen() -> None:
    assert window_frames(8, 16) == (0, 4, 8, 12, 15)
    assert frame_offsets() == FRAME_OFFSETS


def test_a_backbone_for_clips_has_all_its_frames_around_the_centre() -> None:
    assert frame_offsets(I3D.clip_frames) == (-4, -3, -2, -1, 0, 1, 2, 3)
    assert frame_offsets(5) == (-2, -1, 0, 1, 2)


@pytest.mark.parametrize("clip_frames", range(1, 17))
def test_the_centre_stands_where_the_network_looks_for_it(clip_frames: int) -> None:
    offsets = frame_offsets(clip_frames)
    assert offsets[len(offsets) // 2] == 0


def test_at_both_ends_of_a_video_a_frame_is_repeated() -> None:
    assert window_frames(0, 100) == (0, 0, 0, 4, 7)
    assert window_frames(99, 100) == (91, 95, 99, 99, 99)
    assert window_frames(0, 1) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("centre", [-1, 3])
def test_a_frame_that_is_not_there_is_no_centre(centre: int) -> None:
    with pytest.raises(ValueError, match=f"frames 0 to 2, got {centre}"):
        window_frames(centre, 3)
