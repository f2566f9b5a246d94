"""What `--word-type-supervision` comes to in settings."""

import pytest

from refseg_cli.engine.run_config import RunConfig, read_run_config
from refseg_cli.engine.supervision import USUAL_WEIGHT, supervision_settings
from refseg_cli.engine.training_plan import TrainingRequest, make_plan
from refseg_cli.errors import ConfigError, UsageError

SMALL = read_run_config("small")


@pytest.mark.parametrize(
    ("asked", "settings"),
    [
        ("none", ("loss.word_type_weight=0",)),
        ("pos", ("data.word_types=pos", "loss.word_type_weight=0.3")),
        ("lexicon:0.1", ("data.word_types=lexicon", "loss.word_type_weight=0.1")),
        ("gold:0", ("data.word_types=gold", "loss.word_type_weight=0.0")),
    ],
)
def test_a_source_and_a_weight_become_settings(asked: str, settings: tuple[str, ...]) -> None:
    assert supervision_settings(asked, SMALL) == settings


@pytest.mark.parametrize("asked", ["", "spacy", "pos:", "pos:much", "none:0.1", "pos:0.1:0.2"])
def test_what_is_no_source_with_a_weight_is_refused_with_an_example(asked: str) -> None:
    with pytest.raises(UsageError, match=r"--word-type-supervision pos:0\.3$"):
        supervision_settings(asked, SMALL)


def test_next_to_a_sum_over_pixels_the_usual_weight_is_as_much_larger() -> None:
    official = read_run_config("official")
    n_pixels = official.preprocess.size**2
    weight = float(supervision_settings("pos", official)[1].partition("=")[2])
    assert weight == pytest.approx(USUAL_WEIGHT * n_pixels)
    assert supervision_settings("pos:0.3", official)[1] == "loss.word_type_weight=0.3"


@pytest.mark.parametrize("preset", ["official", "paper"])
def test_the_papers_presets_supervise_nothing(preset: str) -> None:
    assert read_run_config(preset).loss.word_type_weight == 0


def planned(asked: str | None, *settings: str) -> RunConfig:
    request = TrainingRequest(
        dataset="shapes", preset="small", settings=settings, word_type_supervision=asked
    )
    return make_plan(request).config


def test_the_option_stands_over_settings_and_the_runs_configuration_tells_it() -> None:
    config = planned("pos:0.2", "loss.word_type_weight=0.9", "data.word_types=gold")
    assert (config.data.word_types, config.loss.word_type_weight) == ("pos", 0.2)
    assert planned("none").loss.word_type_weight == 0
    assert planned(None).loss.word_type_weight == USUAL_WEIGHT


@pytest.mark.parametrize("weight", ["-1", "nan", "inf"])
def test_a_weight_out_of_range_is_told(weight: str) -> None:
    with pytest.raises(ConfigError, match="word_type_weight must be at least 0 and finite"):
        planned(f"pos:{weight}")
