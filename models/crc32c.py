"""CRC-32C, the checksum that TensorFlow keeps of every block and every tensor, in NumPy alone."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_POLYNOMIAL = 0x82F63B78
_ONES = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8


def crc32c(data: bytes | bytearray | memoryview) -> int:
    """The CRC-32C of some bytes.

    The checksum is linear: each word counts as if only zeros followed it. So the first half of the words,
    moved on over as many zeros as lie between, is added to the second half, until one word is left: log2(n)
    steps on whole arrays, some 200 MB a second.
    """
    if not len(data):
        return 0
    # Zeros in front change nothing, so they fill up the first word.
    filled = np.zeros(-(-len(data) // 4) * 4, dtype=np.uint8)
    start = len(filled) - len(data)
    filled[start:] = np.frombuffer(data, dtype=np.uint8)
    filled[start : start + 4] ^= 0xFF
    words = filled.view("<u4")
    while len(words) > 1:
        distance = (len(words) - 1).bit_length() - 1
        move = 1 << distance
        moved = _apply(_zero_words(distance), words[:-move])
        words = words[-move:]
        words[-len(moved) :] ^= moved
    register = int(_apply(_zero_words(0), words)[0])
    # Of fewer than four bytes, a part of the initial ones is left in the register.
    return register ^ (_ONES >> min(32, 8 * len(data))) ^ _ONES


def masked_crc32c(data: bytes | bytearray | memoryview) -> int:
    """The CRC-32C in the disguise in which TensorFlow and LevelDB store it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ONES


@lru_cache(maxsize=32)
def _zero_words(log2: int) -> tuple[Words, Words]:
    """What 2**log2 words of zeros make of a register, as tables of its lower and its upper half."""
    if log2 == 0:
        # What one bit of zero makes of each bit, squared five times for 32 of them.
        columns = np.array([_POLYNOMIAL, *(1 << bit for bit in range(31))], dtype=np.uint32)
        for _ in range(5):
            columns = _apply(_tables(columns), columns)
        return _tables(columns)
    half = _zero_words(log2 - 1)
    return _tables(_apply(half, _apply(half, np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32)))))


def _tables(columns: Words) -> tuple[Words, Words]:
    """A linear map, given by what it makes of each of 32 bits, as tables of the lower and the upper 16."""
    halves = []
    for half in (columns[:16], columns[16:]):
        table = np.zeros(1, dtype=np.uint32)
        for column in half:
            table = np.concatenate([table, table ^ column])
        halves.append(table)
    return halves[0], halves[1]


def _apply(tables: tuple[Words, Words], words: Words) -> Words:
    lower, upper = tables
    moved: Words = lower[words & 0xFFFF] ^ upper[words >> 16]
    return moved
