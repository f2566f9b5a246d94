"""The pieces of a contact sheet: a photo or a row of frames, below it the sentence, and below that its id."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample

from .choose import spread
from .lettering import Font, font_for, printable, wrap
from .tint import tinted

PAPER = "white"
INK = (22, 22, 30)
PALE_INK = (120, 120, 132)
_MOUNT = (240, 240, 243)  # behind pictures that do not fill their place

PHOTO_WIDTH, PHOTO_HEIGHT = 400, 300
GAP = 28
_FRAME_GAP = 8
N_FRAMES = 5
SENTENCE_SIZE, NOTE_SIZE = 22, 15
_LINE, _N_LINES = 29, 3
_ABOVE_TEXT, _ABOVE_NOTE = 10, 6


@dataclass(frozen=True)
class Tile:
    """One sample as it will stand on the sheet.

    Attributes:
        picture: what is above the text.
        lines: of the sentence.
        font: for them.
        note: its id, its kind where it is not a person's, and what else there is to say.
    """

    picture: Image.Image
    lines: tuple[str, ...]
    font: Font
    note: str

    @property
    def wide(self) -> bool:
        """Whether it takes a row for itself."""
        return self.picture.width > PHOTO_WIDTH

    def height(self, n_lines: int) -> int:
        """Height in pixels where the sentence is given room for some lines."""
        return self.picture.height + _ABOVE_TEXT + n_lines * _LINE + _ABOVE_NOTE + NOTE_SIZE + 4

    def draw(self, sheet: Image.Image, left: int, top: int, n_lines: int) -> None:
        """Draw it onto a sheet."""
        sheet.paste(self.picture, (left, top))
        pen = ImageDraw.Draw(sheet)
        height = top + self.picture.height + _ABOVE_TEXT
        for number, line in enumerate(self.lines):
            pen.text((left, height + number * _LINE), line, INK, self.font)
        place = (left, height + n_lines * _LINE + _ABOVE_NOTE)
        pen.text(place, self.note, PALE_INK, font_for(self.note, NOTE_SIZE))


def photo_tile(sample: Sample) -> Tile:
    """Lay out a photo.

    Raises:
        DataError: its mask cannot be decoded.
        ImageError: the photo cannot be read.
    """
    pixels, mask = sample.image(), sample.mask()
    notes = [] if mask.any() else ["names nothing here"]
    picture = _mounted(pixels, mask, PHOTO_WIDTH, PHOTO_HEIGHT)
    return _tile(sample, picture, PHOTO_WIDTH, notes)


def clip_tile(sample: Sample, width: int) -> Tile:
    """Lay out frames of a clip in a row: those with a mask and, where there are few, others between them.

    Args:
        sample: a clip.
        width: of the row, in pixels.

    Raises:
        DataError: the clip cannot be read, or a mask cannot be decoded.
    """
    if sample.clip is None:
        raise ValueError(f"{sample.sample_id} is a photo")
    numbers = _chosen(sample.clip)
    masked = [number for number in numbers if number in sample.clip.annotated]
    frames = sample.frames(numbers)
    place = (width - (N_FRAMES - 1) * _FRAME_GAP) // N_FRAMES
    height = round(place * min(1.0, max(0.4, sample.height / max(1, sample.width))))
    row = Image.new("RGB", (width, height), PAPER)
    for column, number in enumerate(numbers):
        mask = sample.mask(number) if number in masked else None
        row.paste(_mounted(frames[number], mask, place, height), (column * (place + _FRAME_GAP), 0))
    frames_shown = f"frame{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
    notes = [f"{frames_shown} of {sample.clip.n_frames}"]
    if masked != numbers:
        notes.append(
            f"mask{'s' * (len(masked) > 1)} in {', '.join(map(str, masked))}" if masked else "no masks"
        )
    return _tile(sample, row, width, notes)


def _chosen(clip: Clip) -> list[int]:
    """The frames that are shown of a clip, each group of them evenly spread."""
    annotated = spread(clip.annotated, N_FRAMES)
    others = [number for number in range(clip.n_frames) if number not in clip.annotated]
    return sorted([*annotated, *spread(others, N_FRAMES - len(annotated))])


def _tile(sample: Sample, picture: Image.Image, width: int, notes: Sequence[str]) -> Tile:
    sentence = printable(sample.expression)
    font = font_for(sentence, SENTENCE_SIZE)
    kinds = [] if sample.kind == "human" else [sample.kind]
    note = printable(" · ".join([sample.sample_id, *kinds, *notes]))
    shortened = wrap(note, font_for(note, NOTE_SIZE), width, 1)[0]
    return Tile(picture, tuple(wrap(sentence, font, width, _N_LINES)), font, shortened)


def _mounted(pixels: np.ndarray, mask: np.ndarray | None, width: int, height: int) -> Image.Image:
    """Put a picture in the middle of a place of a given size."""
    picture = tinted(pixels, mask, (width, height))
    mount = Image.new("RGB", (width, height), _MOUNT)
    mount.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
    return mount
