"""Reads the variables of a TensorFlow checkpoint (V2, a "tensor bundle") without TensorFlow.

A bundle is `PREFIX.index`, a table of name → where the variable lies, and `PREFIX.data-00000-of-00001` and so
on, the bare bytes. Nothing in it is executed, and no number in it is believed before it is checked.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .crc32c import masked_crc32c
from .errors import CheckpointError
from .tensorflow_table import read_table
from .tensorflow_wire import Message

_LARGEST_INDEX = 1 << 22  # bytes; the authors' 735 variables take about 30 kB
_DTYPES = {1: "<f4", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 17: "<u2", 22: "<u4", 23: "<u8"}
_ADVICE = "copy it again, or give another TensorFlow checkpoint"


@dataclass(frozen=True)
class Entry:
    """Where a variable lies.

    Args:
        dtype: TensorFlow's number of its type.
        shape: as stored.
        shard: number of the data file.
        offset: in that file, in bytes.
        size: in bytes.
        checksum: of these bytes, masked.
        sliced: whether it is kept in parts under other names.
    """

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    sliced: bool


class TensorBundle(Mapping[str, NDArray[Any]]):
    """The variables of a checkpoint by name; each is read, and its checksum checked, when it is asked for.

    Args:
        prefix: the path without `.index`.
        n_shards: how many data files there are.
        entries: where each variable lies.
    """

    def __init__(self, prefix: Path, n_shards: int, entries: Mapping[str, Entry]) -> None:
        self.prefix = prefix
        self._n_shards, self._entries = n_shards, dict(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Read one variable.

        Raises:
            KeyError: if there is none of this name.
            CheckpointError: if its type is not read here, or its bytes are damaged.
        """
        entry = self._entries[name]
        if entry.sliced or entry.dtype not in _DTYPES:
            what = "kept in slices" if entry.sliced else f"of TensorFlow's type {entry.dtype}"
            raise CheckpointError(
                f"{name} in {self.prefix} is {what}, which refseg does not read: give another checkpoint"
            )
        try:
            data = np.fromfile(self.shard(entry), np.uint8, entry.size, offset=entry.offset)
        except OSError as error:
            raise CheckpointError(
                f"{self.shard(entry)} cannot be read ({error.strerror}): {_ADVICE}"
            ) from error
        if masked_crc32c(data.data) != entry.checksum:
            raise CheckpointError(
                f"{name} in {self.shard(entry)} is damaged, its checksum does not fit: {_ADVICE}"
            )
        return data.view(_DTYPES[entry.dtype]).reshape(entry.shape)

    def shard(self, entry: Entry) -> Path:
        """The data file of an entry."""
        return Path(f"{self.prefix}.data-{entry.shard:05d}-of-{self._n_shards:05d}")

    def check(self) -> None:
        """Compare what the index says with the data files that are there.

        Raises:
            CheckpointError: if one is missing or too short, or a variable's size does not fit its shape.
        """
        sizes: dict[Path, int] = {}
        for name, entry in self._entries.items():
            path = self.shard(entry)
            if path not in sizes:
                if not path.is_file():
                    raise CheckpointError(f"{path} is missing: put it beside {self.prefix.name}.index")
                sizes[path] = path.stat().st_size
            if entry.offset + entry.size > sizes[path]:
                raise CheckpointError(f"{path} is truncated, it ends before {name} does: {_ADVICE}")
            if not _fits(entry):
                raise CheckpointError(
                    f"{self.prefix}.index is malformed, {name} has an impossible size: {_ADVICE}"
                )


def read_bundle(prefix: Path) -> TensorBundle:
    """Open a TensorFlow checkpoint: read its index, and see whether its data files can hold what it promises.

    Args:
        prefix: the checkpoint's path without `.index`, as TensorFlow names checkpoints.

    Raises:
        CheckpointError: if a file is missing, truncated, damaged or something else.
    """
    index = Path(f"{prefix}.index")
    if not index.is_file():
        raise CheckpointError(f"there is no {index}: give the path of a TensorFlow checkpoint without .index")
    try:
        with index.open("rb") as file:
            n_shards, entries = _read_index(file.read(_LARGEST_INDEX + 1))
    except (ValueError, OSError) as error:
        raise CheckpointError(
            f"{index} is no index of a TensorFlow checkpoint ({error}): {_ADVICE}"
        ) from error
    bundle = TensorBundle(prefix, n_shards, entries)
    bundle.check()
    return bundle


def _read_index(data: bytes) -> tuple[int, dict[str, Entry]]:
    if len(data) > _LARGEST_INDEX:
        raise ValueError("it is too large")
    n_shards, entries = 0, {}
    for key, value in read_table(data):
        message = Message(value)
        if key:
            entries[_printable(key)] = _entry(message, n_shards)
        else:  # the empty key, which comes first, holds the header
            n_shards = message.number(1)
            if message.number(2):
                raise ValueError("its numbers are big-endian")
    if not n_shards:
        raise ValueError("it has no header")
    return n_shards, entries


def _entry(message: Message, n_shards: int) -> Entry:
    entry = Entry(
        dtype=message.number(1),
        shape=tuple(side.number(1) for shape in message.messages(2) for side in shape.messages(2)),
        shard=message.number(3),
        offset=message.number(4),
        size=message.number(5),
        checksum=message.number(6),
        sliced=7 in message,
    )
    if entry.shard >= n_shards:
        raise ValueError("it names a data file that it does not have")
    return entry


def _fits(entry: Entry) -> bool:
    """Whether a variable of this shape has this size. Unknown types are refused when they are asked for."""
    if entry.sliced or entry.dtype not in _DTYPES:
        return True
    # NumPy cannot hold an array of many or endless sides, even an empty one.
    holds = len(entry.shape) <= 8 and all(side < 1 << 31 for side in entry.shape)
    return holds and math.prod(entry.shape) * np.dtype(_DTYPES[entry.dtype]).itemsize == entry.size


def _printable(key: bytes) -> str:
    """The name in a key. Keys of slices are no text, and control characters must not reach a terminal."""
    name = key.decode("utf-8", "backslashreplace")
    return name if name.isprintable() else ascii(name)[1:-1]
