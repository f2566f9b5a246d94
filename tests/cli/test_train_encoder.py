"""Runs with a pretrained transformer as text encoder, from the command line."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from refer_folders import photo
from safetensors import safe_open
from safetensors.torch import load_file
from tiny_training import Train, run_train, write_tiny_training
from tiny_transformers import write_tiny_transformer
from typer.testing import CliRunner

from refseg.models.checkpoint import load_checkpoint
from refseg_cli.app import app
from refseg_cli.engine.run_folder import RunFolder

ENCODER = ("--encoder", "transformer:tiny-bert")
NO_VALIDATION = ("--set", "training.validation_samples=0")
PHOTO = f"dogs/images/{photo(1)}"


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.chdir(tmp_path)
    write_tiny_transformer(Path("tiny-bert"), "bert")
    return partial(run_train, write_tiny_training(tmp_path))


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def trained(train: Train, name: str, *arguments: str) -> Path:
    code, out, err = train("--name", name, *arguments)
    assert code == 0, err
    return Path(out.strip())


def tensors(path: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in load_file(path).items() if name.startswith("text_encoder.")}


def state(run: str) -> dict[str, torch.Tensor]:
    (path,) = Path("runs/mixture", run, "trainer").glob("step-4.safetensors")
    return load_file(path)


def test_a_frozen_one_trains_predicts_and_evaluates_and_only_its_layer_on_top_is_stored(train: Train) -> None:
    code, out, err = train(*ENCODER, *NO_VALIDATION)
    assert code == 0
    assert "text encoder: " in err
    assert "frozen" in err
    path = Path(out.strip())
    assert {name.removeprefix("text_encoder.") for name in tensors(path)} == {
        "norm.weight", "norm.bias", "projection.weight", "projection.bias"
    }  # fmt: skip
    encoder: Any = load_checkpoint(path).segmenter.text_encoder
    assert (encoder.width, encoder.max_words) == (16, 20)  # those of text.encoder
    name = "encoder.layer.0.output.dense.weight"
    assert torch.equal(encoder.body.state_dict()[name], load_file("tiny-bert/model.safetensors")[name])
    assert not any("body" in name for name in state("official"))
    checkpoint = ("--checkpoint", str(path), "--device", "cpu")
    code, out, err = run("predict", PHOTO, "left dog", *checkpoint, "--json", "--no-overlay")
    assert (code, err) == (0, "")
    assert [word["word"] for word in json.loads(out)["words"]] == ["left", "dog"]
    code, out, err = run("eval", "--dataset", "dogs", *checkpoint)
    assert (code, err) == (0, "")
    assert "oIoU" in out
    code, out, err = run("checkpoints", "show", str(path))
    assert (code, "transformer (" in out) == (0, True)


def test_nothing_but_refsegs_own_lines_is_printed_while_it_is_loaded(train: Train, refseg: Any) -> None:
    path = trained(train, "one", *ENCODER, *NO_VALIDATION)
    words = ("predict", PHOTO, "left dog", "--checkpoint", str(path), "--device", "cpu", "--json")
    done = refseg(*words, timeout=300)  # it loads the libraries anew
    assert (done.returncode, done.stderr) == (0, "")
    json.loads(done.stdout)


@pytest.mark.parametrize(("tuned", "precision"), [("0", "bfloat16"), ("1", "float32"), ("-1", "float32")])
def test_resumed_is_bit_for_bit_uninterrupted(train: Train, tuned: str, precision: str) -> None:
    settings = (f"text.transformer.tuned_layers={tuned}", f"text.transformer.precision={precision}")
    options = (*ENCODER, "--set", settings[0], "--set", settings[1], *NO_VALIDATION)
    trained(train, "whole", *options)
    folder = RunFolder(Path("runs/mixture/cut"))
    trained(train, "cut", *options)
    for path in folder.path.glob("trainer/step-4.*"):
        path.unlink()  # as if it had been killed after step 2
    code, _, err = train("--resume", str(folder.path))
    assert (code, "going on after step 2" in err) == (0, True)
    whole, cut = state("whole"), state("cut")
    assert whole.keys() == cut.keys()
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    assert any("body" in name for name in whole) == (tuned != "0")


def test_tuned_layers_move_at_their_own_rate_and_alone_are_stored(train: Train) -> None:
    before = load_file("tiny-bert/model.safetensors")
    tuned = (*ENCODER, *NO_VALIDATION, "--set", "text.transformer.tuned_layers=1", "--set", "optimizer.ema=0")
    moved = {}
    for rate in ("1e-6", "1e-3", "0"):
        path = trained(train, f"rate-{rate}", *tuned, "--set", f"text.transformer.learning_rate={rate}")
        after: Any = load_checkpoint(path).segmenter.text_encoder
        moved[rate] = {
            name: float((tensor - before[name]).abs().max())
            for name, tensor in after.body.state_dict().items()
        }
        assert all("body.encoder.layer.1." in name for name in tensors(path) if ".body." in name)
    name = "encoder.layer.1.output.LayerNorm.weight"
    assert (
        0 < moved["1e-6"][name] < 1e-5 < moved["1e-3"][name] < 5e-3 < moved["0"][name]
    )  # the head's is 5e-3
    assert not any(change for name, change in moved["1e-3"].items() if "layer.1" not in name)


def test_embedded_it_is_loaded_without_its_folder_and_says_the_same(train: Train) -> None:
    path = trained(train, "embedded", *ENCODER, "--embed-encoder", *NO_VALIDATION)
    bare = trained(train, "bare", *ENCODER, *NO_VALIDATION)
    sizes = [sum(tensor.numel() for tensor in tensors(each).values()) for each in (path, bare)]
    assert sizes[0] > 5 * sizes[1]
    Path("tiny-bert").rename("elsewhere")
    with safe_open(path, "pt") as file:
        assert str(Path.cwd()) not in file.metadata()["refseg"]
    predict = (
        "predict",
        PHOTO,
        "left dog",
        "--device",
        "cpu",
        "--no-overlay",
        "--json",
        "--force",
        "--checkpoint",
    )
    code, out, err = run(*predict, str(path))
    assert (code, err) == (0, "")
    code, again, err = run(*predict, str(bare))
    assert code == 3
    assert err.startswith(f"refseg: {bare}: there is no folder ")
    assert err.endswith("export REFSEG_TRANSFORMER=FOLDER\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("REFSEG_TRANSFORMER", "elsewhere")
        code, again, err = run(*predict, str(bare))
    assert (code, err) == (0, "")
    scores = [json.loads(each)["score"] for each in (out, again)]
    assert scores[0] == pytest.approx(scores[1], rel=0.01)  # the weights that it holds are in half precision


def test_the_name_of_a_run_tells_of_its_encoder(train: Train) -> None:
    options = [*train.args[0][:-2], "--dry-run"]  # type: ignore[attr-defined] - without a name
    for asked, end in (("transformer:tiny-bert", "random+transformer-tiny-bert"), ("lstm-glove", "random")):
        code, out, err = run_train(options, "--encoder", asked)
        assert code == 0, err
        (line,) = [each for each in out.splitlines() if each.startswith("# folder")]
        assert line.endswith(f"runs/mixture/official+efficientnet-lite0-{end}")


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        ("transfomer", 2, "did you mean 'transformer'?"),
        ("transformer:", 2, "nothing stands after the colon"),
        ("transformer:./nowhere", 3, "there is no folder ./nowhere"),
        ("lstm-glove:nowhere.txt", 3, "nowhere.txt"),
    ],
)
def test_an_encoder_that_is_not_there_is_told_before_a_folder_is_made(
    train: Train, asked: str, code: int, told: str
) -> None:
    found, _, err = train("--encoder", asked)
    assert (found, told in err) == (code, True), err
    assert not Path("runs").exists()


def test_too_many_tuned_layers_and_half_precision_of_tuned_ones_are_refused(train: Train) -> None:
    for settings, told in (
        (("text.transformer.tuned_layers=3",), "has 2 layers that can be tuned, not 3"),
        (
            ("text.transformer.tuned_layers=1", "text.transformer.precision=bfloat16"),
            "tuned is kept in float32",
        ),
    ):
        words = [word for setting in settings for word in ("--set", setting)]
        code, _, err = train(*ENCODER, *words)
        assert (code, told in err) == (2, True), err


def test_a_run_does_not_go_on_with_other_files(train: Train) -> None:
    trained(train, "one", *ENCODER, *NO_VALIDATION)
    write_tiny_transformer(Path("tiny-bert"), "bert", seed=1)
    code, _, err = train("--resume", "runs/mixture/one")
    assert (code, "text_encoder.sha256 differs" in err) == (3, True), err
    code, _, err = train("--resume", "runs/mixture/one", *ENCODER)
    assert (code, "leave out --encoder" in err) == (2, True), err
