"""`refseg data show`: a contact sheet of a dataset, so that a person can see what is in it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from PIL import Image, ImageDraw

from refseg_cli import console
from refseg_cli.data.datasets import find_dataset, read_samples
from refseg_cli.data.samples import Sample
from refseg_cli.errors import UsageError
from refseg_cli.files import refuse_to_replace, written_whole

from .choose import draw_by_chance
from .lettering import can_be_drawn, font_for, printable, wrap
from .reading import first_split
from .tiles import GAP, INK, NOTE_SIZE, PALE_INK, PAPER, PHOTO_WIDTH, Tile, clip_tile, photo_tile

_COLUMNS = 4
_MARGIN = 40
_TITLE_SIZE = 30
_HEAD = 76
_BETWEEN_ROWS = 36


@dataclass(frozen=True)
class SheetRequest:
    """What to show.

    Attributes:
        name: a known name, or the path of a dataset.
        split: val, or the first that can be read, when not given.
        output: the PNG file to write; named after dataset and split when not given.
        count: the most sentences.
        seed: chooses them.
        match: show only sentences with this text in them, in capitals or not.
        force: replace a file that is there.
    """

    name: str
    split: str | None = None
    output: Path | None = None
    count: int = 12
    seed: int = 0
    match: str = ""
    force: bool = False


def show_dataset(request: SheetRequest, root: Path) -> Path:
    """Draw a contact sheet of a split and write it as a PNG file.

    Args:
        request: what to show.
        root: folder under which known datasets lie.

    Returns:
        The file.

    Raises:
        UsageError: the file is there already, or no sentence has the text.
        DataError: the dataset or its pictures are missing or broken, or the file cannot be written.
        ImageError: a photo cannot be read.
    """
    reader = find_dataset(request.name, root)
    split = request.split or first_split(reader)
    output = request.output or Path(f"{reader.name}-{split}.png")
    refuse_to_replace(output, request.force)
    samples = read_samples(reader, split)
    wanted = request.match.casefold()
    matching = [sample for sample in samples if wanted in sample.expression.casefold()]
    if not matching:
        raise UsageError(
            f"{request.name}: no sentence of {split} has {request.match!r} in it; "
            f"see some that there are: refseg data show {request.name} --split {split}"
        )
    chosen = draw_by_chance(matching, request.count, request.seed)
    having = f" with “{request.match}”" if request.match else ""
    sentences = "sentence" if len(matching) == 1 else "sentences"
    note = f"{len(chosen):,} of {len(matching):,} {sentences}{having}, chosen by seed {request.seed}"
    sheet = draw_sheet(
        console.track(chosen, "drawing"), min(len(chosen), _COLUMNS), f"{reader.name}, {split}", note
    )
    if not all(can_be_drawn(printable(sample.expression)) for sample in chosen):
        console.warn("no font here has all letters of these sentences; install one, such as Noto Sans CJK")
    with written_whole(output) as stream:
        sheet.save(stream, format="PNG")
    return output


def draw_sheet(samples: Iterable[Sample], n_columns: int, title: str, note: str) -> Image.Image:
    """Draw samples in an even grid; a clip has a row for itself.

    Args:
        samples: at least one.
        n_columns: of photos.
        title: what the sheet shows, in a line.
        note: more about it, in small letters.

    Returns:
        RGB.
    """
    full = _width(_COLUMNS)
    tiles = [clip_tile(sample, full) if sample.clip else photo_tile(sample) for sample in samples]
    rows = list(_rows(tiles, n_columns))
    width = max(_width(n_columns), *(tile.picture.width for tile in tiles))
    heights = [_row_height(row) for row in rows]
    height = _MARGIN + _HEAD + sum(heights) + (len(rows) - 1) * _BETWEEN_ROWS + _MARGIN
    sheet = Image.new("RGB", (width + 2 * _MARGIN, height), PAPER)
    _write_line(sheet, _MARGIN - 8, title, INK, _TITLE_SIZE)
    _write_line(sheet, _MARGIN + _TITLE_SIZE + 2, note, PALE_INK, NOTE_SIZE + 1)
    top = _MARGIN + _HEAD
    for row, row_height in zip(rows, heights, strict=True):
        for column, tile in enumerate(row):
            tile.draw(sheet, _MARGIN + column * (PHOTO_WIDTH + GAP), top, _n_lines(row))
        top += row_height + _BETWEEN_ROWS
    return sheet


def _write_line(sheet: Image.Image, top: int, text: str, ink: tuple[int, int, int], size: int) -> None:
    """Write a line over the whole width of the sheet; what does not fit is left out."""
    font = font_for(text, size)
    line = "".join(wrap(printable(text), font, sheet.width - 2 * _MARGIN, 1))
    ImageDraw.Draw(sheet).text((_MARGIN, top), line, ink, font)


def _rows(tiles: Iterable[Tile], n_columns: int) -> Iterator[list[Tile]]:
    """Put tiles into rows: some photos, or one clip."""
    row: list[Tile] = []
    for tile in chain(tiles, [None]):
        if row and (tile is None or tile.wide or len(row) == n_columns):
            yield row
            row = []
        if tile is not None and tile.wide:
            yield [tile]
        elif tile is not None:
            row.append(tile)


def _width(n_columns: int) -> int:
    return n_columns * PHOTO_WIDTH + (n_columns - 1) * GAP


def _n_lines(row: Sequence[Tile]) -> int:
    return max(len(tile.lines) for tile in row)


def _row_height(row: Sequence[Tile]) -> int:
    return max(tile.height(_n_lines(row)) for tile in row)
