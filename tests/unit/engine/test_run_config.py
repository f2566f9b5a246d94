from dataclasses import asdict
from pathlib import Path

import pytest

from refseg_cli.engine.run_config import RunConfig, preset_names, read_run_config
from refseg_cli.errors import ConfigError


def test_the_preset_official_is_the_defaults() -> None:
    assert read_run_config("official") == RunConfig()


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_can_be_read(preset: str) -> None:
    assert isinstance(read_run_config(preset), RunConfig)


def test_settings_stand_over_the_file_and_the_file_over_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[training]\nsteps = 7\nseed = 3\n")
    config = read_run_config("small", file, ["training.steps=9", "optimizer.name=adam", "head.grid=none"])
    assert (config.training.steps, config.training.seed) == (9, 3)
    assert (config.optimizer.name, config.head.grid) == ("adam", None)
    assert config.head.visual_width == 128


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("training.stepz=3", "did you mean 'steps'"),
        ("training.steps=many", "training.steps must be int, got 'many'"),
        ("training.cache_levels=1", "training.cache_levels must be bool"),
        ("optimizer.name=sgd", "optimizer.name must be one of 'adam', 'adamw'"),
        ("head.graph_layers=-1", "graph_layers"),
        ("loss.reduction=median", "loss.reduction must be one of"),
        ("training", "--set takes section.key=value"),
        ("preprocess.size=2", "size must be at least 8"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(setting: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace("(", r"\(")):
        read_run_config("official", None, [setting])


def test_an_unknown_preset_names_the_near_one() -> None:
    with pytest.raises(ConfigError, match="did you mean 'official'"):
        read_run_config("oficial")


def test_a_file_that_is_not_toml_is_told(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("training: 3")
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        read_run_config("official", file)


def test_a_configuration_can_be_written_as_json() -> None:
    assert asdict(read_run_config("small,bundled"))["data"]["sources"][0]["folder"] == "coco_phrases"
