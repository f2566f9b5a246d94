from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import Arrays, block, entry, field, table, varint, write_bundle, write_index
from hypothesis import given
from hypothesis import strategies as st

from refseg.models.crc32c import masked_crc32c
from refseg.models.errors import CheckpointError
from refseg.models.tensorflow_bundle import read_bundle
from refseg.models.tensorflow_table import read_table

HEADER = (b"", field(1, 1))
VECTOR = np.arange(6, dtype=np.float32)


@pytest.fixture
def arrays() -> Arrays:
    random = np.random.default_rng(0)
    weights = {f"layer/{i}/weights": random.standard_normal((i, 3), np.float32) for i in range(20)}
    return weights | {"step": np.int32(700_000).reshape(()), "long": np.arange(5) - 2}


def one(tmp_path: Path, row: bytes, key: bytes = b"v", data: bytes = VECTOR.tobytes()) -> Path:
    """A checkpoint of one variable whose row of the index is given."""
    prefix = tmp_path / "model"
    write_index(prefix, [HEADER, (key, row)])
    (tmp_path / "model.data-00000-of-00001").write_bytes(data)
    return prefix


def good_row(**changes: Any) -> bytes:
    values = {"shard": 0, "offset": 0, "checksum": masked_crc32c(VECTOR.tobytes())} | changes
    return entry(VECTOR, **values)


@pytest.mark.parametrize(("n_shards", "per_block"), [(1, 100), (1, 1), (3, 5)])
def test_every_variable_comes_back_as_it_was_written(
    tmp_path: Path, arrays: Arrays, n_shards: int, per_block: int
) -> None:
    write_bundle(tmp_path / "model.ckpt-7", arrays, n_shards, per_block)
    bundle = read_bundle(tmp_path / "model.ckpt-7")
    assert set(bundle) == set(arrays)
    assert len(bundle) == len(arrays)
    for name, array in arrays.items():
        assert bundle[name].dtype == array.dtype
        np.testing.assert_array_equal(bundle[name], array)
        assert bundle[name].shape == array.shape


