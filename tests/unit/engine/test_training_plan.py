from pathlib import Path

import pytest

from refseg_cli.data.mixture import SourceConfig
from refseg_cli.engine.launch import INTERRUPTED, ProcessesFailed, arguments
from refseg_cli.engine.training_plan import TrainingRequest, make_plan, with_recipe
from refseg_cli.errors import ConfigError, UsageError


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


def test_a_run_is_named_after_its_dataset_and_preset() -> None:
    request = TrainingRequest(dataset="shapes", preset="official,ablations/table8-n0")
    plan = make_plan(request)
    assert plan.folder.path == Path("runs/shapes/official+ablations-table8-n0")
    assert plan.root == Path("data").absolute()


def test_a_named_dataset_stands_over_the_data_of_a_preset_and_what_is_set_aside_of_it() -> None:
    data = make_plan(TrainingRequest(dataset="shapes", preset="small,bundled")).config.data
    assert data.sources == (SourceConfig(dataset="shapes"),)
    assert not data.held_out_choices
    kept = TrainingRequest(dataset="shapes", preset="small,bundled", settings=("data.held_out_choices=true",))
    assert make_plan(kept).config.data.held_out_choices


def test_a_dataset_and_sources_that_were_both_typed_exclude_each_other(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[[data.sources]]\nfolder = 'dogs'\n")
    with pytest.raises(ConfigError, match="both name the data"):
        make_plan(TrainingRequest(dataset="shapes", config=file))
    assert make_plan(TrainingRequest(config=file)).config.data.sources == (SourceConfig(folder="dogs"),)
    file.write_text("[data]\nsources = []\n")  # as `refseg config show official` prints it
    assert make_plan(TrainingRequest(dataset="shapes", config=file)).config.data.sources


def test_paths_of_datasets_are_kept_from_the_root_and_names_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.jsonl").write_text("")
    setting = 'data.sources=[{dataset="mine.jsonl"}, {dataset="unc"}, {folder="dogs"}]'
    sources = make_plan(TrainingRequest(settings=(setting,))).config.data.sources
    assert [source.dataset for source in sources] == [str(tmp_path / "mine.jsonl"), "unc", ""]
    assert sources[2].folder == "dogs"


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


def test_processes_that_were_asked_to_stop_do_not_speak_of_a_failure() -> None:
    assert str(ProcessesFailed(INTERRUPTED)).endswith("have ended: they were asked to stop")
    assert str(ProcessesFailed(3)).endswith("the first to fail says why above")


def test_resume_and_new_settings_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="leave out --dataset, --out, or change the file"):
        TrainingRequest(resume=Path("runs/x"), dataset="unc", runs=Path("r"))
