import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from bundles import write_bundle
from heads import small_config
from parity.reference import DATA
from safetensors.numpy import save_file
from typer.testing import CliRunner, Result

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import SPECIALS, Vocabulary
from refseg.models.backbones.deeplab_resnet import DeepLabResNet101, tensorflow_names
from refseg.models.backbones.registry import build_backbone
from refseg.models.checkpoint import load_checkpoint, save_checkpoint
from refseg.models.cmpc import CmpcImage
from refseg.models.segmenter import Segmenter
from refseg_cli.app import app
from refseg_cli.engine.backbones import load_backbone
from refseg_cli.engine.run_config import BackboneConfig

Here = Callable[..., Result]

CHECKPOINT = DATA / "tf_checkpoint" / "unc_iter_700000.tfmodel"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a vocabulary and a checkpoint of a backbone that is zero everywhere."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "words.txt").write_text("\n".join([*SPECIALS, *(f"word{number}" for number in range(56))]))
    with torch.device("meta"):
        shapes = {key: value.shape for key, value in DeepLabResNet101().state_dict().items()}
    kernels = {key: (*shape[2:], shape[1], shape[0]) for key, shape in shapes.items() if len(shape) == 4}
    names = tensorflow_names()
    write_bundle(
        folder / "deeplab",
        {names[key]: np.zeros(kernels.get(key, tuple(shape)), np.float32) for key, shape in shapes.items()},
    )
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Run `refseg` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A small checkpoint of refseg's own."""
    config = small_config("paper", score_bias=-2.5)
    encoder = LstmGlove(Vocabulary([*SPECIALS, "dog"]), LstmGloveConfig(embedding_width=6, width=10))
    backbone = build_backbone({"name": "efficientnet-lite0"})
    segmenter = Segmenter(backbone, encoder, CmpcImage(backbone.channels, 10, config))
    origin = {"backbone": ["ImageNet-1k"], "image_ids": list(range(500)), "note": "red\x1b[31m\nline"}
    origin["config"] = {"training": {"steps": 7}}
    save_checkpoint(tmp_path / "mine.safetensors", segmenter, origin)
    return tmp_path / "mine.safetensors"


def command(sources: Path, *more: str | Path) -> tuple[str | Path, ...]:
    words = ("--vocabulary", sources / "words.txt", "-o", "unc.safetensors")
    return ("checkpoints", "import", CHECKPOINT, "--preset", "official", *words, *more)


def test_an_import_prints_the_path_alone_and_tells_the_rest_beside_it(
    here: Here, sources: Path, tmp_path: Path
) -> None:
    done = here(*command(sources, "--backbone", sources / "deeplab"))
    assert (done.exit_code, done.stdout) == (0, "unc.safetensors\n")
    assert "preset official but for" in done.stderr
    assert "imported from TensorFlow checkpoint unc_iter_700000.tfmodel and deeplab" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["unc.safetensors"]
    loaded = load_checkpoint(tmp_path / "unc.safetensors")
    assert loaded.segmenter.preprocess.size == 80
    seen = loaded.segmenter.backbone.provenance
    assert any("MS-COCO" in data for data in seen.trained_on)
    assert any("PASCAL VOC" in data for data in seen.trained_on)
    assert seen.contains_refcoco == "yes"
    assert f"{CHECKPOINT.name}.index" in loaded.provenance["sha256"]


def test_a_backbone_alone_is_imported_shown_and_trained_from(
    here: Here, sources: Path, tmp_path: Path
) -> None:
    words = ("checkpoints", "import", sources / "deeplab", "--backbone-only", "-o", "deeplab.safetensors")
    done = here(*words)
    assert (done.exit_code, done.stdout) == (0, "deeplab.safetensors\n")
    shown = here("checkpoints", "show", "deeplab.safetensors")
    lines = {line[:15].strip(): line[15:] for line in shown.stdout.splitlines()}
    assert list(lines) == ["file", "backbone", "backbone saw", "sha256", "source"]
    assert lines["backbone"] == "deeplab-resnet101; 42,605,504 weights"
    assert lines["backbone saw"].endswith("PASCAL VOC (according to the paper); contains RefCOCO images: yes")
    backbone = load_backbone(BackboneConfig(weights=("deeplab.safetensors",)), tmp_path)
    assert isinstance(backbone, DeepLabResNet101)
    assert not backbone.state_dict()["conv1.weight"].any()
    assert backbone.provenance.contains_refcoco == "yes"
    both = here(*words, "--vocabulary", sources / "words.txt", "--force")
    assert (both.exit_code, "leave out --vocabulary" in both.stderr) == (2, True)


