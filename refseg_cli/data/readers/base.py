"""What a reader of a dataset is: it knows its files, its splits, and how to make samples of them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError


class NoSuchSplit(DataError):
    """A dataset has no split of the name that was asked for.

    Args:
        where: the file, or the name of the dataset.
        split: what was asked for.
        known: the splits that there are, perhaps with how much each has.
    """

    def __init__(self, where: object, split: str, known: Iterable[str]) -> None:
        counts = known if isinstance(known, Mapping) else {}
        told = ", ".join(f"{name} ({counts[name]:,})" if name in counts else name for name in known)
        super().__init__(f"{where}: no split {split!r}; it has {told}: choose one with --split")


class Reader(Protocol):
    """Reads one dataset straight from its original files. Readers are frozen dataclasses.

    Its `repr` says all that it depends on beside the files: a sample index is kept under it.
    """

    @property
    def name(self) -> str:
        """Name of the dataset, such as unc, or the name of its folder or file."""
        ...

    def splits(self) -> tuple[str, ...]:
        """Names of the splits: as published; of one's own data those that its file has.

        None where that file is missing or broken: `read` tells what is wrong.
        """
        ...

    def sources(self, split: str) -> tuple[Path, ...]:
        """The files that `read` reads, apart from pictures and masks, which it notes; they may be missing.

        See `note` of `stamps.py`.
        """
        ...

    def read(self, split: str) -> Sequence[Sample]:
        """Read a split. Pictures and masks are not opened, and need not be there.

        Raises:
            DataError: one of the sources is missing or broken.
            NoSuchSplit: there is no such split.
        """
        ...
