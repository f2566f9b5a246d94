"""Reads GloVe word vectors: the published text files, or the same as a NumPy archive."""

import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from .errors import VectorsUnreadable

Vectors = dict[str, NDArray[np.float32]]


def read_glove(path: Path, only: Collection[str] | None = None) -> Vectors:
    """Read word vectors from `glove.*.txt` or from an `.npz` with the arrays `words` and `vectors`.

    Args:
        path: the file.
        only: the words wanted; None for all. A text file is read line by line: memory holds these alone, and
            only their numbers are read.

    Returns:
        word → vector (C,), in the file's order.

    Raises:
        VectorsUnreadable: if the file is missing or malformed.
    """
    wanted = None if only is None else frozenset(only)
    read = _from_archive(path) if path.suffix == ".npz" else _from_text(path, wanted)
    try:
        vectors = {word: vector for word, vector in read if wanted is None or word in wanted}
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile, zlib.error) as error:
        raise VectorsUnreadable(
            f"{path} holds no GloVe vectors ({error}): give glove.*.txt or an .npz with words and vectors"
        ) from error
    if len({vector.shape for vector in vectors.values()}) > 1:
        raise VectorsUnreadable(
            f"{path} holds vectors of different lengths: the file is damaged, fetch it again"
        )
    return vectors


def _from_archive(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        words, vectors = archive["words"], archive["vectors"]
        if words.ndim != 1 or vectors.ndim != 2:
            raise ValueError(f"words {words.shape} and vectors {vectors.shape} must be (V,) and (V, C)")
        yield from zip(words.tolist(), vectors.astype(np.float32), strict=True)


def _from_text(path: Path, wanted: frozenset[str] | None) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Lines of "word number number …"; some words of the 840B file hold blanks, so count from the right.

    Lines whose word does not start as a wanted one does are passed over: reading their numbers takes minutes.
    """
    starts = None if wanted is None else {word.partition(" ")[0] for word in wanted}
    length = 0
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            length = length or line.count(" ")
            if length < 2:  # one number is the header of another format
                raise ValueError("its first line is no word with a vector")
            if line.count(" ") < length:
                raise ValueError(f"the line {line[:40]!r} has fewer than {length} numbers")
            if starts is None or line[: line.index(" ")] in starts:
                word, *numbers = line.rstrip("\n").rsplit(" ", length)
                yield word, np.array(numbers, dtype=np.float32)
    if not length:
        raise ValueError("it is empty")
