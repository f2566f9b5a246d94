"""What a reader of a dataset is: it knows its files, its splits, and how to make samples of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from refseg_cli.data.samples import Sample


class Reader(Protocol):
    """Reads one dataset straight from its original files. Readers are frozen dataclasses.

    Its `repr` says all that it depends on beside the files: a sample index is kept under it.
    """

    @property
    def name(self) -> str:
        """Name of the dataset, such as unc, or the name of its folder or file."""
        ...

    def splits(self) -> tuple[str, ...]:
        """Names of the splits: as published; of one's own data those that its file has, or none."""
        ...

    def sources(self, split: str) -> tuple[Path, ...]:
        """The files that `read` reads, apart from pictures and masks, which it notes; they may be missing.

        See `note` of `stamps.py`.
        """
        ...

    def read(self, split: str) -> Sequence[Sample]:
        """Read a split. Pictures and masks are not opened, and need not be there.

        Raises:
            DataError: one of the sources is missing or broken, or there is no such split.
        """
        ...
