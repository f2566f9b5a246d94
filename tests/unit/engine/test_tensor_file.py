from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from refseg_cli.engine.tensor_file import read_tensors, write_tensors
from refseg_cli.errors import DataError

TENSORS = {
    "weights": torch.randn(3, 4, generator=torch.Generator().manual_seed(0)),
    "step": torch.tensor(7.0),
    "half": torch.tensor([1.5, float("inf")]).bfloat16(),
    "none": torch.zeros(0, 5),
    "numbers": torch.tensor([[2**40, -1]]),
    "random": torch.get_rng_state(),
}
FACTS = {"done": 3, "names": ["ä", "b"], "best": -1.0}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_tensors(tmp_path / "state.safetensors", TENSORS, FACTS)
    return tmp_path / "state.safetensors"


def test_what_is_written_is_read_and_safetensors_reads_it_too(file: Path) -> None:
    tensors, facts = read_tensors(file)
    assert facts == FACTS
    for found in (tensors, load_file(file)):
        assert found.keys() == TENSORS.keys()
        for name, tensor in TENSORS.items():
            assert found[name].dtype == tensor.dtype
            assert torch.equal(found[name], tensor)


def test_transposed_tensors_are_written_as_they_look(tmp_path: Path) -> None:
    write_tensors(tmp_path / "state", {"x": TENSORS["weights"].T}, {})
    assert torch.equal(read_tensors(tmp_path / "state")[0]["x"], TENSORS["weights"].T)


def test_every_cut_and_every_changed_byte_is_noticed(file: Path) -> None:
    content = file.read_bytes()
    for place in range(0, len(content), 97):
        file.write_bytes(content[:place])
        with pytest.raises(DataError, match=r"state\.safetensors"):
            read_tensors(file)
        changed = bytearray(content)
        changed[place] ^= 4
        file.write_bytes(changed)
        assert not _reads_as_before(file), place


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere cannot be read"):
        read_tensors(tmp_path / "nowhere")


def test_a_failed_write_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(DataError, match="No space left"):
        write_tensors(file, {}, {})
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def _reads_as_before(file: Path) -> bool:
    try:
        tensors, facts = read_tensors(file)
    except DataError:
        return False
    return facts == FACTS and tensors.keys() == TENSORS.keys()
