"""Samples as numbers and bytes, and the sequence that makes samples of them again when they are asked for."""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any, overload

import numpy as np

from .clips import Clip
from .samples import Sample

NUMBERS = ("image_id", "height", "width", "category_id", "ann_id", "ref_id")
TEXTS = ("sample_id", "expression", "kind", "dataset", "split", "provenance")
OTHERS = ("image_path", "annotation", "clip", "word_types")
"""With these, the fields of a sample in the order of the columns; no frame is asked about yet."""

_N_COLUMNS = len(NUMBERS) + len(TEXTS) + len(OTHERS)
_CHUNK = 1024

Arrays = Mapping[str, np.ndarray]


class StoredMapping(Mapping[str, Any]):
    """A JSON object that is decoded when it is first looked into.

    Args:
        text: the object as it is stored.
    """

    def __init__(self, text: bytes) -> None:
        self.text = text

    @cached_property
    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.text)
        return content

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        return repr(self._content)


class StoredSamples(Sequence[Sample]):
    """Samples that are made of arrays when they are asked for.

    Args:
        arrays: what `pack` returns.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._rows, self._offsets, self._pieces = arrays["rows"], arrays["offsets"], arrays["pieces"]
        # what many samples share is made once: samples of a split differ in little more than their sentence
        self._shared_text, self._path = cache(self._text), cache(lambda number: Path(self._text(number)))
        self._clip, self._word_types = cache(self._make_clip), cache(lambda number: tuple(self._json(number)))

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        row = self._rows[index].tolist()
        return [self._sample(each) for each in row] if isinstance(index, slice) else self._sample(row)

    def __iter__(self) -> Iterator[Sample]:
        for start in range(0, len(self), _CHUNK):
            yield from self[start : start + _CHUNK]

    def _sample(self, row: list[int]) -> Sample:
        image_id, height, width, category_id, ann_id, ref_id, *rest = row
        sample_id, expression, kind, dataset, split, provenance, path, annotation, clip, word_types = rest
        return Sample(
            sample_id=self._text(sample_id),
            image_id=image_id,
            image_path=self._path(path),
            expression=self._text(expression),
            annotation=StoredMapping(self._piece(annotation)),
            height=height,
            width=width,
            category_id=category_id,
            ann_id=ann_id,
            ref_id=ref_id,
            kind=self._shared_text(kind),
            dataset=self._shared_text(dataset),
            split=self._shared_text(split),
            provenance=self._shared_text(provenance),
            clip=self._clip(clip),
            word_types=self._word_types(word_types),
        )

    def _piece(self, number: int) -> bytes:
        return self._pieces[self._offsets[number] : self._offsets[number + 1]].tobytes()

    def _text(self, number: int) -> str:
        return self._piece(number).decode("utf-8", "surrogatepass")

    def _json(self, number: int) -> Any:
        return json.loads(self._piece(number))

    def _make_clip(self, number: int) -> Clip | None:
        clip = self._json(number)
        if clip is None:
            return None
        lists = (tuple(clip[name]) for name in ("annotated", "names", "centres"))
        return Clip(Path(clip["path"]), clip["n_frames"], *lists)


def pack(samples: Iterable[Sample]) -> dict[str, np.ndarray]:
    """Turn samples into arrays.

    Returns:
        `rows` (N, 16) int64, the numbers of each sample and which pieces hold its texts and the rest;
        `offsets` (P + 1,) int64, where each of the P pieces starts and ends; `pieces` uint8, all of them.
        Equal pieces are stored once.
    """
    rows, pieces = array("q"), _Pieces()
    numbers, texts = attrgetter(*NUMBERS), attrgetter(*TEXTS)
    for sample in samples:
        rows.extend(numbers(sample))
        rows.extend(pieces.text(text) for text in texts(sample))
        rows.append(pieces.text(str(sample.image_path)))
        rows.extend(pieces.json(getattr(sample, name)) for name in OTHERS[1:])
    return {"rows": np.frombuffer(rows, dtype=np.int64).reshape(-1, _N_COLUMNS), **pieces.arrays()}


class _Pieces:
    """Distinct pieces of bytes, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._last: dict[type, tuple[object, int]] = {}

    def text(self, text: str) -> int:
        return self._add(text.encode("utf-8", "surrogatepass"))

    def json(self, value: object) -> int:
        """Add a value as JSON. Samples in a row mostly share theirs, and it is then written once."""
        last, number = self._last.get(type(value), (self, 0))
        if last is not value:
            number = self._add(json.dumps(value, default=_plain, separators=(",", ":")).encode("ascii"))
            self._last[type(value)] = value, number
        return number

    def _add(self, piece: bytes) -> int:
        return self._numbers.setdefault(piece, len(self._numbers))

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "offsets": np.cumsum([0, *map(len, self._numbers)], dtype=np.int64),
            "pieces": np.frombuffer(b"".join(self._numbers), dtype=np.uint8),
        }


def _plain(value: object) -> dict[str, Any]:
    """What JSON has no form for: clips, and annotations that come from an index themselves."""
    if isinstance(value, Clip):
        return {**vars(value), "path": str(value.path)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"an annotation must be JSON, and {type(value).__name__} is not")
