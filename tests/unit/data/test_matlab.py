from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from refseg_cli.data.matlab import MatlabError, variables

KINDS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", "?")
TYPE_OF_NUMBERS = 200  # where an uncompressed file of one array `part_mask` of three sides has it


def write(path: Path, array: np.ndarray, compressed: bool = True) -> Path:
    """Write `part_mask` between variables of other kinds."""
    others = {"aa": "text", "b": np.array([1, "x"], dtype=object)}
    savemat(path, {**others, "part_mask": array, "z": {"inner": 2.0}}, do_compression=compressed)
    return path


def read(path: Path, max_bytes: int = 10**6) -> np.ndarray:
    return next(each for each in variables(path) if each.name == "part_mask").read(max_bytes)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (5, 7, 3), (2, 3, 4, 5), (0, 4), (1, 3)])
def test_an_array_is_what_scipy_reads(
    tmp_path: Path, kind: str, shape: tuple[int, ...], compressed: bool
) -> None:
    array = (np.random.default_rng(0).random(shape) * 100).astype(kind)
    path = write(tmp_path / "a.mat", array, compressed)
    expected = loadmat(path)["part_mask"]
    assert read(path).dtype == expected.dtype
    np.testing.assert_array_equal(read(path), expected)
    np.testing.assert_array_equal(read(path), array)


def test_the_shape_is_told_without_the_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mat", np.ones((5, 7, 3)))
    shapes = {each.name: (each.shape, each.is_numeric) for each in variables(path)}
    assert shapes["part_mask"] == ((5, 7, 3), True)
    assert [name for name, (_, is_numeric) in shapes.items() if not is_numeric] == ["aa", "b", "z"]


def test_what_is_no_array_of_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"part_mask": "text"})
    with pytest.raises(MatlabError, match="part_mask is no array of numbers"):
        read(path)


def test_a_wrong_type_of_numbers_ends_in_an_error_and_not_in_the_end_of_the_process(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"part_mask": np.ones((5, 7, 3))})
    content = bytearray(path.read_bytes())
    assert content[TYPE_OF_NUMBERS] == 9
    content[TYPE_OF_NUMBERS] = 0  # scipy 1.17 ends with a segmentation fault
    path.write_bytes(content)
    with pytest.raises(MatlabError, match="of the kind 0"):
        read(path)


def test_numbers_that_do_not_fill_the_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"part_mask": np.ones((5, 7, 3))})
    content = bytearray(path.read_bytes())
    content[content.index((5).to_bytes(4, "little") + (7).to_bytes(4, "little"))] = 6
    path.write_bytes(content)
    with pytest.raises(MatlabError, match=r"840 bytes of numbers, which is not \(6, 7, 3\)"):
        read(path)


def test_an_array_that_is_too_large_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mat", np.zeros((5, 7, 3)))
    assert read(path, 5 * 7 * 3 * 8).shape == (5, 7, 3)
    with pytest.raises(MatlabError, match=r"claims to be \(5, 7, 3\), which is too large"):
        read(path, 5 * 7 * 3 * 8 - 1)


@pytest.mark.parametrize("version", ["4", "7.3", "text", "nothing"])
def test_files_of_other_versions_say_so(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.mat"
    if version == "4":
        savemat(path, {"part_mask": np.ones((5, 7))}, format="4")
    else:
        header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
        path.write_bytes({"7.3": header, "text": b"no such file\n" * 30, "nothing": b""}[version])
    with pytest.raises(MatlabError, match="not of the versions 5 to 7"):
        read(path)


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path, compressed: bool) -> None:
    whole = write(tmp_path / "a.mat", np.ones((5, 7, 3)), compressed).read_bytes()
    path = tmp_path / "cut.mat"
    n_refused = 0
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        try:
            np.testing.assert_array_equal(read(path), np.ones((5, 7, 3)))  # cut behind the array
        except (MatlabError, StopIteration):
            n_refused += 1
    assert n_refused > 30
