import json
from collections.abc import Callable
from pathlib import Path

import pytest
from joint_work import in_each, type_in
from tiny_training import write_tiny_training
from typer.testing import CliRunner

from refseg.models.checkpoint import load_checkpoint
from refseg.models.predictor import Predictor
from refseg_cli.app import app
from refseg_cli.engine.run_config import read_run_config

Train = Callable[..., tuple[int, str, str]]


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.chdir(tmp_path)
    options = write_tiny_training(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["train", *options, *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


def test_a_run_leaves_a_checkpoint_that_predicts_and_tells_what_it_saw(train: Train) -> None:
    code, out, err = train()
    assert (code, out) == (0, "runs/mixture/official/checkpoints/last.safetensors\n")
    assert "4 sentences on 2 images" in err
    provenance = load_checkpoint(out.strip()).provenance
    assert (provenance["image_ids"], provenance["steps"], provenance["seed"]) == ([1, 2], 4, 0)
    lines = Path("runs/mixture/official/metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [2, 4]
    predictor = Predictor.load(out.strip())
    predictor.set_image("dogs/images/COCO_train2014_000000000001.jpg")
    assert predictor.segment("left dog").mask.shape == (40, 60)


def test_a_checkpoint_tells_all_settings_also_those_changed_since_and_no_folder(
    train: Train, tmp_path: Path
) -> None:
    outside = tmp_path / "words.txt"
    path = train("--set", f"text.vocabulary={outside}")[1].strip()
    provenance = load_checkpoint(path).provenance
    config = provenance["config"]
    assert config["optimizer"]["learning_rate"] == 5e-3  # of the file of --config
    assert config["data"]["sources"][0]["refs"] == "refs(unc).p"
    assert config["text"]["vocabulary"] == "words.txt"
    assert provenance["settings"] == ["text.vocabulary=words.txt"]
    assert str(tmp_path) not in json.dumps(provenance)
    run = Path("runs/mixture/official")
    text = (run / "config.toml").read_text()
    (run / "config.toml").write_text(text.replace("steps = 4\n", "steps = 6\n", 1))
    result = CliRunner().invoke(app, ["train", "--resume", str(run), "--device", "cpu"])
    assert result.exit_code == 0, result.stderr
    assert load_checkpoint(path).provenance["config"]["training"]["steps"] == 6


def test_the_same_run_twice_gives_the_same_weights(train: Train) -> None:
    first, second = (train("--name", name)[1].strip() for name in ("one", "two"))
    states = [load_checkpoint(path).segmenter.state_dict() for path in (first, second)]
    assert all((states[0][name] == states[1][name]).all() for name in states[0])


def test_training_lowers_the_loss(train: Train) -> None:
    assert train("--set", "training.steps=40", "--set", "training.log_every=10", "--quiet")[0] == 0
    lines = Path("runs/mixture/official/metrics.jsonl").read_text().splitlines()
    totals = [json.loads(line)["losses"]["total"] for line in lines]
    assert totals[-1] < 0.8 * totals[0]


def test_a_run_is_not_overwritten_without_force(train: Train) -> None:
    assert train()[0] == 0
    code, out, err = train()
    assert (code, out) == (2, "")
    assert "--force" in err
    assert train("--force")[0] == 0


def test_a_dry_run_prints_the_whole_plan_as_toml_and_leaves_nothing(train: Train, tmp_path: Path) -> None:
    code, out, err = train("--dry-run")
    assert code == 0
    assert "4 steps of 4 sentences" in err
    for told in ("4 sentences on 2 images", "head.levels", "time of the run", "memory", "(2, 320, 8, 8)"):
        assert told in out, told
    assert not Path("runs").exists()
    (tmp_path / "plan.toml").write_text(out)
    assert read_run_config("official", tmp_path / "plan.toml") == read_run_config(
        "official", tmp_path / "tiny.toml"
    )


def test_a_dry_run_of_several_processes_says_that_it_tries_one(train: Train) -> None:
    code, out, err = train("--dry-run", "--nproc", "2", "--quiet")
    assert (code, out.count("[backbone]")) == (0, 1)
    assert "--dry-run tries one process" in err


def test_a_dry_run_that_torchrun_started_is_printed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = in_each(2, type_in, "train", *write_tiny_training(tmp_path), "--dry-run")
    assert [(code, out.count("[backbone]")) for code, out, _ in done] == [(0, 1), (0, 0)], done


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--dataset", "unc"), 2, "both name the data: leave one out"),
        (("--set", "text.vocabulary=other.txt"), 3, "other.txt"),
        (("--set", "training.stepz=1"), 2, "did you mean 'steps'"),
        (("--device", "toaster"), 2, "--device toaster is no device"),
        (("--preset", "smal"), 2, "did you mean 'small'"),
        (("--backbone", "resnet11"), 2, "did you mean 'resnet101'"),
        (("--backbone", "gone.safetensors"), 3, "there is no checkpoint"),
        (("--set", "backbone.weights=[]"), 2, "no weights to start from: --backbone"),
        (("--set", "backbone.tuned_stages=1"), 2, "--set training.cache_levels=false"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    train: Train, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = train(*arguments)
    assert done[:2] == (code, "")
    assert told in done[2].splitlines()[-1]


def test_a_named_dataset_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = type_in("train", "--dataset", "unc")
    assert code == 3
    assert err.splitlines()[-1].startswith("refseg: ")
