"""Writes sentences on pictures, in a font that can draw them, broken into lines of a given width."""

import unicodedata
from functools import cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_BUILT_IN = ""
"""The font that comes with Pillow: the same on every machine, but with little beyond English."""

_OF_THE_SYSTEM = (
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "msyh.ttc",
    "arial.ttf",
)
"""Fonts that many systems have and that draw more scripts; tried in this order, for such text alone."""

_IN_NO_FONT = "\uffff"  # what a font draws for this, it draws for every character that it does not have


def printable(text: str) -> str:
    """Return text on one line that every font can be asked to draw."""
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    return "".join(letter if letter.isprintable() else "?" for letter in unicodedata.normalize("NFC", line))


def font_for(text: str, size: int) -> Font:
    """Choose the built-in font, or where it lacks letters of the text the system's font that lacks fewest.

    Args:
        text: what will be written with it.
        size: in pixels.
    """
    letters = frozenset(text)
    names = (_BUILT_IN,) if _n_lacking(_BUILT_IN, letters) == 0 else (_BUILT_IN, *_OF_THE_SYSTEM)
    best = min((name for name in names if _load(name, size)), key=lambda name: _n_lacking(name, letters))
    return _load(best, size) or ImageFont.load_default(size)


def can_be_drawn(text: str) -> bool:
    """Whether a font of this system has all letters of the text; others are drawn as boxes."""
    letters = frozenset(text)
    return any(_n_lacking(name, letters) == 0 for name in (_BUILT_IN, *_OF_THE_SYSTEM))


def wrap(text: str, font: Font, width: float, n_lines: int) -> list[str]:
    """Break a line of text into lines no wider than asked; what does not fit ends in "…".

    Breaks at blanks, and within a word only where it alone is too wide.

    Args:
        text: one line.
        font: that it will be written in.
        width: of a line, in pixels.
        n_lines: the most lines.
    """
    lines: list[str] = []
    rest = text
    while rest and len(lines) < n_lines:
        fitting = _n_fitting(rest, font, width)
        blank = rest.rfind(" ", 0, fitting + 1)
        end = blank if fitting < len(rest) and blank > 0 else fitting
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest:
        kept = lines[-1][: _n_fitting(lines[-1], font, width - font.getlength("…"))]
        lines[-1] = (kept if kept == lines[-1] else kept.rpartition(" ")[0] or kept) + "…"
    return lines


def _n_fitting(text: str, font: Font, width: float) -> int:
    """How many letters from the start fit into a width; at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= width else (low, middle - 1)
    return low


@cache
def _load(name: str, size: int) -> Font | None:
    """Load a font by its file name; None where the system does not have it."""
    if name == _BUILT_IN:
        return ImageFont.load_default(size)
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _n_lacking(name: str, letters: frozenset[str]) -> int:
    """How many of some letters a font cannot draw."""
    return sum(not _draws(name, letter) for letter in letters)


@cache
def _draws(name: str, letter: str) -> bool:
    font = _load(name, 20)
    if font is None:
        return False
    return letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask(_IN_NO_FONT))
