"""Files of weights that are not what they should be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from refseg.models.backbones.weights_file import load_exactly, read_npz, read_safetensors, read_torch
from refseg.models.errors import CheckpointError, WeightsNotFound

READERS = [read_npz, read_safetensors, read_torch]
Reader = Callable[[Path], dict[str, Tensor]]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "content", [b"", b"just some text, long enough to be a header\n" * 9, b"PK\x03\x04" + bytes(60)]
)
def test_a_file_of_something_else_gives_one_clear_line(tmp_path: Path, read: Reader, content: bytes) -> None:
    path = tmp_path / "weights"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be read as a file of weights") as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("refseg download --list")


@pytest.mark.parametrize("read", READERS)
def test_a_folder_is_no_weights_file(tmp_path: Path, read: Reader) -> None:
    with pytest.raises(WeightsNotFound):
        read(tmp_path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_archive_is_told_as_such(tmp_path: Path, save: Callable[..., None]) -> None:
    path = tmp_path / "weights.npz"
    save(path, weights=np.random.default_rng(0).random(1000))
    whole = path.read_bytes()
    for start in range(0, len(whole) - 60, 400):
        path.write_bytes(whole[:start] + bytes(60) + whole[start + 60 :])
        with pytest.raises(CheckpointError, match="cannot be read"):
            read_npz(path)


def test_a_cut_off_archive_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, weights=np.zeros(1000))
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_npz(path)


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, weights=np.array([{"a": 1}], dtype=object))
    with pytest.raises(CheckpointError):
        read_npz(path)


class Runs:
    """Makes a pickle that leaves a file behind where it is run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path, bytes]]:
        return Path.write_bytes, (self.mark, b"")


@pytest.mark.parametrize("as_zip", [True, False])
def test_nothing_in_a_file_of_pytorch_is_run(tmp_path: Path, as_zip: bool) -> None:
    path, mark = tmp_path / "weights.pt", tmp_path / "run"
    torch.save({"a": Runs(mark)}, path, _use_new_zipfile_serialization=as_zip)
    with pytest.raises(CheckpointError, match="other things than a table of weights; ") as caught:
        read_torch(path)
    assert "weights_only" not in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        torch.zeros(2),
        {"epoch": 3},
        {"state_dict": {"a": torch.zeros(2)}},
        {"a": torch.zeros(2).to_sparse()},
        {"a": torch.empty(2, device="meta")},
    ],
    ids=["tensor", "number", "nested", "sparse", "empty"],
)
def test_a_file_of_pytorch_must_hold_a_table_of_weights(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "weights.pt")
    with pytest.raises(CheckpointError, match="other things than a table of weights"):
        read_torch(tmp_path / "weights.pt")


@pytest.mark.parametrize("as_zip", [True, False])
def test_a_damaged_file_of_pytorch_is_read_as_weights_or_told_as_such(tmp_path: Path, as_zip: bool) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"a": torch.arange(40.0), "b": torch.ones(3)}, path, _use_new_zipfile_serialization=as_zip)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    told: list[str] = []
    for _ in range(300):
        broken = bytearray(
            whole[: len(whole) - int(random.integers(0, 2)) * int(random.integers(len(whole)))]
        )
        for place in random.integers(len(broken), size=3) if broken else ():
            broken[place] = random.integers(256)
        path.write_bytes(broken)
        try:
            read_torch(path)
        except CheckpointError as error:
            told.append(str(error))
    assert len(told) > 100
    assert not any("\n" in line for line in told)


def test_missing_unknown_and_misshapen_tensors_are_all_told() -> None:
    module = nn.Linear(2, 3)
    before = module.weight.clone()
    with pytest.raises(CheckpointError) as caught:
        load_exactly(module, {"weight": torch.zeros(3, 3), "scale": torch.zeros(1)}, "a.npz")
    message = str(caught.value)
    assert message.startswith("a.npz does not hold the weights of Linear: ")
    for part in ("1 missing (bias)", "1 unknown (scale)", "1 of another shape (weight)"):
        assert part in message
    assert torch.equal(module.weight, before)


def test_half_precision_fills_single_precision() -> None:
    module = nn.Linear(2, 3)
    load_exactly(module, {"weight": torch.ones(3, 2).half(), "bias": torch.zeros(3).half()}, "a.npz")
    assert module.weight.dtype == torch.float32
    assert torch.equal(module.weight, torch.ones(3, 2))
