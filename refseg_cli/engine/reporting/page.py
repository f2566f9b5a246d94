"""The page of a report: one HTML file that needs nothing else, reads on a phone, and runs nothing."""

import base64
import html
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from PIL import Image

from refseg.models.cmpc.words import VIDEO_WORD_TYPES
from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS

from .drawings import Drawing
from .examples import Example, Piece
from .tables import LABELS, Cell, Line, Table

_JPEG_QUALITY = 82


@dataclass(frozen=True)
class Answers:
    """Single answers of an evaluation.

    Attributes:
        title: Of which.
        examples: From the best to the worst.
        drawings: Of them, by sample id, as far as they could be drawn.
        sentences: What is to be said about them.
    """

    title: str
    examples: Sequence[Example] = ()
    drawings: dict[str, Drawing] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """All about one run.

    Attributes:
        title: Its name.
        sentences: What is not there, and how to get it.
        curves: SVG elements.
        validation: Pictures of the last validation, each with its title.
        answers: Of each evaluation.
        tables: Of groups of sentences.
        config: Its `config.toml`.
    """

    title: str
    sentences: tuple[str, ...] = ()
    curves: Sequence[str] = ()
    validation: Sequence[tuple[str, Image.Image]] = ()
    answers: Sequence[Answers] = ()
    tables: Sequence[Table] = ()
    config: str = ""


def page(title: str, tables: Sequence[Table], sections: Sequence[Section]) -> str:
    """Write the page.

    Args:
        title: Of the whole.
        tables: Of all runs.
        sections: One for each run.

    Returns:
        HTML. Whatever comes from data is escaped; a policy in the head forbids scripts and addresses besides.
    """
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    body = "\n".join(
        [
            _element("h1", title),
            *map(_table, tables),
            *(part for section in sections for part in _section(section)),
        ]
    )
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{_element('title', title)}\n<style>\n{style}{_type_colours()}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _section(section: Section) -> Iterator[str]:
    yield _element("h2", section.title)
    yield from (_element("p", sentence) for sentence in section.sentences)
    if section.curves:
        yield _element("h3", "Curves")
        yield f'<div class="flow">{"".join(f"<figure>{svg}</figure>" for svg in section.curves)}</div>'
    for answers in section.answers:
        yield from _answers(answers)
    if section.validation:
        yield _element("h3", "At the last validation")
        shown = (
            f"<figure>{_picture(image, title)}{_element('figcaption', title)}</figure>"
            for title, image in section.validation
        )
        yield f'<div class="flow">{"".join(shown)}</div>'
    yield from map(_table, section.tables)
    if section.config:
        yield f"<details><summary>config.toml</summary>{_element('pre', section.config)}</details>"


def _answers(answers: Answers) -> Iterator[str]:
    yield _element("h3", f"Best, median and worst answers: {answers.title}")
    if there := {piece.word_type for example in answers.examples for piece in example.pieces} - {""}:
        # "action" is a type of networks for videos alone
        names = [name for name in VIDEO_WORD_TYPES if name != "action" or name in there]
        chips = "".join(_piece(Piece(name, name)) for name in names)
        yield f'<p class="strip">{chips} <small>the likeliest type of each word</small></p>'
    yield from (_element("p", sentence) for sentence in answers.sentences)
    for rank in dict.fromkeys(example.rank for example in answers.examples):
        yield _element("h4", rank.capitalize())
        ranked = (example for example in answers.examples if example.rank == rank)
        shown = (_example(example, answers.drawings.get(example.sample_id)) for example in ranked)
        yield f'<div class="flow">{"".join(shown)}</div>'


def _example(example: Example, drawing: Drawing | None) -> str:
    strip = f'<p class="strip">{"".join(map(_piece, example.pieces))}</p>'
    caption = _element("figcaption", f"IoU {100 * example.iou:.1f} %, {example.sample_id}")
    if drawing is None:
        return f"<figure>{strip}{caption}</figure>"
    pictures = (
        f"<div>{_picture(image, what)}{_element('small', what)}</div>"
        for what, image in zip(("found", "meant"), drawing, strict=True)
    )
    return f'<figure class="wide">{strip}<div class="pair">{"".join(pictures)}</div>{caption}</figure>'


def _piece(piece: Piece) -> str:
    text = html.escape(piece.text)
    return f'<span class="{piece.word_type}">{text}</span>' if piece.word_type in VIDEO_WORD_TYPES else text


def _picture(image: Image.Image, alt: str) -> str:
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "JPEG", quality=_JPEG_QUALITY)
    encoded = base64.b64encode(stream.getvalue()).decode("ascii")
    return f'<img alt="{html.escape(alt)}" src="data:image/jpeg;base64,{encoded}">'


def _table(table: Table) -> str:
    labels = table.labels
    heads = [f'<th class="label">{LABELS[number]}</th>' for number in labels]
    heads += [_element("th", head) for head in table.heads]
    rows = "\n".join(f"<tr>{_row(line, labels, table.heads)}</tr>" for line in table.lines)
    notes = "".join(_element("p", note) for note in table.notes)
    return (
        f'{_element("h3", table.heading)}\n<div class="table"><table>\n'
        f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>\n{notes}"
    )


def _row(line: Line, labels: Sequence[int], heads: Sequence[str]) -> str:
    named = (f'<th class="label">{html.escape(line.labels[number])}</th>' for number in labels)
    return "".join([*named, *(_cell(line.cells.get(head, "")) for head in heads)])


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _element("td", cell)
    spread = f"<small>{html.escape(cell.spread())}</small>" if cell.spread() else ""
    return f"<td>{html.escape(cell.text())}{spread}</td>"


def _type_colours() -> str:
    colours = ((name, WORD_TYPE_COLOURS[name]) for name in VIDEO_WORD_TYPES)
    return "".join(f".strip .{name} {{ background: rgb{colour}; }}\n" for name, colour in colours)


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{html.escape(text)}</{tag}>"
