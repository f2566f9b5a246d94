"""Two processes, or two turns, learn what one learns from the whole batch at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from joint_training import threads_in_and_after, train_together, train_with_sgd
from joint_work import in_each, shared, type_in
from safetensors.torch import load_file
from tiny_training import write_tiny_training
from torch import Tensor
from typer.testing import CliRunner

from refseg.models.predictor import Predictor
from refseg_cli.app import app
from refseg_cli.engine import together
from refseg_cli.errors import DataError

BATCH = ("data.images_per_step=4", "training.steps=10", "optimizer.ema=0.0", "training.workers=0")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """As in the processes: sums that are divided otherwise are rounded otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    write_tiny_training(folder)
    return folder


@pytest.fixture(scope="module")
def alone(folder: Path) -> dict[str, Tensor]:
    return train_with_sgd(folder, *BATCH)


def train_as_two_of(folder: Path, *settings: str) -> dict[str, Tensor]:
    first, _ = in_each(2, train_together, folder, *settings)
    return {name: torch.from_numpy(array) for name, array in first.items()}


def assert_learned_the_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    gradients = [name for name in expected if name.startswith("gradient/")]
    largest = max(expected[name].abs().max().item() for name in gradients)
    for name, tensor in expected.items():
        scale = tensor.abs().max().item()
        if name not in gradients:
            torch.testing.assert_close(found[name], tensor, rtol=0, atol=1e-6)
        elif scale > 1e-7 * largest:
            torch.testing.assert_close(found[name], tensor, rtol=0, atol=1e-5 * scale)
        else:  # a bias on all the words or regions of a softmax: truly 0, and what is left is rounding
            assert name.endswith("key.bias")
            assert found[name].abs().max() < 1e-7 * largest


def test_two_turns_learn_what_one_learns_from_all(folder: Path, alone: dict[str, Tensor]) -> None:
    assert_learned_the_same(train_with_sgd(folder, *BATCH, "training.accumulate=2"), alone)


def test_three_uneven_turns_do_too(folder: Path, alone: dict[str, Tensor]) -> None:
    assert_learned_the_same(train_with_sgd(folder, *BATCH, "training.accumulate=3"), alone)


def test_two_processes_learn_what_one_learns_from_all(folder: Path, alone: dict[str, Tensor]) -> None:
    assert_learned_the_same(train_as_two_of(folder, *BATCH), alone)


def test_they_do_so_too_where_the_backbone_is_tuned(folder: Path) -> None:
    tuned = (*BATCH, "backbone.tuned_stages=1", "training.cache_levels=false")
    assert_learned_the_same(train_as_two_of(folder, *tuned), train_with_sgd(folder, *tuned))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are listed by Linux alone")
def test_the_threads_of_the_group_end_with_it(folder: Path) -> None:
    # one that frees a tensor while Python ends would abort the process, with all of its work done
    for there, after in in_each(2, threads_in_and_after, folder, *BATCH):
        assert any(name.startswith("pt_gloo") for name in there)
        assert not any(name.startswith("pt_gloo") for name in after)


@pytest.fixture(scope="module")
def two(folder: Path) -> subprocess.CompletedProcess[str]:
    """A run of two processes that `--nproc` has started."""
    options = ["--config", "tiny.toml", "--data", ".", "--name", "two", "--device", "cpu", "--nproc", "2"]
    command = [sys.executable, "-m", "refseg_cli", "train", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_nproc_starts_processes_that_predict_what_one_does(
    folder: Path, two: subprocess.CompletedProcess[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    one = CliRunner().invoke(app, ["train", "--config", "tiny.toml", "--data", ".", "--device", "cpu"])
    assert (two.returncode, two.stdout) == (0, "runs/mixture/two/checkpoints/last.safetensors\n"), two.stderr
    assert "4 sentences, shared by 2 processes" in two.stderr
    maps = []
    for path in (one.stdout.strip(), two.stdout.strip()):
        predictor = Predictor.load(path)
        predictor.set_image("dogs/images/COCO_train2014_000000000001.jpg")
        maps.append(torch.from_numpy(predictor.logits("left dog")))
    torch.testing.assert_close(*maps, rtol=0, atol=1e-4)


@pytest.mark.usefixtures("two")
def test_processes_go_on_from_an_earlier_state_as_if_they_had_not_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = folder / "runs/mixture/two/trainer/step-4.safetensors"
    before = load_file(state)
    state.unlink()
    monkeypatch.chdir(folder)
    done = in_each(2, type_in, "train", "--resume", "runs/mixture/two", "--device", "cpu")
    assert [code for code, _, _ in done] == [0, 0], done
    assert "going on after step 2" in done[0][2]
    after = load_file(state)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_more_processes_than_images_are_refused_before_they_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    options = ["train", "--config", "tiny.toml", "--data", ".", "--name", "three"]
    for more in ([], ["--dry-run"]):
        done = CliRunner().invoke(app, [*options, "--nproc", "3", *more])
        assert done.exit_code == 2
        assert "--set data.images_per_step=3" in done.stderr


@pytest.mark.parametrize(
    ("failing", "told"), [(None, [0, 10]), (1, ("FailedElsewhere", "the photo is gone", 3))]
)
def test_what_one_makes_and_what_one_cannot_make_is_known_to_all(failing: int | None, told: object) -> None:
    assert in_each(2, shared, failing) == [told, told]


def test_one_alone_learns_of_itself_and_raises_its_own_error() -> None:
    assert together.share(lambda: "mine") == ["mine"]

    def failing() -> None:
        raise DataError("the photo is gone")

    with pytest.raises(DataError, match="the photo is gone"):
        together.share(failing)


@pytest.mark.parametrize(
    "words",
    [
        ["train", "--config", "tiny.toml", "--data", ".", "--name", "twice"],
        ["eval", "--checkpoint", "small", "--dataset", "dogs", "--split", "val"],
    ],
)
def test_one_of_several_processes_starts_no_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("WORLD_SIZE", "2")
    done = CliRunner().invoke(app, [*words, "--nproc", "2"])
    assert done.exit_code == 2
    assert "leave out --nproc" in done.stderr
