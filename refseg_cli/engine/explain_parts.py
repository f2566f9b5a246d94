"""The pieces of the picture that explains a mask: text, words in the colour of their type, glowing maps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from refseg_cli.data.look.lettering import font_for, printable, wrap
from refseg_cli.data.look.tiles import INK, PAPER
from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS, Colour

_WARM, _HOT, _COLD = (214, 40, 70), (255, 226, 70), (30, 60, 170)
_GLOW, _CHILL = 0.85, 0.5  # how much of the photo the strongest warm and the strongest blue hide
_PADDING = 5
_BAR_HEIGHT = 17

Picture = Image.Image


def row(pictures: Sequence[Picture], gap: int) -> Picture:
    """Put pictures side by side, their upper edges in line."""
    size = (sum(each.width for each in pictures) + gap * (len(pictures) - 1), max(p.height for p in pictures))
    whole, left = Image.new("RGB", size, PAPER), 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + gap
    return whole


def column(pictures: Sequence[Picture], gap: int) -> Picture:
    """Put pictures one below the other, their left edges in line."""
    size = (max(p.width for p in pictures), sum(each.height for each in pictures) + gap * (len(pictures) - 1))
    whole, top = Image.new("RGB", size, PAPER), 0
    for picture in pictures:
        whole.paste(picture, (0, top))
        top += picture.height + gap
    return whole


def flow(pictures: Iterable[Picture], width: int, gap: int) -> Picture:
    """Put pictures side by side, and go on below where a line is full."""
    return column([row(line, gap) for line in _lines(pictures, width, gap)], gap)


def _lines(pictures: Iterable[Picture], width: int, gap: int) -> Iterator[list[Picture]]:
    line: list[Picture] = []
    for picture in pictures:
        if line and sum(each.width + gap for each in line) + picture.width > width:
            yield line
            line = []
        line.append(picture)
    yield line


def text(words: str, size: int, width: int | None = None, n_lines: int = 1, ink: Colour = INK) -> Picture:
    """Write text into a picture, as wide as it needs or as it is told to be.

    Args:
        words: on one line.
        size: of the letters in pixels.
        width: None for one line.
        n_lines: the most lines; what does not fit ends in "…".
        ink: RGB.
    """
    words = printable(words)
    font, height = font_for(words, size), round(1.3 * size)
    lines = [words] if width is None else wrap(words, font, width, n_lines)
    whole = ceil(font.getlength(words)) if width is None else width
    picture = Image.new("RGB", (whole, height * max(1, len(lines))), PAPER)
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((0, number * height), line, ink, font)
    return picture


def chip(word: str, word_type: str, size: int, most: int, filled: bool = False) -> Picture:
    """Write a word in white on the colour of its type.

    Args:
        word: what does not fit ends in "…".
        word_type: its name.
        size: of the letters in pixels.
        most: the most width in pixels.
        filled: as wide as that, else as the word needs.
    """
    word = printable(word)
    font = font_for(word, size)
    line = "".join(wrap(word, font, most - 2 * _PADDING, 1))
    width = most if filled else ceil(font.getlength(line)) + 2 * _PADDING
    picture = Image.new("RGB", (width, round(1.5 * size)), WORD_TYPE_COLOURS[word_type])
    ImageDraw.Draw(picture).text((width / 2, picture.height / 2), line, "white", font, anchor="mm")
    return picture


def word_block(word: str, probabilities: Mapping[str, float], width: int) -> Picture:
    """Draw a word in the colour of its likeliest type, and below it a bar for the probability of each type.

    Args:
        word: as kept.
        probabilities: by type.
        width: in pixels.
    """
    likeliest = max(probabilities, key=lambda name: probabilities[name])
    bars = [_bar(name, p, width) for name, p in probabilities.items()]
    return column([chip(word, likeliest, 19, width, filled=True), *bars], 1)


def _bar(name: str, probability: float, width: int) -> Picture:
    colour = WORD_TYPE_COLOURS[name]
    bar = Image.new("RGB", (width, _BAR_HEIGHT), _paler(colour, 0.88))
    bar.paste(_paler(colour, 0.45), (0, 0, round(width * probability), _BAR_HEIGHT))
    pen, font, middle = ImageDraw.Draw(bar), font_for("0.", 12), _BAR_HEIGHT / 2
    pen.text((_PADDING, middle), name, INK, font, anchor="lm")
    pen.text((width - _PADDING, middle), f"{probability:.2f}", INK, font, anchor="rm")
    return bar


def _paler(colour: Colour, how_far: float) -> Colour:
    red, green, blue = (round(part + (255 - part) * how_far) for part in colour)
    return red, green, blue


def glowing(photo: Picture, strength: NDArray[np.float32]) -> Picture:
    """Lay colours over a photo in grey: warm where a map is strong, blue where it is below nothing.

    Args:
        photo: RGB of w×h.
        strength: (h, w) from -1 over 0, where the photo is left grey, to 1.
    """
    grey = 40 + 0.75 * np.asarray(photo.convert("L"), dtype=np.float32)[..., None]
    power = np.abs(strength)[..., None].clip(0, 1)
    warm = np.array(_WARM) + power * (np.array(_HOT) - np.array(_WARM))
    is_warm = strength[..., None] > 0
    colour = np.where(is_warm, warm, np.array(_COLD))
    share = np.where(is_warm, _GLOW, _CHILL) * np.sqrt(power)
    return Image.fromarray((grey * (1 - share) + colour * share).clip(0, 255).astype(np.uint8))


def scale(low: float, labels: Sequence[str], width: int) -> Picture:
    """Draw the colours of `glowing` from a strength to 1, with labels evenly below them."""
    strength = np.linspace(low, 1, width, dtype=np.float32)[None].repeat(14, axis=0)
    colours = glowing(Image.new("RGB", (width, 14), (150, 150, 150)), strength)
    picture = Image.new("RGB", (width, 34), PAPER)
    picture.paste(colours, (0, 0))
    for number, label in enumerate(labels):
        place = number / (len(labels) - 1)
        anchor = "la" if place == 0 else "ra" if place == 1 else "ma"
        ImageDraw.Draw(picture).text((place * width, 17), label, INK, font_for(label, 13), anchor=anchor)
    return picture


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """Shrink a picture into a box where it is larger."""
    smaller = picture.copy()
    smaller.thumbnail((width, height), Image.Resampling.LANCZOS)
    return smaller
