from pathlib import Path

import pytest

from refseg_cli.engine.launch import arguments
from refseg_cli.engine.run_config import read_run_config
from refseg_cli.engine.training_plan import TrainingRequest, make_plan, with_recipe
from refseg_cli.errors import UsageError


@pytest.mark.parametrize(
    ("preset", "dataset", "expected"),
    [
        ("official", "unc", "official"),
        ("official", None, "official"),
        ("official", "a2d", "official,recipes/official/a2d"),
        ("paper, ablations/table8-n1", "gref", "paper,recipes/paper/gref,ablations/table8-n1"),
        ("official", "gref", "official"),
        ("small", "a2d", "small"),
    ],
)
def test_a_dataset_has_its_recipe_laid_over_the_preset(
    preset: str, dataset: str | None, expected: str
) -> None:
    assert with_recipe(preset, dataset) == expected


def test_the_recipes_are_the_published_ones() -> None:
    a2d = read_run_config(with_recipe("official", "a2d"))
    assert (a2d.training.steps, a2d.optimizer.schedule_steps, a2d.optimizer.schedule) == (
        380_000,
        400_000,
        "poly",
    )
    youtube = read_run_config(with_recipe("paper", "refer-youtube-vos"))
    assert (youtube.training.steps, youtube.optimizer.schedule_steps) == (200_000, 160_000)
    assert youtube.optimizer.learning_rate == pytest.approx(10 * youtube.optimizer.final_learning_rate)
    assert read_run_config(with_recipe("paper", "gref")).head.graph_layers == 2


def test_a_run_is_named_after_its_dataset_and_preset() -> None:
    request = TrainingRequest(dataset="shapes", preset="official,ablations/table8-n0")
    plan = make_plan(request)
    assert plan.folder.path == Path("runs/shapes/official+ablations-table8-n0")
    assert plan.root == Path("data").absolute()


def test_the_processes_are_asked_for_the_same() -> None:
    request = TrainingRequest(
        dataset="unc", settings=("a.b=1", "c.d=2"), data=Path("d"), device="cpu", n_processes=4, quiet=True
    )
    assert arguments(request) == [
        *("--dataset", "unc", "--data", "d", "--device", "cpu"),
        *("--set", "a.b=1", "--set", "c.d=2", "--quiet"),
    ]
    assert arguments(TrainingRequest(resume=Path("runs/x"), force=False)) == [
        *("--resume", "runs/x", "--device", "auto")
    ]


def test_resume_and_new_settings_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="leave out --dataset, --out, or change the file"):
        TrainingRequest(resume=Path("runs/x"), dataset="unc", runs=Path("r"))
