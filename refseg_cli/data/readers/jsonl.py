"""Reads data of one's own: a file of JSON lines, each with a picture, a sentence and a mask."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from refseg.models.errors import ImageError
from refseg_cli.console import track
from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .base import NoSuchSplit
from .coco import UNMARKED
from .jsonl_row import Row, read_row
from .own_masks import BadRow, annotation_of
from .own_pictures import measure


@dataclass(frozen=True)
class JsonlReader:
    """A file of JSON lines; blank lines are skipped.

        {"image": "photos/1.jpg", "text": "left dog", "mask": "masks/1.png"}
        {"image": "photos/1.jpg", "text": ["both dogs", "two dogs"], "polygon": [[x, y, x, y, x, y], […]]}
        {"image": "photos/2.jpg", "text": "the cup", "rle": {"size": [h, w], "counts": …}, "split": "val"}
        {"image": "photos/2.jpg", "text": "red pen", "bbox": [x, y, width, height], "id": "pen"}
        {"video": "clip.mp4", "text": "dog that turns", "frame": 12, "mask": "masks/12.png", "value": 3}
        {"video": "frames", "text": "cat", "masks": {"0": "m/0.png", "12": {"size": …, "counts": …}}}

    - `image` or `video`: a photo; a video file, or a folder with a picture for each frame. Names of files
      are relative to the folder of the JSON lines.
    - `text`: the sentence, or a list of sentences that all name the same.
    - Exactly one of `mask` (a PNG), `polygon` (one or several), `rle` (COCO's run lengths) and `bbox`, in
      pixels of the photo as it is shown, that is, after the camera's turn.
    - Of a video, `frame` beside one of these, or `masks`: a PNG, run lengths or polygons for each frame
      that is annotated. Frames are counted from 0.
    - `value`: number of the object in a PNG that holds several; without it, all that is not 0 is meant.
    - `split`: such as "val". A row without it is for training; in a file called val.jsonl or test.jsonl,
      for that.
    - `id`: a name for the row, by default the number of its line; `category`: a name for the kind of thing.

    Attributes:
        path: the file.
    """

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def splits(self) -> tuple[str, ...]:
        """Those that the rows are marked with, in the order of the file."""
        with suppress(DataError):  # whoever reads a split is told what is wrong
            return tuple(dict.fromkeys(row.split for row in self._rows()))
        return ()

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - all splits lie in one file
        """The file."""
        return (self.path,)

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample per sentence, in the order of the file.

        Every line is checked, whatever its split. The pictures of the split must be there, since their
        size is read from them.

        Raises:
            DataError: the file is missing, a line is not as it should be, or there is no such split. The
                message says which line.
        """
        rows = self._rows()
        chosen = [row for row in rows if row.split == split]
        if not chosen:
            raise NoSuchSplit(self.path, split, Counter(row.split for row in rows))
        image_ids = _numbered([row.picture for row in rows])
        category_ids = {**_numbered(sorted({row.category for row in rows} - {""})), "": -1}
        measured = cache(measure)
        samples: list[Sample] = []
        for row in track(chosen, f"reading {self.path.name}"):
            with self._at_line(row.line):
                size, clip = measured(self.path.parent / row.picture, row.is_video)
                sample = self._sample(row, size, clip)
            numbered = replace(
                sample, image_id=image_ids[row.picture], category_id=category_ids[row.category]
            )
            samples.extend(
                replace(numbered, sample_id=f"{self.name}/{name}", expression=text)
                for name, text in zip(_sample_names(row), row.texts, strict=True)
            )
        return samples

    def _rows(self) -> list[Row]:
        """Read all lines and check them, apart from files."""
        unmarked = self.path.stem if self.path.stem in ("val", "test") else UNMARKED
        rows: list[Row] = []
        lines: dict[str, int] = {}  # by the names of rows and of their samples
        for number, line in enumerate(self._lines(), 1):
            if line.strip():
                with self._at_line(number):
                    row = read_row(line, number, unmarked)
                    names = {row.name, *_sample_names(row)}
                    for name in names & lines.keys():
                        raise BadRow(f"line {lines[name]} has the id {name} too; change one of them")
                    lines.update(dict.fromkeys(names, number))
                    rows.append(row)
        if not rows:
            raise DataError(f'{self.path}: has no line; write {{"image": …, "text": …, "mask": …}} on each')
        return rows

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8-sig").split("\n")
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror}); check the path") from None
        except UnicodeDecodeError as error:
            raise DataError(f"{self.path}: not text in UTF-8 ({error}); save it in UTF-8") from None

    @contextmanager
    def _at_line(self, number: int) -> Iterator[None]:
        """Name the line of whatever is wrong."""
        try:
            yield
        except (BadRow, DataError, ImageError) as error:
            raise DataError(f"{self.path}, line {number}: {error}") from None

    def _sample(self, row: Row, size: tuple[int, int], clip: Clip | None) -> Sample:
        if clip is not None:
            clip = replace(clip, annotated=tuple(sorted(row.masks)))
            if clip.annotated[-1] >= clip.n_frames:
                raise BadRow(
                    f"{row.picture} has {clip.n_frames} frames, counted from 0, and none of the number "
                    f"{clip.annotated[-1]}; mend it"
                )
        return Sample(
            sample_id=f"{self.name}/{row.name}",
            image_id=-1,
            image_path=self.path.parent / row.picture,
            expression=row.texts[0],
            annotation=self._annotation(row, size),
            width=size[0],
            height=size[1],
            ann_id=row.line,
            ref_id=row.line,
            dataset=self.name,
            split=row.split,
            clip=clip,
        )

    def _annotation(self, row: Row, size: tuple[int, int]) -> dict[str, Any]:
        folder = self.path.parent
        parts = {
            str(frame): {"id": row.name, **annotation_of(form, given, size, folder, row.value)}
            for frame, (form, given) in row.masks.items()
        }
        return {"frames": parts} if row.is_video else next(iter(parts.values()))


def _numbered(names: Sequence[str]) -> dict[str, int]:
    """Number different names from 1, in their order."""
    return {name: number for number, name in enumerate(dict.fromkeys(names), 1)}


def _sample_names(row: Row) -> list[str]:
    """What the samples of a row go by, one for each sentence."""
    return [row.name] if len(row.texts) == 1 else [f"{row.name}.{place}" for place in range(len(row.texts))]
