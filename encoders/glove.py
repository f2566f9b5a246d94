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
        only: the words wanted; None for all. A text file is read line by line, so memory holds these alone.

    Returns:
        word → vector (C,), in the file's order.

    Raises:
        VectorsUnreadable: if the file is missing or malformed.
    """
    wanted = None if only is None else frozenset(only)
    read = _from_archive if path.suffix == ".npz" else _from_text
    try:
        vectors = {word: vector for word, vector in read(path) if wanted is None or word in wanted}
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


def _from_text(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Lines of "word number number …"; some words of the 840B file hold blanks, so count from the right."""
    length = -1
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, *numbers = line.rstrip("\n").rsplit(" ", length)
            if length < 0:
                length = len(numbers)
            if length < 2:  # one number is the header of another format
                raise ValueError("its first line is no word with a vector")
            yield word, np.array(numbers, dtype=np.float32)
    if length < 0:
        raise ValueError("it is empty")
