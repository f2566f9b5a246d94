import subprocess
import sys
from pathlib import Path

import pytest

from refseg_cli.data.download import assets
from refseg_cli.data.download.assets import base_of, describe, files_of, find_asset, missing
from refseg_cli.data.download.manifest import manifest
from refseg_cli.errors import MissingExtra, UsageError


def test_a_mistyped_name_is_guessed() -> None:
    with pytest.raises(
        UsageError, match=r"nothing .* 'unc-'; did you mean 'unc'\? .*: refseg download --list"
    ):
        find_asset("unc-")
    with pytest.raises(UsageError, match="refseg download --list"):
        find_asset("encoder:")


def test_an_encoder_needs_no_entry() -> None:
    assert find_asset("encoder:org/name@v1").homepage == "https://huggingface.co/org/name"


def test_what_is_missing_shrinks_as_files_come(tmp_path: Path) -> None:
    refs, instances = tmp_path / "refcoco/refs(unc).p", tmp_path / "refcoco/instances.json"
    photos = tmp_path / "images/mscoco/images/train2014"
    assert missing("unc", tmp_path) == [refs, instances, photos]
    refs.parent.mkdir()
    refs.write_bytes(b"x")
    instances.write_bytes(b"")  # an empty file is no file
    photos.mkdir(parents=True)
    (photos / ".hidden").touch()  # nor is a hidden one a photo
    assert missing("unc", tmp_path) == [instances, photos]
    instances.write_bytes(b"x")
    (photos / "1.jpg").touch()
    assert missing("unc", tmp_path) == []


def test_a_quarter_of_the_photos_is_not_all_of_them(tmp_path: Path) -> None:
    photos = tmp_path / "images/mscoco/images/train2014"
    photos.mkdir(parents=True)
    (photos / "1.jpg").touch()
    assert missing("coco-train2014", tmp_path) == [photos]


def test_a_description_ends_with_the_command() -> None:
    assert describe("glove").endswith("type: refseg download glove")
    assert "PDDL" in describe("glove")


def test_folders_follow_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = manifest().files
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))
    assert base_of(files["resnet101-63fe2227.pth"], tmp_path) == tmp_path / "torch/hub/checkpoints"
    assert base_of(files["en_core_web_sm-3.8.0-py3-none-any.whl"], tmp_path) == tmp_path / "home"
    assert base_of(files["refcoco.zip"], tmp_path) == tmp_path


def test_the_folder_of_backbones_is_that_of_torch_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from torch import hub

    file = manifest().files["resnet101-63fe2227.pth"]
    for name, value in (
        ("TORCH_HOME", None),
        ("XDG_CACHE_HOME", str(tmp_path)),
        ("TORCH_HOME", str(tmp_path)),
    ):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
        assert base_of(file, tmp_path) == Path(hub.get_dir(), "checkpoints").expanduser()


def test_the_pipeline_suits_the_spacy_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "version", lambda _name: "3.7.5")
    (file,) = files_of(find_asset("spacy"))
    assert file.name == "en_core_web_sm-3.7.1-py3-none-any.whl"
    monkeypatch.setattr(assets, "version", lambda _name: "4.1.0")
    with pytest.raises(
        MissingExtra, match=r"\(4\.1\.0\), only for 3\.7, 3\.8; type: pip install 'spacy~=3\.8\.0'"
    ):
        files_of(find_asset("spacy"))
    assert missing("spacy", Path("nowhere"))  # to look is no error


def test_looking_for_what_is_missing_imports_no_heavy_library(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from refseg_cli.data.download.assets import asset_names, missing\n"
        f"[missing(name, Path({str(tmp_path)!r})) for name in asset_names()]\n"
        "print(sorted({'torch', 'torchvision', 'spacy', 'httpx', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
