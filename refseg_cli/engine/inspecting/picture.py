"""The picture of `refseg inspect-words --plot`: types by part of speech, and sentences in colour."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from refseg_cli.data.look.choose import spread
from refseg_cli.data.look.lettering import font_for
from refseg_cli.data.look.tiles import INK, PALE_INK, PAPER
from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS
from refseg_cli.engine.explain_parts import Picture, chip, column, flow, row, text

from .against_pos import against_pos, pos_types
from .corpus import Corpus, InspectedSentence, InspectedWord
from .glosses import shade
from .tables import Cell, Column, Table, written
from .typical import type_counts

__all__ = ["draw"]

_MARGIN, _GAP, _NARROW = 40, 28, 6
_WIDTH = 1400
_CELL = (124, 40)
_HEAD = 118
_MOST_STRIPS = 24
_LEAST_WORD, _MOST_WORD = 60, 260
_LEAST_STRIP = 200


def draw(corpora: Sequence[Corpus]) -> Picture:
    """Draw a heat map for each view of the sentences, side by side, and below them some of the sentences.

    Args:
        corpora: one or two views of the same sentences.

    Returns:
        RGB, 1480 pixels wide or as wide as the heat maps need.
    """
    maps = flow([_heat_map(corpus) for corpus in corpora], _WIDTH, 2 * _GAP)
    views = list(zip(*(corpus.sentences for corpus in corpora), strict=True))
    strips = [_strips(view, corpora) for view in spread(views, _MOST_STRIPS)]
    shown = f"{len(strips)} of {len(views):,} sentences" if len(strips) < len(views) else "The sentences"
    about = "likeliest type; bar: all types; below: spaCy's tag in the colour of the type expected of it"
    caption = row([text(shown, 20), text(about, 15, None, 1, PALE_INK)], 16)
    page = column([maps, caption, _legend(corpora), flow(strips, _WIDTH, _GAP)], _GAP)
    whole = Image.new("RGB", (max(page.width, _WIDTH) + 2 * _MARGIN, page.height + 2 * _MARGIN), PAPER)
    whole.paste(page, (_MARGIN, _MARGIN))
    return whole


def _legend(corpora: Sequence[Corpus]) -> Picture:
    names = dict.fromkeys(name for corpus in corpora for name in corpus.types)
    return row([chip(name, name, 15, _MOST_WORD) for name in names], 12)


def _heat_map(corpus: Corpus) -> Picture:
    """Rows are parts of speech, columns types; the colour is the share of the row."""
    table = pos_types(corpus) if corpus.pipeline else _all_words(corpus)
    rows = table.records()
    width, height = _CELL
    whole = Image.new("RGB", (_HEAD + len(corpus.types) * width, (len(rows) + 1) * height), PAPER)
    pen = ImageDraw.Draw(whole)
    for j, name in enumerate(corpus.types):
        place = (_HEAD + (j + 0.5) * width, height / 2)
        pen.text(place, name, WORD_TYPE_COLOURS[name], font_for(name, 17), anchor="mm")
    for i, record in enumerate(rows, start=1):
        label = f"{record['pos']}  {record['words']:,}"
        pen.text((_HEAD - 10, (i + 0.5) * height), label, INK, font_for(label, 15), anchor="rm")
        for j, name in enumerate(corpus.types):
            share, count = float(record[f"{name}_share"] or 0), record[name]
            box = (_HEAD + j * width, i * height, _HEAD + (j + 1) * width - 2, (i + 1) * height - 2)
            colour = shade(WORD_TYPE_COLOURS[name], share)
            ink = "white" if sum(colour) < 480 else INK
            pen.rectangle(box, colour, outline=(225, 225, 230))
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            if count:
                pen.text(middle, f"{share:.0%}  ({count:,})", ink, font_for("0", 15), anchor="mm")
    return column([text(corpus.checkpoint, 22, whole.width), _about(corpus, whole.width), whole], _NARROW)


def _about(corpus: Corpus, width: int) -> Picture:
    """What the cells are, and the two figures that say most."""
    measures = against_pos(corpus)
    if not measures:
        return text("share of all words that got each type (and words)", 15, width, 2, PALE_INK)
    agreement, kappa = written(measures["agreement"], ".1%"), written(measures["kappa"], ".3f")
    lines = (
        "share of each part of speech that got each type (and words); "
        f"agreement {agreement}, Cohen's kappa {kappa}; tagged by {corpus.pipeline}"
    )
    return text(lines, 15, width, 2, PALE_INK)


def _all_words(corpus: Corpus) -> Table:
    """The one row that there is without parts of speech."""
    n = len(corpus.words)
    cells: dict[str, Cell] = {"pos": "all", "words": n}
    for record in type_counts(corpus).records():
        cells |= {str(record["type"]): record["words"], f"{record['type']}_share": record["share"]}
    columns = tuple(Column(key, key) for key in cells)
    return Table("all", "", columns, (tuple(cells.values()),))


def _strips(views: Sequence[InspectedSentence], corpora: Sequence[Corpus]) -> Picture:
    """A sentence once for each checkpoint."""
    lines = []
    for letter, view, corpus in zip("AB", views, corpora, strict=False):
        label = [text(letter, 19, 24)] if len(views) > 1 else []
        blocks = flow([_block(word, corpus) for word in view.words], _WIDTH - 40, _NARROW)
        lines.append(row([*label, blocks], _NARROW))
    width = max(_LEAST_STRIP, *(line.width for line in lines))
    return column([text(f"“{views[0].text}”", 17, width, 2), *lines], _NARROW)


def _block(word: InspectedWord, corpus: Corpus) -> Picture:
    """A word on the colour of its type, with a bar for all its types and its part of speech below."""
    label = chip(word.text.strip(), word.type, 19, _MOST_WORD)
    if label.width < _LEAST_WORD:
        label = chip(word.text.strip(), word.type, 19, _LEAST_WORD, filled=True)
    bar, left = Image.new("RGB", (label.width, 9), PAPER), 0.0
    for name, p in zip(corpus.types, word.probabilities, strict=True):
        bar.paste(WORD_TYPE_COLOURS[name], (round(left), 0, round(left + p * label.width), 9))
        left += p * label.width
    part = word.tag.pos if word.tag else "–"
    ink = WORD_TYPE_COLOURS[word.expected] if word.expected else PALE_INK
    return column([label, bar, text(part, 13, label.width, 1, ink)], 2)
