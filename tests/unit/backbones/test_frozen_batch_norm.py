"""The frozen batch normalisation."""

import torch
from torch import nn

from refseg.models.backbones.frozen_batch_norm import FrozenBatchNorm2d


def filled() -> FrozenBatchNorm2d:
    norm = FrozenBatchNorm2d(5)
    for statistic in norm.buffers():
        statistic.copy_(torch.rand(5) + 0.5)
    return norm


def test_it_equals_batch_normalisation_at_test_time_and_takes_its_weights() -> None:
    norm, reference = filled(), nn.BatchNorm2d(5, eps=1e-3)
    assert not reference.load_state_dict(norm.state_dict(), strict=False).unexpected_keys
    features = torch.randn(2, 5, 4, 3)
    torch.testing.assert_close(norm(features), reference.eval()(features))


def test_training_mode_changes_neither_its_output_nor_its_statistics() -> None:
    norm, features = filled(), torch.randn(2, 5, 4, 3)
    before = {name: statistic.clone() for name, statistic in norm.state_dict().items()}
    assert torch.equal(norm.train()(features), norm.eval()(features))
    assert all(torch.equal(before[name], statistic) for name, statistic in norm.state_dict().items())


def test_it_offers_nothing_to_train() -> None:
    assert list(FrozenBatchNorm2d(5).parameters()) == []


def test_a_dead_channel_stays_finite() -> None:
    norm = filled()
    norm.running_var[2] = 4e-35
    assert norm(torch.randn(1, 5, 2, 2)).isfinite().all()
