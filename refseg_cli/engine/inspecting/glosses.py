"""Sentences word for word, with what each word is taken for in the lines below it."""

from collections.abc import Iterator, Sequence

from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS, Colour

from .corpus import Corpus, InspectedSentence, InspectedWord

__all__ = ["Piece", "gloss", "shade"]

Piece = tuple[str, str]
"""Text, and how rich styles it."""

_GAP = "  "


def gloss(
    views: Sequence[InspectedSentence], corpora: Sequence[Corpus], width: int, gold: bool
) -> list[Piece]:
    """Set a sentence in columns, one a word: the word, its type and probability, its part of speech.

    Args:
        views: the sentence as each of one or two checkpoints sees it.
        corpora: that they are from.
        width: of a line in characters.
        gold: whether to show the true types too.

    Returns:
        Pieces of text with line ends.
    """
    cells = [_cells(at, corpora, gold) for at in _words_at(views)]
    widths = [max(len(text) for text, _ in column) for column in cells]
    pieces: list[Piece] = [(f"{views[0].text}\n", "bold")]
    for start, end in _lines(widths, width - len(_GAP)):
        for height in range(len(cells[start])):
            label = "AB"[height - 1] if len(views) > 1 and 1 <= height <= len(views) else ""
            pieces.append((label.ljust(len(_GAP)), ""))
            for column, room in zip(cells[start:end], widths[start:end], strict=True):
                text, style = column[height]
                pieces += [(text, style), (" " * (room - len(text)) + _GAP, "")]
            pieces[-1] = ("\n", "")
        pieces.append(("\n", ""))
    return pieces[:-1]


def shade(colour: Colour, strength: float) -> Colour:
    """A colour, the paler the lower its strength is: itself at 1, white at 0."""
    red, green, blue = (round(255 - strength * (255 - part)) for part in colour)
    return red, green, blue


def _words_at(views: Sequence[InspectedSentence]) -> list[tuple[InspectedWord | None, ...]]:
    """The words that stand at each place; None where an encoder did not take one."""
    by_place = [{word.start: word for word in view.words} for view in views]
    places = sorted({place for words in by_place for place in words})
    return [tuple(words.get(place) for words in by_place) for place in places]


def _cells(words: Sequence[InspectedWord | None], corpora: Sequence[Corpus], gold: bool) -> list[Piece]:
    """What stands one below the other in the column of a word."""
    known, by = next((word, corpus) for word, corpus in zip(words, corpora, strict=True) if word is not None)
    cells: list[Piece] = [(known.text.strip(), _style(known, by))]
    for word, corpus in zip(words, corpora, strict=True):
        cells.append(("–", "") if word is None else (_typed(word), _style(word, corpus)))
    cells.append((f"{known.tag.pos} {known.tag.dependency}" if known.tag else "–", "dim"))
    if gold:
        cells.append((f"true: {known.gold or '–'}", ""))
    return cells


def _typed(word: InspectedWord) -> str:
    return f"{word.type} {word.p:.2f}{' ≠' * word.differs}"


def _style(word: InspectedWord, corpus: Corpus) -> str:
    by_chance = 1 / len(corpus.types)
    behind = shade(WORD_TYPE_COLOURS[word.type], (word.p - by_chance) / (1 - by_chance))
    ink = "rgb(255,255,255)" if sum(behind) < 480 else "rgb(22,22,30)"
    return f"{ink} on rgb({','.join(map(str, behind))})"


def _lines(widths: Sequence[int], width: int) -> Iterator[tuple[int, int]]:
    """Which columns go on one line: at least one."""
    start, used = 0, 0
    for i, room in enumerate(widths):
        if i > start and used + room > width:
            yield start, i
            start, used = i, 0
        used += room + len(_GAP)
    if widths:
        yield start, len(widths)
