"""Opens every picture of a split and decodes every mask, and lists those that are no good."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from refseg_cli.console import track
from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.errors import RefsegError

from .choose import one_each


@dataclass(frozen=True)
class Broken:
    """Something that is there and no good.

    Attributes:
        what: a file, a sample or a split.
        reason: in one line that names it too.
    """

    what: str
    reason: str


def broken_files(samples: Sequence[Sample], description: str) -> list[Broken]:
    """Open all pictures and decode all masks, each once.

    Pictures that are missing are passed over here. Of a video file the annotated frames are decoded, and
    the last one, which is not there where the file was cut short.

    Args:
        samples: of a split.
        description: of the work, for the progress bar.
    """
    by_picture: dict[Path, list[Sample]] = {}
    for sample in one_each(samples).values():
        by_picture.setdefault(sample.image_path, []).append(sample)
    pictures = track(by_picture.values(), description, total=len(by_picture))
    return [broken for picture in pictures for broken in _broken_in(picture)]


def _broken_in(samples: Sequence[Sample]) -> Iterator[Broken]:
    """What is no good of one picture and of the masks of what is named in it."""
    first = samples[0]
    yield from _broken_photo(first) if first.clip is None else _broken_clip(first, first.clip)
    for sample in samples:
        yield from _broken_masks(sample)


def _broken_photo(sample: Sample) -> Iterator[Broken]:
    try:
        yield from _of_other_size(sample, str(sample.image_path), sample.image())
    except RefsegError as error:
        if sample.image_path.exists():
            yield Broken(str(sample.image_path), str(error))


def _broken_clip(sample: Sample, clip: Clip) -> Iterator[Broken]:
    last = clip.n_frames - 1
    # a folder frame by frame, so that one broken file hides no other; a video is decoded in order, so at once
    turns = [[number] for number in range(clip.n_frames)] if clip.names else [sorted({*clip.annotated, last})]
    for numbers in turns:
        try:
            for number, pixels in sample.frames(numbers).items():
                yield from _of_other_size(sample, f"{clip.path}, frame {number}", pixels)
        except RefsegError as error:
            if clip.path.exists():
                yield Broken(str(clip.path), str(error))


def _of_other_size(sample: Sample, what: str, pixels: np.ndarray) -> Iterator[Broken]:
    height, width = pixels.shape[:2]
    if (height, width) != (sample.height, sample.width):
        found, said = f"{width}x{height}", f"{sample.width}x{sample.height}"
        yield Broken(what, f"{what}: is {found}, but its annotations say {said}")


def _broken_masks(sample: Sample) -> Iterator[Broken]:
    """Masks that cannot be decoded, and those that are empty although the sentence names something."""
    found = sample.annotation.get("union") == []  # names nothing, and says so
    frames = [None] if sample.clip is None else sample.clip.annotated
    for frame in frames:
        try:
            found |= bool(sample.mask(frame).any())
        except RefsegError as error:
            yield Broken(sample.sample_id, f"{sample.sample_id}: {error}")
            return
    if frames and not found:
        yield Broken(sample.sample_id, f"{sample.sample_id}: its mask is empty")
