from fnmatch import fnmatch
from pathlib import Path

import huggingface_hub
import pytest

from refseg_cli.data.download.assets import missing
from refseg_cli.data.download.hub import fetch_encoder
from refseg_cli.errors import DownloadError

TEXTS = ["config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]
OTHERS = """.gitattributes README.md flax_model.msgpack tf_model.h5 rust_model.ot training_args.bin
onnx/model.onnx onnx/config.json onnx/model.safetensors""".split()


class FakeHub:
    """Writes what the Hub's client would, choosing files by its rules."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files, self.asked = folder / "abc", TEXTS + OTHERS, []

    def snapshot(
        self, name: str, *, revision: str | None, allow_patterns: list[str], ignore_patterns: list[str]
    ) -> str:
        if name == "gone":
            raise ConnectionError("Name or service not known\nand much more")
        self.asked.append((name, revision))
        for file in self.files:
            allowed = any(fnmatch(file, pattern) for pattern in allow_patterns)
            if allowed and not any(fnmatch(file, pattern) for pattern in ignore_patterns):
                path = self.folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        return str(self.folder)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeHub:
    fake = FakeHub(tmp_path)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", fake.snapshot)
    return fake


def got(hub: FakeHub) -> list[str]:
    return sorted(path.name for path in hub.folder.iterdir())


def test_no_pickle_is_fetched_where_there_are_safetensors(hub: FakeHub) -> None:
    hub.files += ["model.safetensors", "pytorch_model.bin"]
    assert fetch_encoder("org/name@v1") == hub.folder
    assert got(hub) == sorted([*TEXTS, "model.safetensors"])
    assert hub.asked == [("org/name", "v1")]


def test_weights_in_several_files_come_with_their_list(hub: FakeHub) -> None:
    parts = [*[f"model-0000{n}-of-00002.safetensors" for n in (1, 2)], "model.safetensors.index.json"]
    hub.files += parts
    fetch_encoder("org/name")
    assert got(hub) == sorted(TEXTS + parts)
    assert hub.asked == [("org/name", None)]


def test_a_pickle_is_fetched_and_warned_of_where_there_is_nothing_else(
    hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.files.append("pytorch_model.bin")
    fetch_encoder("org/name")
    assert got(hub) == sorted([*TEXTS, "pytorch_model.bin"])
    told = capsys.readouterr().err
    assert "only as a pickle" in told
    assert "org/name: revision abc" in told


@pytest.mark.usefixtures("hub")
def test_an_encoder_without_weights_is_refused() -> None:
    with pytest.raises(DownloadError, match="has no weights for PyTorch"):
        fetch_encoder("org/name")


@pytest.mark.usefixtures("hub")
def test_what_the_hub_says_becomes_one_line() -> None:
    with pytest.raises(
        DownloadError, match=r"\(Name or service not known\); .* refseg download encoder:gone"
    ):
        fetch_encoder("gone")


def test_a_name_that_no_encoder_can_have_is_refused() -> None:
    with pytest.raises(DownloadError, match=r"Repo id must .* refseg download encoder:a b"):
        fetch_encoder("a b")


def test_an_encoder_that_is_not_in_the_cache_is_missing(tmp_path: Path) -> None:
    (config,) = missing("encoder:nobody/nothing", tmp_path)
    assert config.name == "config.json"
    assert "models--nobody--nothing" in config.parts