def test_nothing_is_overwritten_without_force(here: Here, sources: Path, tmp_path: Path) -> None:
    file = tmp_path / "unc.safetensors"
    file.write_text("precious")
    refused = here(*command(sources, "--backbone", sources / "deeplab"))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    assert file.read_text() == "precious"
    done = here(*command(sources, "--backbone", sources / "deeplab", "--force", "--quiet"))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "unc.safetensors\n", "")
    assert file.stat().st_size > 1e8


def test_a_failed_import_leaves_nothing(here: Here, sources: Path, tmp_path: Path) -> None:
    done = here(*command(sources))
    assert (done.exit_code, done.stdout) == (3, "")
    assert "--backbone PREFIX" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (("--preset", "paper"), 2, "'paper' is not"),
        (("--vocabulary", "nowhere.txt"), 3, "nowhere.txt is no vocabulary"),
        (("--backbone", "nowhere"), 3, "there is no nowhere.index"),
        (("--backbone", "."), 3, "give the path of a TensorFlow checkpoint"),
        (("--backbone", "old.ckpt"), 4, "pip install tensorflow"),
        (("--backbone", "text.ckpt"), 3, "text.ckpt is not a TensorFlow checkpoint"),
    ],
)
def test_what_cannot_be_imported_is_said_in_one_line_with_its_code(
    here: Here,
    sources: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    (tmp_path / "old.ckpt").write_bytes(Path(f"{CHECKPOINT}.index").read_bytes())
    (tmp_path / "text.ckpt").write_text("not a checkpoint")
    (tmp_path / "tensorflow.py").write_text("raise ImportError")  # as where it is not installed
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = here(*command(sources, *more))
    assert (done.exit_code, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("missing", ["--vocabulary", "--out"])
def test_a_needed_option_that_is_missing_is_a_usage_error(here: Here, sources: Path, missing: str) -> None:
    kept = ("-o", "x") if missing == "--vocabulary" else ("--vocabulary", sources / "words.txt")
    done = here("checkpoints", "import", CHECKPOINT, *kept)
    assert done.exit_code == 2
    assert missing in done.stderr


def test_a_folder_in_the_way_of_the_output_is_told(here: Here, sources: Path, tmp_path: Path) -> None:
    (tmp_path / "unc.safetensors" / "full").mkdir(parents=True)
    done = here(*command(sources, "--backbone", sources / "deeplab", "--force"))
    assert done.exit_code == 3
    assert "unc.safetensors cannot be written" in done.stderr


def test_show_tells_parts_sizes_and_origin_a_line_each(here: Here, trained: Path) -> None:
    done = here("checkpoints", "show", trained.name)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = {line[:15].strip(): line[15:] for line in done.stdout.splitlines()}
    assert lines["backbone"].startswith("efficientnet-lite0")
    assert "n_words 5" in lines["text encoder"]
    assert lines["head"].startswith("preset paper but for")
    assert "score_bias -2.5" in lines["head"]
    assert "size 320" in lines["canvas"]
    assert lines["backbone saw"] == "ImageNet-1k; contains RefCOCO images: no"
    assert lines["image_ids"] == "500 items"
    assert lines["config"] == "in --json"
    assert lines["note"] == "red?[31m?line"  # a checkpoint may come from anybody


def test_show_as_json_holds_everything_but_the_words(here: Here, trained: Path) -> None:
    shown = json.loads(here("checkpoints", "show", trained, "--json").stdout)
    assert shown["schema_version"] == 1
    assert shown["path"] == str(trained)
    assert shown["bytes"] == trained.stat().st_size
    assert shown["text_encoder"]["n_words"] == 5
    assert "vocabulary" not in shown["text_encoder"]
    assert shown["preset"]["name"] == "paper"
    assert shown["provenance"]["image_ids"] == list(range(500))
    assert shown["provenance"]["config"] == {"training": {"steps": 7}}
    tensors = load_checkpoint(trained).segmenter.state_dict()
    assert sum(shown["n_weights"].values()) == sum(tensor.numel() for tensor in tensors.values())


def test_show_refuses_what_is_no_checkpoint_in_one_line(here: Here, tmp_path: Path) -> None:
    (tmp_path / "text.safetensors").write_text("no tensors here")
    (tmp_path / "empty.safetensors").write_bytes(b"")
    save_file({"x": np.ones(1)}, tmp_path / "bare.safetensors")
    odd = {"refseg": json.dumps({"format": 1, "provenance": {}, "head": {"no_such_field": 1}})}
    save_file({"x": np.ones(1)}, tmp_path / "odd.safetensors", metadata=odd)
    for name in ("text", "empty", "bare", "odd", "nowhere"):
        done = here("checkpoints", "show", f"{name}.safetensors")
        assert (done.exit_code, done.stdout) == (3, ""), name
        assert done.stderr.count("\n") == 1, name
        assert f"{name}.safetensors" in done.stderr, name
