import re
from dataclasses import asdict
from pathlib import Path

import pytest

from refseg_cli.engine.run_config import RunConfig, given_keys, preset_names, read_run_config
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
        ("training=5", "training must be a section with some of the keys steps, seed"),
        ("data.sources=[5]", "data.sources[0] must be a section with some of the keys dataset"),
        ("data.sources=5", "data.sources must be a list, got 5"),
        ("data.kind_weights=5", "data.kind_weights must be a table, got 5"),
        ("a b=5", "--set takes section.key=value, got 'a b=5'"),
        ("=5", "--set takes section.key=value, got '=5'"),
        ("training.steps=", "training.steps must be int, got ''"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(setting: str, told: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(told)):
        read_run_config("official", None, [setting])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("backbone.learning_rate", "nan"),
        ("optimizer.learning_rate", "-1"),
        ("optimizer.learning_rate", "inf"),
        ("optimizer.final_learning_rate", "-1e-5"),
        ("optimizer.schedule_steps", "-5"),
        ("optimizer.warmup_steps", "-5"),
        ("optimizer.beta2", "2"),
        ("optimizer.beta2", "1"),
        ("optimizer.weight_decay", "-1"),
        ("optimizer.clip_norm", "-1"),
        ("optimizer.ema", "1.5"),
        ("data.images_per_step", "0"),
        ("data.images_per_step", "-3"),
        ("data.sentences_per_image", "0"),
        ("data.views", "0"),
        ("data.contrast", "7"),
        ("data.kind_weights.position", "-1"),
        ("data.sources", "[{weight=-1}]"),
        ("loss.target_grid", "0"),
        ("loss.dice_weight", "nan"),
        ("loss.auxiliary_weight", "0.34"),
    ],
)
def test_a_number_that_makes_no_sense_is_told_with_its_key(key: str, value: str) -> None:
    section, _, name = key.partition(".")
    with pytest.raises(ConfigError, match=rf"{section}.*{name}.* must be .*, got"):
        read_run_config("official", None, [f"{key}={value}"])


def test_a_large_weight_of_level_maps_is_fine_where_they_are_few() -> None:
    few = ["head.levels=['c4', 'c5']", "loss.auxiliary_weight=0.5"]
    assert read_run_config("official", None, few).loss.auxiliary_weight == 0.5
    none = ["head.auxiliary_scores=false", "loss.auxiliary_weight=0.9"]
    assert read_run_config("official", None, none).loss.auxiliary_weight == 0.9


def test_settings_that_need_each_other_are_checked_together() -> None:
    widths = ["head.visual_width=16", "head.multimodal_width=16"]
    assert read_run_config("official,ablations/table5-row01", None, widths).head.visual_width == 16
    with pytest.raises(ConfigError, match="head: without entity_perception, visual_width must equal"):
        read_run_config("official,ablations/table5-row01", None, widths[:1])


def test_sections_are_joined_and_lists_and_weights_of_kinds_replaced(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[data]\nviews = 3\nkind_weights = {position = 2.0}\nsources = [{dataset = 'unc'}]\n")
    data = read_run_config("small", file, ["data.kind_weights.size=3", "data.flip=false"]).data
    assert (data.views, data.flip, data.kind_weights) == (3, False, {"size": 3.0})
    assert [source.dataset for source in data.sources] == ["unc"]
    first = ["backbone.first.name=swin", "backbone.first.weights=['random']", "backbone.second.name=dino"]
    backbone = read_run_config("official", None, first).backbone
    assert backbone.first is not None
    assert (backbone.first.name, backbone.first.weights) == ("swin", ("random",))


def test_a_bare_word_is_taken_as_it_is_written() -> None:
    glove = r'C:\new\"old" words.txt'
    assert read_run_config("official", None, [f"text.glove={glove}"]).text.glove == glove


def test_given_keys_are_those_of_the_file_and_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("steps = 5\n[training]\nseed = 3\n")
    settings = ["optimizer.ema=0.9", "data=5"]
    assert given_keys(file, settings) == {"training.seed", "optimizer.ema"}


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
