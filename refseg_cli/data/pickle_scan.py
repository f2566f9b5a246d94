"""Looks through the program of a pickle for what would take far more memory or time than its size tells.

A pickle keeps values in numbered places, to use them again. A program of a few bytes can name a place so
far out that gigabytes are set aside, or make a tuple of a tuple of a tuple, each used twice, whose hash takes
for ever. No pickler writes the first, and plain data has no use for the second.
"""

import pickletools
import re
from collections import defaultdict
from typing import Final

_CODES: Final = {opcode.name: ord(opcode.code) for opcode in pickletools.opcodes}
_ARGUMENTS: Final = {ord(each.code): each.arg.n if each.arg else 0 for each in pickletools.opcodes}
"""How many bytes the argument of an opcode has; less than 0 where it says so itself."""
_SIZES: Final = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
"""How many bytes say how many follow."""


def _codes(*names: str) -> frozenset[int]:
    return frozenset(_CODES[name] for name in names)


_UNUSUAL: Final = _codes("POP", "POP_MARK", "DUP", "BUILD", "EXT1", "EXT2", "EXT4")  # plain values need none
_TUPLES: Final = _codes("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3")
_PUTS: Final = _codes("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE")
_GETS: Final = _codes("GET", "BINGET", "LONG_BINGET")
_SAME_TOP: Final = _PUTS | _codes("PROTO", "FRAME")  # leave the value on top as it is
_IN_DIGITS: Final = _codes("PUT", "GET")
_TWO_LINES: Final = _codes("GLOBAL", "INST")
_STOP, _MEMOIZE = _CODES["STOP"], _CODES["MEMOIZE"]


def _run_of(codes: frozenset[int], *others: bytes) -> re.Pattern[bytes]:
    """Matches as many opcodes of fixed size, and of `others`, as there are in a row."""
    by_length: dict[int, bytes] = defaultdict(bytes)
    for code in sorted(codes):
        by_length[_ARGUMENTS[code]] += re.escape(bytes([code]))
    each = [b"[%b].{%d}" % (known, length) for length, known in by_length.items() if length >= 0]
    return re.compile(b"(?:%b)*+" % b"|".join([*each, *others]), re.DOTALL)


_ORDINARY: Final = frozenset(_ARGUMENTS) - _UNUSUAL - _TUPLES - _GETS - _SAME_TOP - {_STOP}
_CAREFULLY: Final = _run_of(_ORDINARY)
_QUICKLY: Final = _run_of(_ORDINARY | _GETS, rb"q.", rb"r..[\x00-\x3f]\x00")  # places to 4,194,303
_MODERN: Final = 4  # the protocol from which on places are filled in order, without a number


class Unreasonable(Exception):
    """No pickle of plain data has what stands there."""


def check_reasonable(program: bytes) -> None:
    """Look through a pickle, up to its end or to where it is broken, without running it.

    Raises:
        Unreasonable: it fills a place that is further out than it is long, uses a tuple twice, or has
            steps that no plain value needs.
        ValueError: it is broken.
    """
    tuples: set[int] = set()
    modern = program[:1] == b"\x80" and program[1:2] >= bytes([_MODERN])
    n_memoized = position = 0
    on_tuple = False
    while position < len(program):
        run = (_CAREFULLY if modern or on_tuple or tuples else _QUICKLY).match(program, position)
        end = run.end() if run else position
        on_tuple = on_tuple and end == position
        if end == len(program) or (code := program[end]) == _STOP:
            return
        position = _end(program, end, code)
        if code in _PUTS:
            place = n_memoized if code == _MEMOIZE else _place(program[end:position])
            n_memoized += code == _MEMOIZE
            if place > position or (code == _MEMOIZE) != modern:
                raise Unreasonable(f"the place {place} there")
            (tuples.add if on_tuple else tuples.discard)(place)
        elif code in _UNUSUAL:
            raise Unreasonable(f"the step {chr(code)!r}")
        elif code in _GETS and _place(program[end:position]) in tuples:
            raise Unreasonable("the same tuple twice")
        if code not in _SAME_TOP:
            on_tuple = code in _TUPLES


def _end(program: bytes, position: int, code: int) -> int:
    """Where the next opcode starts."""
    if code not in _ARGUMENTS:
        raise ValueError(f"there is no opcode {code}")
    length, start = _ARGUMENTS[code], position + 1
    if length >= 0:
        return start + length
    if length in _SIZES:
        first = start + _SIZES[length]
        return first + int.from_bytes(program[start:first], "little")
    for _ in range(2 if code in _TWO_LINES else 1):
        start = program.find(b"\n", start) + 1 or len(program)
    return start


def _place(opcode: bytes) -> int:
    """The place that an opcode names: in digits, or in 1 or 4 bytes."""
    return int(opcode[1:]) if opcode[0] in _IN_DIGITS else int.from_bytes(opcode[1:], "little")
