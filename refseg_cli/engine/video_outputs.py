"""What a prediction on a video leaves behind: masks, and a video that shows them; each whole or not."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from refseg.models.predictor import Prediction
from refseg_cli.data.footage import Frame
from refseg_cli.files import written_folder, written_whole

from .outputs import write_mask
from .overlay import draw_overlay
from .video_plan import VideoTarget
from .video_writer import written_video

_ON_A_LINE = ("frame", "name", "time", "box", "area", "score", "rle")


class SentenceWriter:
    """Writes what was found of one sentence, frame by frame.

    Args:
        target: what to write; it is there under its own name when `stack` has ended well.
        stack: closes all files, or throws them away after an error.
        every: how many frames of the video each one stands for.
    """

    def __init__(self, target: VideoTarget, stack: ExitStack, every: int) -> None:
        as_lines = target.masks.suffix == ".jsonl"
        self._lines = stack.enter_context(written_whole(target.masks)) if as_lines else None
        self._folder = None if as_lines else stack.enter_context(written_folder(target.masks))
        self._overlay = stack.enter_context(written_video(target.overlay)) if target.overlay else None
        self._every = every
        self._first: Fraction | None = None

    def add(self, frame: Frame, prediction: Prediction, record: Mapping[str, Any]) -> None:
        """Write the mask of a frame, and show it.

        Args:
            frame: later than the one before.
            prediction: what was found in it.
            record: the same in JSON's terms.
        """
        if self._folder is not None:
            write_mask(prediction.mask, self._folder / f"{frame.name}.png")
        if self._lines is not None:
            line = json.dumps({key: record[key] for key in _ON_A_LINE})
            self._lines.write(line.encode("ascii") + b"\n")
        if self._overlay is not None:
            self._first = frame.start if self._first is None else self._first
            shown = draw_overlay(Image.fromarray(frame.pixels), prediction.mask)
            self._overlay.add(np.asarray(shown), frame.start - self._first, frame.duration * self._every)
