"""Pickles that would run a command: each is refused, and the file that the command makes is not made."""

import copyreg
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from refseg_cli.data.pickles import read_plain_pickle
from refseg_cli.errors import DataError

CODE = 241


def text(value: bytes) -> bytes:
    return b"S'" + value + b"'\n"


def python(command: bytes) -> bytes:
    return text(b'__import__("os").system("' + command + b'")')


def short(value: bytes) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value


def stack_global(module: bytes, name: bytes) -> bytes:
    return short(module) + short(name) + b"\x93"


RUNS: dict[str, Callable[[bytes], bytes]] = {
    "reduce": lambda command: b"cposix\nsystem\n(" + text(command) + b"tR.",
    "reduce as os": lambda command: b"cos\nsystem\n(" + text(command) + b"tR.",
    "eval": lambda command: b"cbuiltins\neval\n(" + python(command) + b"tR.",
    "eval of Python 2": lambda command: b"c__builtin__\neval\n(" + python(command) + b"tR.",
    "exec": lambda command: b"cbuiltins\nexec\n(" + python(command) + b"tR.",
    "getattr": lambda command: (
        (b"cbuiltins\ngetattr\n(cbuiltins\n__import__\n(" + text(b"os") + b"tR" + text(b"system") + b"tR(")
        + (text(command) + b"tR.")
    ),
    "inst": lambda command: b"(" + text(command) + b"iposix\nsystem\n.",
    "obj": lambda command: b"(cposix\nsystem\n" + text(command) + b"o.",
    "a class": lambda command: (
        b"\x80\x02csubprocess\nPopen\n(](" + b"".join(map(text, command.split())) + b"etR."
    ),
    "stack global": lambda command: (
        b"\x80\x04" + stack_global(b"posix", b"system") + short(command) + b"\x85R."
    ),
    "a method by its dotted name": lambda command: (
        b"\x80\x04" + stack_global(b"os", b"path.os.system") + short(command) + b"\x85R."
    ),
    "within an allowed type": lambda command: (
        b"c__builtin__\nlist\n((cposix\nsystem\n(" + text(command) + b"tRltR."
    ),
    "_reconstructor": lambda command: (
        b"ccopy_reg\n_reconstructor\n(cposix\nsystem\n(" + text(command) + b"tRc__builtin__\nobject\nNtR."
    ),
    "extension": lambda command: b"\x80\x02\x82" + bytes([CODE]) + b"(" + text(command) + b"tR.",
}
DOES_NOT_RUN: dict[str, Callable[[bytes], bytes]] = {
    "persistent": lambda command: b"P" + command + b"\n.",
    "binary persistent": lambda command: text(command) + b"Q.",
    "unknown extension": lambda command: b"\x80\x02\x82" + bytes([CODE + 1]) + b"(" + text(command) + b"tR.",
    "newobj": lambda command: b"\x80\x02csubprocess\nPopen\n(" + text(command) + b"t\x81.",
    "state set on an allowed type": lambda command: b"c__builtin__\ndict\n}" + text(command) + b"I1\nsb.",
    "attributes set on an allowed type": lambda command: (
        b"c__builtin__\ndict\nN}" + text(command) + b"I1\ns\x86b."
    ),
}


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "was-run"


@pytest.fixture(autouse=True)
def registered_extension() -> Iterator[None]:
    copyreg.add_extension("posix", "system", CODE)
    yield
    copyreg.remove_extension("posix", "system", CODE)


def content(how: str, marker: Path) -> bytes:
    return {**RUNS, **DOES_NOT_RUN}[how](f"touch {marker}".encode())


@pytest.mark.parametrize("how", [*RUNS, *DOES_NOT_RUN])
def test_a_pickle_that_would_run_a_command_is_refused_and_does_not_run(how: str, marker: Path) -> None:
    path = marker.with_name("refs.p")
    path.write_bytes(content(how, marker))
    with pytest.raises(DataError, match=r"refs\.p: (refused|not a readable pickle).*fetch it again"):
        read_plain_pickle(path)
    assert not marker.exists()


@pytest.mark.parametrize("how", RUNS)
def test_the_same_pickle_does_run_without_the_restriction(how: str, marker: Path) -> None:
    result: Any = None
    try:
        result = pickle.loads(content(how, marker))
    except TypeError:  # from what is done with the result of the command
        assert how == "_reconstructor"
    if how == "a class":
        result.wait()
    assert marker.exists()


def test_what_is_refused_is_named(marker: Path) -> None:
    path = marker.with_name("refs.p")
    path.write_bytes(content("eval of Python 2", marker))
    with pytest.raises(DataError, match=r"refused, the pickle asks for __builtin__\.eval, not plain data"):
        read_plain_pickle(path)
