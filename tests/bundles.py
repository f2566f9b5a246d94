"""Writes TensorFlow checkpoints (V2 bundles), whole ones and broken ones, for refseg to read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refseg.models.crc32c import masked_crc32c

Arrays = Mapping[str, NDArray[np.generic]]

MAGIC = bytes.fromhex("57fb808b247547db")
DTYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9}


def write_bundle(prefix: Path, arrays: Arrays, n_shards: int = 1, per_block: int = 7) -> None:
    """Write variables as TensorFlow does: sorted by name, dealt out to the shards, checksums and all."""
    shards = [bytearray() for _ in range(n_shards)]
    rows = [(b"", field(1, n_shards) + field(3, field(1, 1)))]
    for turn, name in enumerate(sorted(arrays)):
        data, shard = arrays[name].tobytes(), shards[turn % n_shards]
        rows.append((name.encode(), entry(arrays[name], turn % n_shards, len(shard), masked_crc32c(data))))
        shard += data
    for number, shard in enumerate(shards):
        prefix.with_name(f"{prefix.name}.data-{number:05d}-of-{n_shards:05d}").write_bytes(shard)
    write_index(prefix, rows, per_block)


def write_index(prefix: Path, rows: Sequence[tuple[bytes, bytes]], per_block: int = 7, kind: int = 0) -> None:
    """Write keys and values as LevelDB's table; `kind` is what each block says its compression is."""
    prefix.with_name(f"{prefix.name}.index").write_bytes(table(rows, per_block, kind))


def table(rows: Sequence[tuple[bytes, bytes]], per_block: int = 7, kind: int = 0) -> bytes:
    """Keys and values as LevelDB's table."""
    content, handles = bytearray(), []

    def add(group: Sequence[tuple[bytes, bytes]]) -> bytes:
        body = block(group) + bytes([kind])
        handle = varint(len(content)) + varint(len(body) - 1)
        content.extend(body + masked_crc32c(body).to_bytes(4, "little"))
        return handle

    for start in range(0, len(rows), per_block):
        group = rows[start : start + per_block]
        handles.append((group[-1][0] + b"~", add(group)))
    footer = add([]) + add(handles)
    return bytes(content) + footer.ljust(40, b"\0") + MAGIC


def block(rows: Sequence[tuple[bytes, bytes]]) -> bytes:
    """One block: each key as what it does not share with the one before."""
    written, before = bytearray(), b""
    for key, value in rows:
        shared = next((i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b), None)
        shared = min(len(key), len(before)) if shared is None else shared
        written += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return bytes(written) + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def entry(
    array: NDArray[np.generic], shard: int, offset: int, checksum: int, size: int | None = None
) -> bytes:
    """A variable's row of the index; `size` where it should be another than it is."""
    shape = b"".join(field(2, field(1, side)) for side in array.shape)
    place = field(3, shard) + field(4, offset) + field(5, array.nbytes if size is None else size)
    dtype = DTYPES.get(array.dtype.name, 99)
    return field(1, dtype) + field(2, shape) + place + varint(6 << 3 | 5) + checksum.to_bytes(4, "little")


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def varint(number: int) -> bytes:
    """A number, seven bits a byte; a negative one as TensorFlow writes it, in ten bytes."""
    number %= 1 << 64
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])
