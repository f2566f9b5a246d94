"""The file format under a TensorFlow checkpoint's index: a sorted table of keys and values, LevelDB's.

No file is trusted: every number in it is checked before it is used. What is wrong is a `ValueError` in a few
words, which the caller completes with the name of the file.
"""

from collections.abc import Iterator

from .crc32c import masked_crc32c
from .tensorflow_wire import Cursor

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
_FOOTER = 48
_TRAILER = 5  # of a block: one byte of compression, four of checksum
_LONGEST_KEY = 1024


def read_table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Read the keys and values of a table, in the order of the keys.

    Raises:
        ValueError: if it is not such a table, is damaged, or is compressed.
    """
    if len(data) < _FOOTER or not data.endswith(MAGIC):
        raise ValueError("it does not end as one")
    footer = Cursor(data[-_FOOTER:])
    footer.varint(), footer.varint()  # where the table of tables is, which a checkpoint leaves empty
    last = None
    for _, handle in _entries(_block(data, footer)):
        for key, value in _entries(_block(data, Cursor(handle))):
            # A sorted table names each key once. So a small file cannot pretend to be an endless one.
            if last is not None and key <= last:
                raise ValueError("its keys are not in order")
            last = key
            yield key, value


def _block(data: bytes, handle: Cursor) -> bytes:
    """The block that a handle (its offset, its size) points to."""
    offset, size = handle.varint(), handle.varint()
    end = offset + size
    if end + _TRAILER > len(data) - _FOOTER:
        raise ValueError("a block in it lies past its end")
    compression, checksum = data[end], data[end + 1 : end + _TRAILER]
    if masked_crc32c(data[offset : end + 1]) != int.from_bytes(checksum, "little"):
        raise ValueError("a block in it is damaged: its checksum does not fit")
    if compression:
        raise ValueError("it is compressed, which refseg does not read")
    return data[offset:end]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a block. A key is stored as what it does not share with the one before."""
    n_restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (n_restarts + 1)
    if end < 0:
        raise ValueError("a block in it is too short")
    cursor, key = Cursor(block[:end]), b""
    while cursor:
        n_shared, n_new, n_value = cursor.varint(), cursor.varint(), cursor.varint()
        if n_shared > len(key) or n_shared + n_new > _LONGEST_KEY:
            raise ValueError("a key in it is malformed")
        key = key[:n_shared] + cursor.take(n_new)
        yield key, cursor.take(n_value)