def test_what_is_read_may_be_written_to(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", {"v": VECTOR})
    read_bundle(tmp_path / "model")["v"][0] = 9


def test_a_name_that_is_not_there_is_a_key_error(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", {"v": VECTOR})
    with pytest.raises(KeyError):
        read_bundle(tmp_path / "model")["w"]


def test_a_missing_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no .*model\.index"):
        read_bundle(tmp_path / "model")


def test_a_missing_shard_is_named(tmp_path: Path, arrays: Arrays) -> None:
    write_bundle(tmp_path / "model", arrays, n_shards=2)
    (tmp_path / "model.data-00001-of-00002").unlink()
    with pytest.raises(CheckpointError, match="data-00001-of-00002 is missing"):
        read_bundle(tmp_path / "model")


def test_a_truncated_shard_is_named_before_anything_is_read(tmp_path: Path, arrays: Arrays) -> None:
    write_bundle(tmp_path / "model", arrays)
    shard = tmp_path / "model.data-00000-of-00001"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="is truncated, it ends before step does"):
        read_bundle(tmp_path / "model")


def test_a_changed_byte_of_a_variable_is_noticed(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", {"v": VECTOR, "w": VECTOR})
    shard = tmp_path / "model.data-00000-of-00001"
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    bundle = read_bundle(tmp_path / "model")
    np.testing.assert_array_equal(bundle["v"], VECTOR)
    with pytest.raises(CheckpointError, match=r"w in .* is damaged"):
        bundle["w"]


def test_every_way_to_cut_an_index_short_is_noticed(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", {"v": VECTOR})
    index = tmp_path / "model.index"
    data = index.read_bytes()
    for length in range(len(data)):
        index.write_bytes(data[:length])
        with pytest.raises(CheckpointError, match="no index of a TensorFlow checkpoint"):
            read_bundle(tmp_path / "model")


def test_every_changed_byte_of_an_index_is_noticed_or_changes_nothing(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", {"v": VECTOR})
    index = tmp_path / "model.index"
    data = index.read_bytes()
    n_noticed = 0
    for place in range(len(data)):
        index.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        try:
            found = read_bundle(tmp_path / "model")["v"]
        except CheckpointError:
            n_noticed += 1
        else:
            np.testing.assert_array_equal(found, VECTOR)
    assert n_noticed > len(data) / 2  # the rest is the table of tables and padding, which nobody reads


def test_compressed_blocks_are_refused_by_name(tmp_path: Path) -> None:
    write_index(tmp_path / "model", [HEADER], kind=1)
    with pytest.raises(CheckpointError, match="it is compressed"):
        read_bundle(tmp_path / "model")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (good_row(offset=1), "truncated"),
        (good_row(offset=1 << 62), "truncated"),
        (good_row(offset=-1), "truncated"),
        (good_row(size=20), "impossible size"),
        (good_row(shard=1), "data file that it does not have"),
        (good_row(shard=-1), "data file that it does not have"),
        (entry(np.zeros((0, 3), np.float32), 0, 0, 0, size=8), "impossible size"),
        (
            field(1, 1) + field(2, field(2, field(1, -1)) + field(2, field(1, -24))) + field(5, 24),
            "impossible size",
        ),
        (field(1, 1) + field(2, field(2, field(1, 0)) + field(2, field(1, 1 << 60))), "impossible size"),
        (field(1, 1) + field(2, field(2, field(1, 1)) * 40) + field(5, 4), "impossible size"),
        (field(1, b"x"), "malformed"),
        (field(2, 7), "malformed"),
        (b"\x0b", "malformed"),
        (varint(5 << 3) + b"\xff" * 11, "does not end"),
        (varint(2 << 3 | 2) + varint(1 << 40) + b"x", "ends too early"),
    ],
)
def test_an_impossible_entry_is_refused_in_one_line(tmp_path: Path, row: bytes, message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        read_bundle(one(tmp_path, row))["v"]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [(good_row() + field(7, b""), "kept in slices"), (field(1, 7), "of TensorFlow's type 7")],
)
def test_a_variable_of_an_unknown_form_is_refused_when_it_is_asked_for(
    tmp_path: Path, row: bytes, message: str
) -> None:
    bundle = read_bundle(one(tmp_path, row))
    assert list(bundle) == ["v"]
    with pytest.raises(CheckpointError, match=message):
        bundle["v"]


def test_names_reach_no_terminal_with_control_characters(tmp_path: Path) -> None:
    (name,) = read_bundle(one(tmp_path, good_row(), b"a\x1b[2J\xff"))
    assert name.isprintable()


def test_a_header_that_is_missing_or_big_endian_is_refused(tmp_path: Path) -> None:
    for rows, message in (([], "no header"), ([(b"", field(1, 1) + field(2, 1))], "big-endian")):
        write_index(tmp_path / "model", rows)
        with pytest.raises(CheckpointError, match=message):
            read_bundle(tmp_path / "model")


def test_an_index_far_larger_than_any_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "model.index").open("wb") as file:
        file.truncate(1 << 34)
    with pytest.raises(CheckpointError, match="too large"):
        read_bundle(tmp_path / "model")


def test_keys_out_of_order_are_refused() -> None:
    for keys in ((b"b", b"a"), (b"a", b"a")):
        with pytest.raises(ValueError, match="not in order"):
            list(read_table(table([(key, b"") for key in keys])))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (varint(3) + varint(0) + varint(0), "key in it is malformed"),
        (varint(0) + varint(5000) + varint(0) + b"k" * 5000, "key in it is malformed"),
        (varint(0) + varint(1) + varint(9) + b"kv", "ends too early"),
        (b"\x80", "ends too early"),
    ],
)
def test_a_block_that_promises_too_much_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(read_table(raw_table(content + (0).to_bytes(4, "little") + (1).to_bytes(4, "little"))))


def test_a_block_with_more_restarts_than_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        list(read_table(raw_table(b"\xff" * 4)))


def raw_table(content: bytes) -> bytes:
    """A table whose only block of keys has this content."""
    first = content + b"\0"
    second = block([(b"~", varint(0) + varint(len(content)))]) + b"\0"
    blocks = b"".join(body + masked_crc32c(body).to_bytes(4, "little") for body in (first, second))
    handle = varint(len(first) + 4) + varint(len(second) - 1)
    return blocks + (varint(0) + varint(0) + handle).ljust(40, b"\0") + table([])[-8:]


@given(header=st.binary(max_size=12), row=st.binary(max_size=60), key=st.binary(min_size=1, max_size=9))
def test_any_bytes_in_an_entry_give_an_array_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, header: bytes, row: bytes, key: bytes
) -> None:
    prefix = tmp_path_factory.getbasetemp() / "fuzzed"
    prefix.with_name("fuzzed.data-00000-of-00001").write_bytes(bytes(64))
    write_index(prefix, [(b"", field(1, 1) + header), (key, row)])
    try:
        bundle = read_bundle(prefix)
        arrays = [bundle[name] for name in bundle]
    except CheckpointError:
        return
    assert all(array.nbytes <= 64 for array in arrays)
