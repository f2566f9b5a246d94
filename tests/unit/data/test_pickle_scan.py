"""Small pickles that would take much memory or time: each is refused before it runs."""

import pickle
import pickletools
from pathlib import Path
from typing import Any

import pytest

from refseg_cli.data.pickle_scan import Unreasonable, check_reasonable
from refseg_cli.data.pickles import read_plain_pickle
from refseg_cli.errors import DataError


def shared_tuples(depth: int = 40) -> Any:
    nested: Any = (1, 2)
    for _ in range(depth):
        nested = (nested, nested)
    return nested


@pytest.mark.parametrize(
    "program",
    [
        b"\x80\x02]r\xff\xff\xff\x07.",
        b"\x80\x02]r\x00\x00\x40\x00.",
        b"]p134217728\n.",
        b"\x80\x04]\x94p9\n.",
        b"\x80\x02]\x94.",
    ],
)
def test_a_place_far_out_or_filled_in_two_ways_is_refused(program: bytes, tmp_path: Path) -> None:
    path = tmp_path / "refs.p"
    path.write_bytes(program)
    with pytest.raises(DataError, match=r"refs\.p: refused, as no plain data has the place \d+ there"):
        read_plain_pickle(path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_tuple_that_is_used_twice_is_refused(protocol: int) -> None:
    with pytest.raises(Unreasonable, match="the same tuple twice"):
        check_reasonable(pickle.dumps([shared_tuples()], protocol))


@pytest.mark.parametrize("trick", [b")2\x862\x86.", b"N\x85N0q\x00h\x00.", b"N\x85Nbq\x00h\x00.", b"(N1."])
def test_steps_that_would_hide_a_tuple_are_refused(trick: bytes) -> None:
    with pytest.raises(Unreasonable, match="the step"):
        check_reasonable(b"\x80\x02" + trick)


def test_a_frame_or_a_second_place_does_not_hide_a_tuple() -> None:
    for between in (b"\x95" + bytes(8), b"\x80\x02", b"q\x01"):
        with pytest.raises(Unreasonable, match="the same tuple twice"):
            check_reasonable(b"\x80\x02N\x85" + between + b"q\x00h\x00\x86.")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_passes_however_it_was_pickled(protocol: int) -> None:
    text = "a cat, e.g. r\u00e9d\n" * 30
    value = [
        {"sent": text, "again": text, number: [number, 2.5, None, True, (number,)]} for number in range(400)
    ]
    program = pickle.dumps([*value, 2**5000, b"bytes", {"set"} if protocol > 3 else {}], protocol)
    check_reasonable(program)
    check_reasonable(pickletools.optimize(program))


def test_what_follows_the_end_and_what_is_cut_off_are_not_looked_at() -> None:
    program = pickle.dumps([{"a": "text"}] * 3, 2)
    check_reasonable(program + b"0000")
    for length in range(len(program)):
        check_reasonable(program[:length])
    with pytest.raises(ValueError, match="no opcode 0"):
        check_reasonable(b"\0")
