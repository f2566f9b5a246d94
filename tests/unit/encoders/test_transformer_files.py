"""Where a transformer's files are looked for, what of them is refused, and how they are known again."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from tiny_transformers import tiny_encoder, write_tiny_transformer

from refseg.encoders.errors import PretrainedUnusable
from refseg.encoders.registry import build_encoder
from refseg.encoders.transformer_files import MOVED_TO, find_files

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "somebody/tiny-bert"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_transformer(tmp_path / "tiny", "bert")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of the hub, with a model in it, and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    cached = tmp_path / "hub" / f"models--{NAME.replace('/', '--')}"
    write_tiny_transformer(cached / "snapshots" / COMMIT, "bert")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT)
    return cached


def change_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    save_file({name: tensor + 1 for name, tensor in tensors.items()}, path, {"format": "pt"})


def test_a_folder_is_found_from_the_data_root_on_and_kept_whole(folder: Path) -> None:
    found = find_files("tiny", root=folder.parent)
    assert (found.folder, found.commit) == (folder, "")
    encoder = tiny_encoder(folder)
    assert encoder.config()["model"] == str(folder)
    assert encoder.config()["sha256"] == found.sha256()


def test_a_name_on_the_hub_is_taken_from_the_cache_with_its_commit(hub: Path) -> None:
    for revision in ("", "main", COMMIT):
        found = find_files(NAME, revision)
        assert (found.folder, found.commit) == (hub / "snapshots" / COMMIT, COMMIT)
    config = tiny_encoder(Path(NAME)).config()
    assert (config["model"], config["revision"]) == (NAME, COMMIT)
    (hub / "refs" / "main").write_text("f" * 40)  # the branch has moved on
    assert build_encoder(config).config() == config


@pytest.mark.parametrize(("name", "revision"), [("somebody/else", ""), (NAME, "v2"), ("not a name!", "")])
def test_what_is_not_in_the_cache_and_cannot_be_fetched_is_told_with_the_way_on(
    hub: Path, name: str, revision: str
) -> None:
    del hub
    with pytest.raises(PretrainedUnusable, match="not in the cache") as caught:
        find_files(name, revision)
    assert "unset HF_HUB_OFFLINE" in str(caught.value)
    assert str(caught.value).endswith("refseg train --encoder transformer:FOLDER")
    assert (caught.value.exit_code, "\n" in str(caught.value)) == (3, False)


def test_a_cached_model_without_its_weights_is_as_none(hub: Path) -> None:
    (hub / "snapshots" / COMMIT / "model.safetensors").unlink()
    with pytest.raises(PretrainedUnusable, match=r"model\.safetensors|not in the cache"):
        find_files(NAME)


@pytest.mark.parametrize("name", ["/no/such/folder", "./tiny-bert", "a/b/c"])
def test_a_path_without_a_folder_is_no_name(name: str) -> None:
    with pytest.raises(PretrainedUnusable, match=f"there is no folder {name}"):
        find_files(name)


def test_pickled_weights_are_refused_and_the_command_that_converts_them_is_told(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    with pytest.raises(PretrainedUnusable, match="pickled weights, which may run any code") as caught:
        find_files(str(folder))
    assert 'python -c "from transformers import' in str(caught.value)


@pytest.mark.parametrize(
    ("name", "advice"),
    [("tokenizer.json", "if you trust it, make a folder"), ("config.json", "name the folder of another")],
)
def test_a_missing_file_is_named(folder: Path, name: str, advice: str) -> None:
    (folder / name).unlink()
    with pytest.raises(PretrainedUnusable, match=f"has no {name}: {advice}"):
        find_files(str(folder))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.json", "{"),
        ("config.json", '{"model_type": "never-heard-of"}'),
        ("config.json", '{"auto_map": {"AutoConfig": "mine.Mine", "AutoModel": "mine.Mine"}}'),
        ("tokenizer.json", "{}"),
        ("model.safetensors", "no tensors"),
    ],
)
def test_malformed_files_are_told_in_one_line(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / "mine.py").write_text("raise SystemExit('code of others was run')")
    with pytest.raises(PretrainedUnusable) as caught:
        tiny_encoder(folder)
    assert "\n" not in str(caught.value)
    assert "refseg train --encoder transformer:" in str(caught.value)


def test_what_would_run_code_of_others_is_left_out_of_a_configuration(folder: Path) -> None:
    told = json.loads((folder / "config.json").read_text())
    ways = {"attn_implementation": "somebody/kernel", "quantization_config": {"quant_method": "awq"}}
    (folder / "config.json").write_text(json.dumps(told | ways | {"auto_map": {"AutoModel": "mine.Mine"}}))
    (folder / "mine.py").write_text("raise SystemExit('code of others was run')")
    config = tiny_encoder(folder, embed=True).config()
    built: Any = build_encoder({**config, "architecture": {**config["architecture"], **ways}})
    for encoder in (tiny_encoder(folder), built):
        assert encoder.body.config._attn_implementation in ("sdpa", "eager")


def test_a_model_that_lacks_weights_or_is_no_text_encoder_is_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors.pop("encoder.layer.1.output.dense.weight")
    save_file(tensors, path, {"format": "pt"})
    with pytest.raises(PretrainedUnusable, match="lacks weights of a text encoder"):
        tiny_encoder(folder)
    (folder / "config.json").write_text('{"model_type": "bart"}')
    with pytest.raises(PretrainedUnusable, match="is no text encoder of the transformers library"):
        tiny_encoder(folder)


def test_weights_in_several_files_are_read_and_hashed_together(folder: Path) -> None:
    whole = tiny_encoder(folder)
    tensors, names = load_file(folder / "model.safetensors"), {}
    (folder / "model.safetensors").unlink()
    for number, some in enumerate((sorted(tensors)[::2], sorted(tensors)[1::2]), start=1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: tensors[name] for name in some}, folder / file, {"format": "pt"})
        names |= dict.fromkeys(some, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": names}))
    parts = tiny_encoder(folder)
    assert all(
        torch.equal(tensor, parts.state_dict()[name])
        for name, tensor in whole.body.state_dict(prefix="body.").items()
    )
    before = find_files(str(folder)).sha256()
    save_file({name: tensors[name] + 1 for name in some}, folder / file, {"format": "pt"})
    assert find_files(str(folder)).sha256() != before
    (folder / file).unlink()
    with pytest.raises(PretrainedUnusable, match=f"has no {file}"):
        find_files(str(folder))


def test_files_that_have_changed_are_not_taken_for_those_of_a_checkpoint(folder: Path) -> None:
    config = tiny_encoder(folder).config()
    build_encoder(config)
    change_weights(folder)
    with pytest.raises(PretrainedUnusable, match="are not those of the text encoder") as caught:
        build_encoder(config)
    assert str(caught.value).endswith(f"export {MOVED_TO}=FOLDER")


def test_files_that_have_moved_are_found_where_the_variable_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_encoder(folder).config()
    moved = folder.rename(folder.with_name("moved"))
    with pytest.raises(PretrainedUnusable, match="there is no folder") as caught:
        build_encoder(config)
    assert str(caught.value).endswith(f"export {MOVED_TO}=FOLDER")
    monkeypatch.setenv(MOVED_TO, str(moved))
    built: Any = build_encoder(config)
    assert built.config() == config
    write_tiny_transformer(folder, "bert", seed=1)  # something else is there now
    assert build_encoder(config).config() == config
    # It counts for those that it has the files of; others are looked for where they were.
    build_encoder(tiny_encoder(folder).config())
