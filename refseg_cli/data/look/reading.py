"""The splits of a dataset that can be read, without asking for its pictures."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from refseg_cli.data.datasets import how_to_get
from refseg_cli.data.index import indexed
from refseg_cli.data.readers.base import NoSuchSplit, Reader
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

_USUAL = ("train", "trainval", "val", "valid", "test", "testA", "testB")
"""The order in which splits are listed; others come after them."""

_ANY = "train"  # to ask for where a file does not tell its splits, being missing or broken


def missing_sources(reader: Reader, splits: Iterable[str]) -> list[Path]:
    """The files of annotations that are not there, each once."""
    sources = dict.fromkeys(path for split in splits for path in reader.sources(split))
    return [path for path in sources if not path.exists()]


def all_sources(reader: Reader) -> list[Path]:
    """The files that annotations of all splits are read from; one's own have all splits in the same."""
    splits = reader.splits() or (_ANY,)
    return list(dict.fromkeys(path for split in splits for path in reader.sources(split)))


def likely_splits(reader: Reader) -> tuple[str, ...]:
    """The splits that a dataset should have, the usual ones first; of one's own, those that its file has.

    Raises:
        DataError: this is to be seen in a file, and that is missing or broken.
    """
    known = reader.splits()
    if not known:
        read_split(reader, _ANY)
    return tuple(sorted(known, key=lambda name: _USUAL.index(name) if name in _USUAL else len(_USUAL)))


def read_split(reader: Reader, split: str) -> Sequence[Sample]:
    """Read a split through its index, whether or not its pictures are there.

    Raises:
        DataError: a file of annotations is missing or broken, or there is no such split.
    """
    for path in missing_sources(reader, [split]):
        raise DataError(f"{reader.name}: {path} is missing; {how_to_get(reader)}")
    return indexed(reader, split)


def readable_splits(reader: Reader, splits: Iterable[str]) -> Iterator[tuple[str, Sequence[Sample]]]:
    """Read those of some splits that the files have: a folder may hold fewer than others of its kind.

    Raises:
        DataError: none of them is there, or a file that is there is broken.
    """
    refusals: list[DataError] = []
    n_read = 0
    for split in splits:
        try:
            samples = read_split(reader, split)
        except DataError as error:
            if not isinstance(error, NoSuchSplit) and not missing_sources(reader, [split]):
                raise
            refusals.append(error)
        else:
            n_read += 1
            yield split, samples
    if not n_read:
        raise refusals[0]


def first_split(reader: Reader) -> str:
    """The split to look at where none is named: the first that can be read, val before others.

    Raises:
        DataError: none can be read.
    """
    likely = sorted(likely_splits(reader), key=lambda split: split not in ("val", "valid"))
    return next(readable_splits(reader, likely))[0]
