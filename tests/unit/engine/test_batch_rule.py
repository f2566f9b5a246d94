from dataclasses import replace

import pytest

from refseg_cli.engine.batch_rule import fit_to_batch, sentences_per_step, tell_fit
from refseg_cli.engine.run_config import RunConfig, read_run_config

RECIPE = RunConfig()
SIXTEEN = replace(RECIPE, data=replace(RECIPE.data, images_per_step=8, sentences_per_image=2))


def test_a_batch_of_sixteen_sees_as_many_sentences_at_four_times_the_rate() -> None:
    fitted = fit_to_batch(SIXTEEN, RECIPE, {"data.images_per_step"})
    assert sentences_per_step(fitted) * fitted.training.steps == 700_000
    assert fitted.optimizer.schedule_steps == 50_000
    assert fitted.optimizer.learning_rate == pytest.approx(4 * 2.5e-4)
    assert fitted.optimizer.final_learning_rate == pytest.approx(4 * 1e-5)


def test_steps_and_rates_that_a_person_gave_stay() -> None:
    rates_only = fit_to_batch(SIXTEEN, RECIPE, {"training.steps"})
    assert (rates_only.training.steps, rates_only.optimizer.schedule_steps) == (700_000, 800_000)
    assert rates_only.optimizer.learning_rate == pytest.approx(1e-3)
    steps_only = fit_to_batch(SIXTEEN, RECIPE, {"optimizer.final_learning_rate"})
    assert (steps_only.training.steps, steps_only.optimizer.learning_rate) == (43_750, 2.5e-4)


def test_what_was_scaled_is_told_and_nothing_else() -> None:
    told = tell_fit(SIXTEEN, fit_to_batch(SIXTEEN, RECIPE, set()), RECIPE)
    assert told == "16 sentences a step where the preset has 1, so 43,750 steps and learning rate 0.001"
    steps_given = fit_to_batch(SIXTEEN, RECIPE, {"training.steps"})
    assert tell_fit(SIXTEEN, steps_given, RECIPE).endswith("has 1, so learning rate 0.001")
    assert tell_fit(RECIPE, RECIPE, RECIPE) == ""


@pytest.mark.parametrize("preset", ["official", "paper", "small"])
def test_a_preset_fits_its_own_batch(preset: str) -> None:
    config = read_run_config(preset)
    assert fit_to_batch(config, config, set()) == config
