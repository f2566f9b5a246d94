"""Reads arrays of numbers out of MATLAB files of the versions 5 to 7, whatever may be wrong with them.

scipy reads these files too, but a single wrong byte in one can end the whole process: it looks up the type of
the numbers without checking it. The format: a header of 128 bytes, then one element a variable. An element is
a tag of kind and size, and as many bytes; that of a variable is made of elements itself, often compressed.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC_CLASSES = range(6, 16)  # double, single and the integers; the others are texts, cells, objects, …
_HEAD = 4096  # bytes in which a variable tells its class, shape and name


class MatlabError(ValueError):
    """A file is not what it should be; says why."""


@dataclass(frozen=True)
class Variable:
    """A variable of a file.

    Attributes:
        name: of the variable.
        shape: of the array.
        is_numeric: whether it is an array of numbers.
        content: the bytes of its element, as they are stored.
        start: where in them, unpacked, the numbers start.
        order: of the bytes of a number, "<" or ">".
        compressed: whether `content` is.
    """

    name: str
    shape: tuple[int, ...]
    is_numeric: bool
    content: bytes
    start: int
    order: str
    compressed: bool

    def read(self, max_bytes: int) -> np.ndarray:
        """Read the array.

        Raises:
            MatlabError: it is none of numbers, is broken, or would unpack to more than `max_bytes`.
        """
        if not self.is_numeric:
            raise MatlabError(f"{self.name} is no array of numbers")
        if prod(self.shape) * 8 > max_bytes:
            raise MatlabError(f"{self.name} claims to be {self.shape}, which is too large")
        data = _unpacked(self.content, self.compressed, self.start + max_bytes + 8)
        kind, start, end, _ = _element(data, self.start, self.order)
        if kind not in _NUMBERS:
            raise MatlabError(f"the numbers of {self.name} are of the kind {kind}, which there is not")
        dtype = np.dtype(f"{self.order}{_NUMBERS[kind]}")
        if end - start != prod(self.shape) * dtype.itemsize:
            raise MatlabError(f"{self.name} has {end - start} bytes of numbers, which is not {self.shape}")
        numbers = np.frombuffer(data[start:end], dtype)
        return numbers.astype(numbers.dtype.newbyteorder("=")).reshape(self.shape, order="F")


def variables(path: Path) -> Iterator[Variable]:
    """Go through the variables of a file; their numbers are not unpacked.

    Raises:
        MatlabError: it is no such file, or is broken.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    order = {b"IM": "<", b"MI": ">"}.get(data[126:_HEADER])
    if order is None or struct.unpack(f"{order}H", data[124:126])[0] != 0x0100:
        raise MatlabError("not of the versions 5 to 7; save it in MATLAB with -v7")
    at = _HEADER
    while at < len(data):
        kind, size = _numbers(data, at, f"{order}II")
        at += 8 + size
        if at > len(data):
            raise MatlabError("it is cut short")
        if kind in (_MATRIX, _COMPRESSED):
            # a compressed element holds a whole one, an uncompressed one is taken with its tag
            content = data[at - size : at] if kind == _COMPRESSED else data[at - size - 8 : at]
            yield _variable(content, order, kind == _COMPRESSED)


def _variable(content: bytes, order: str, compressed: bool) -> Variable:
    """Read what comes before the numbers: tag, flags, shape and name."""
    head = _unpacked(content, compressed, _HEAD)
    _, start, end, at = _element(head, 8, order)
    flags = _numbers(head[start:end], 0, f"{order}I")[0]
    _, start, end, at = _element(head, at, order)
    shape = _numbers(head[start:end], 0, f"{order}{(end - start) // 4}i")
    _, start, end, at = _element(head, at, order)
    if not shape or min(shape) < 0:
        raise MatlabError(f"a variable has the shape {shape}")
    name = head[start:end].decode("latin-1")
    return Variable(name, shape, flags & 0xFF in _NUMERIC_CLASSES, content, at, order, compressed)


def _element(data: bytes, at: int, order: str) -> tuple[int, int, int, int]:
    """Where an element is: its kind, the start and end of its bytes, and the start of the next one."""
    kind, size = _numbers(data, at, f"{order}II")
    if kind >> 16:  # up to four bytes are stored within the tag
        kind, size, start, after = kind & 0xFFFF, kind >> 16, at + 4, at + 8
    else:
        start = at + 8
        after = start + size + -size % 8
    if start + size > len(data):
        raise MatlabError("it is cut short")
    return kind, start, start + size, after


def _numbers(data: bytes, at: int, layout: str) -> tuple[int, ...]:
    if at + struct.calcsize(layout) > len(data):
        raise MatlabError("it is cut short")
    return struct.unpack_from(layout, data, at)


def _unpacked(content: bytes, compressed: bool, limit: int) -> bytes:
    """The first `limit` bytes of an element."""
    if not compressed:
        return content[:limit]
    try:
        return zlib.decompressobj().decompress(content, limit)
    except zlib.error as error:
        raise MatlabError(f"it cannot be unpacked ({error})") from error
