"""Which frames of a video stand for the moment around one of them."""

from collections.abc import Sequence

FRAME_OFFSETS = (-8, -4, 0, 4, 7)
"""The frames 0, 4, 8, 12 and 15 of a window of 16, counted from the annotated one, which is frame 8.

Reference: `CMPC_video_mm_tgraph_allvec.LSTM_model`, which gathers them from the 16 that it is fed.
"""


def frame_offsets(clip_frames: int = 1) -> tuple[int, ...]:
    """Which frames around the centre one a clip is made of.

    Args:
        clip_frames: how many frames the backbone looks at together. One that looks at pictures (1) sees the
            five frames of `FRAME_OFFSETS`; one for clips as many as it takes, in a row, the centre among them
            (8 of I3D: -4 to 3).
    """
    if clip_frames == 1:
        return FRAME_OFFSETS
    return tuple(range(-(clip_frames // 2), clip_frames - clip_frames // 2))


def window_frames(centre: int, n_frames: int, offsets: Sequence[int] = FRAME_OFFSETS) -> tuple[int, ...]:
    """The frames of the clip around a frame of a video; at both ends the first or the last is repeated.

    Args:
        centre: number of the frame that a mask is wanted for, counted from 0.
        n_frames: of the video.
        offsets: from `frame_offsets`.

    Raises:
        ValueError: if the video has no such frame.
    """
    if not 0 <= centre < n_frames:
        raise ValueError(f"the centre must be one of the frames 0 to {n_frames - 1}, got {centre}")
    return tuple(min(max(centre + offset, 0), n_frames - 1) for offset in offsets)
