import pytest
import torch
from torch import nn

from refseg_cli.engine.optimizers import MovingAverage, learning_rate
from refseg_cli.engine.run_config import OptimizerConfig


def test_the_official_schedule_is_the_authors_polynomial() -> None:
    config = OptimizerConfig()
    assert learning_rate(0, config, 700_000) == pytest.approx(2.5e-4)
    assert learning_rate(700_000, config, 700_000) == pytest.approx(4.69e-5, rel=1e-3)
    assert learning_rate(900_000, config, 700_000) == pytest.approx(1e-5)


def test_a_cosine_rises_in_the_warm_up_and_ends_at_the_final_rate() -> None:
    config = OptimizerConfig(
        schedule="cosine", schedule_steps=0, warmup_steps=10, learning_rate=1.0, final_learning_rate=0.1
    )
    assert [learning_rate(step, config, 100) for step in (0, 4, 9)] == pytest.approx([0.1, 0.5, 1.0])
    assert learning_rate(50, config, 100) == pytest.approx(0.55)
    assert learning_rate(100, config, 100) == pytest.approx(0.1)


def test_a_drop_keeps_the_rate_until_the_end_of_its_schedule() -> None:
    config = OptimizerConfig(
        schedule="drop", schedule_steps=160_000, learning_rate=5e-4, final_learning_rate=5e-5
    )
    rates = [learning_rate(step, config, 200_000) for step in (0, 159_999, 160_000, 199_999)]
    assert rates == pytest.approx([5e-4, 5e-4, 5e-5, 5e-5])


def test_a_moving_average_follows_the_weights_and_gives_them_back() -> None:
    weight = nn.Parameter(torch.zeros(3))
    average = MovingAverage([weight], 0.5)
    weight.data.fill_(1.0)
    for step in range(20, 40):
        average.update(step)
    weight.data.fill_(5.0)
    with average.applied():
        assert torch.allclose(weight, torch.ones(3), atol=1e-4)
    assert torch.equal(weight.detach(), torch.full((3,), 5.0))
