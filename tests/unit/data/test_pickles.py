import os
import pickle
from collections import OrderedDict
from pathlib import Path

import pytest

from refseg_cli.data.pickles import read_plain_pickle
from refseg_cli.errors import DataError

# What Python 2 wrote for [{'sent': 'caf\xe9', 'ids': [1, 2]}]: byte strings.
PYTHON_2 = b"\x80\x02]q\x00}q\x01(U\x04sentq\x02U\x04caf\xe9q\x03U\x03idsq\x04]q\x05(K\x01K\x02eua."


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_pickle_of_python_2_is_read_with_latin_1_text(tmp_path: Path) -> None:
    assert read_plain_pickle(written(tmp_path / "refs.p", PYTHON_2)) == [{"sent": "café", "ids": [1, 2]}]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_of_every_protocol_are_read(tmp_path: Path, protocol: int) -> None:
    value = [{"a": (1, 2.5, None, True), "b": ["x", [3]], "c": 2**70}]
    assert read_plain_pickle(written(tmp_path / "refs.p", pickle.dumps(value, protocol))) == value


class Hostile:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


@pytest.mark.parametrize("protocol", [0, 2, pickle.HIGHEST_PROTOCOL])
def test_a_pickle_that_runs_a_program_is_refused_before_it_runs(tmp_path: Path, protocol: int) -> None:
    proof = tmp_path / "was-run"
    path = written(tmp_path / "refs.p", pickle.dumps([Hostile(f"touch {proof}")], protocol))
    with pytest.raises(DataError, match=r"system"):
        read_plain_pickle(path)
    assert not proof.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"c__builtin__\neval\n(S'1'\ntR.",
        b"cbuiltins\ngetattr\n.",
        pickle.dumps(OrderedDict(a=1), 2),
        pickle.dumps({1}, 2),
    ],
    ids=["eval", "getattr", "class", "set"],
)
def test_any_other_global_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"eval|getattr|OrderedDict|set"):
        read_plain_pickle(written(tmp_path / "refs.p", content))


@pytest.mark.parametrize("content", [b"", b"not a pickle", PYTHON_2[:-9], b"\x80\x02.", b"Pid\n."])
def test_a_broken_file_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"refs\.p: .*fetch it again"):
        read_plain_pickle(written(tmp_path / "refs.p", content))


def test_a_missing_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_plain_pickle(tmp_path / "none.p")
    with pytest.raises(DataError, match="more than the 10"):
        read_plain_pickle(written(tmp_path / "refs.p", PYTHON_2), max_bytes=10)
