"""The loss terms against plain formulas."""

import math
from typing import Any

import pytest
import torch
from heads import PRESETS, make_head, make_levels, make_text, small_config
from torch import Tensor

from refseg.models.cmpc import Segmentation
from refseg.models.losses import LossConfig, decayed_weights, dice_loss, l2_penalty, segmentation_losses


def segmentation_of(
    grid_logits: Tensor, levels: Tensor | None = None, types: Tensor | None = None
) -> Segmentation:
    """What a head might say; the logits are already of the size of the targets."""
    batch = len(grid_logits)
    none = grid_logits.new_zeros((batch, 0, *grid_logits.shape[1:]))
    types = torch.full((batch, 2, 4), 0.25) if types is None else types
    return Segmentation(grid_logits, none if levels is None else levels, types, (), PRESETS["official"])


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    p = logits.double().sigmoid()
    return -(targets * p.log() + (1 - targets) * (1 - p).log())


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(3, 4, 5)


@pytest.fixture
def targets() -> Tensor:
    return torch.rand(3, 4, 5).round()


@pytest.mark.parametrize(("reduction", "factor"), [("sum", 20), ("mean", 1)])
def test_cross_entropy_is_summed_or_averaged_over_pixels_and_averaged_over_the_batch(
    logits: Tensor, targets: Tensor, reduction: str, factor: int
) -> None:
    config = LossConfig(reduction=reduction)
    losses = segmentation_losses(segmentation_of(logits), targets, config)
    assert losses.final.item() == pytest.approx(
        factor * cross_entropy(logits, targets).mean().item(), rel=1e-5
    )
    assert losses.total.item() == pytest.approx(
        losses.final.item()
    )  # no levels: the final map has all the weight
    assert losses.levels.shape == (0,)


def test_the_final_map_has_the_weight_that_the_levels_leave(logits: Tensor, targets: Tensor) -> None:
    levels = torch.randn(3, 3, 4, 5)
    losses = segmentation_losses(segmentation_of(logits, levels), targets, LossConfig())
    expected = [20 * cross_entropy(levels[:, i], targets).mean().item() for i in range(3)]
    assert losses.levels.tolist() == pytest.approx(expected, rel=1e-5)
    assert losses.total.item() == pytest.approx(0.7 * losses.final.item() + 0.1 * sum(expected), rel=1e-5)
    two = segmentation_losses(
        segmentation_of(logits, levels[:, :2]), targets, LossConfig(auxiliary_weight=0.2)
    )
    assert two.total.item() == pytest.approx(0.6 * two.final.item() + 0.2 * sum(expected[:2]), rel=1e-5)


def test_a_batch_costs_the_mean_of_its_samples(logits: Tensor, targets: Tensor) -> None:
    config = LossConfig(dice_weight=0.5)
    together = segmentation_losses(segmentation_of(logits), targets, config).total
    alone = [
        segmentation_losses(segmentation_of(logits[i : i + 1]), targets[i : i + 1], config).total
        for i in range(3)
    ]
    torch.testing.assert_close(together, torch.stack(alone).mean())


def test_shares_of_area_are_targets_too(logits: Tensor) -> None:
    shares = torch.rand(3, 4, 5)
    losses = segmentation_losses(segmentation_of(logits), shares, LossConfig(reduction="mean"))
    assert losses.final.item() == pytest.approx(cross_entropy(logits, shares).mean().item(), rel=1e-5)


def test_maps_are_brought_to_the_size_of_the_targets() -> None:
    grid = torch.full((1, 2, 2), 1.5)
    losses = segmentation_losses(segmentation_of(grid), torch.ones(1, 8, 6), LossConfig(reduction="mean"))
    assert losses.final.item() == pytest.approx(math.log(1 + math.exp(-1.5)), rel=1e-5)


def test_dice_is_the_soft_overlap_with_one_pixel_on_both_sides() -> None:
    logits, targets = torch.zeros(1, 2, 2), torch.tensor([[[1.0, 1], [0, 0]]])
    assert dice_loss(logits, targets).item() == pytest.approx(1 - (2 * 1 + 1) / (2 + 2 + 1))
    sure = 40 * (2 * targets - 1)
    assert dice_loss(sure, targets).item() == pytest.approx(0, abs=1e-6)
    assert dice_loss(-sure, targets).item() == pytest.approx(1 - 1 / 5)


def test_an_empty_mask_costs_no_dice_where_nothing_is_found() -> None:
    assert dice_loss(torch.full((1, 4, 4), -40.0), torch.zeros(1, 4, 4)).item() == pytest.approx(0, abs=1e-6)


def test_weights_multiply_their_terms(logits: Tensor, targets: Tensor) -> None:
    types = torch.rand(3, 2, 4).softmax(dim=-1)
    type_targets = torch.tensor([[0, 1], [2, -100], [3, -100]])
    segmentation = segmentation_of(logits, types=types)
    config = LossConfig(reduction="mean", cross_entropy_weight=2.0, dice_weight=0.5, word_type_weight=0.3)
    losses = segmentation_losses(segmentation, targets, config, type_targets)
    assert losses.dice.item() == pytest.approx(dice_loss(logits, targets).item())
    said = [types[0, 0, 0], types[0, 1, 1], types[1, 0, 2], types[2, 0, 3]]
    assert losses.word_types.item() == pytest.approx(-torch.stack(said).log().mean().item(), rel=1e-5)
    expected = 2 * losses.final.item() + 0.5 * losses.dice.item() + 0.3 * losses.word_types.item()
    assert losses.total.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("type_targets", [None, torch.full((3, 2), -100)])
def test_without_targets_word_types_cost_nothing(
    logits: Tensor, targets: Tensor, type_targets: Tensor | None
) -> None:
    config = LossConfig(word_type_weight=0.3)
    losses = segmentation_losses(segmentation_of(logits), targets, config, type_targets)
    assert losses.word_types.item() == 0
    assert losses.total.isfinite()


def test_word_types_of_no_probability_and_padding_stay_finite(logits: Tensor, targets: Tensor) -> None:
    types = torch.zeros(3, 2, 4, requires_grad=True)
    config = LossConfig(word_type_weight=0.3)
    segmentation = segmentation_of(logits, types=types)
    losses = segmentation_losses(segmentation, targets, config, torch.zeros(3, 2, dtype=torch.long))
    losses.total.backward()
    assert losses.total.isfinite()
    assert types.grad is not None
    assert types.grad.isfinite().all()


@pytest.mark.parametrize("type_targets", [None, torch.zeros(3, 2, dtype=torch.long)])
def test_losses_are_float32_though_the_head_computes_in_bfloat16(
    logits: Tensor, targets: Tensor, type_targets: Tensor | None
) -> None:
    types = torch.rand(3, 2, 4).softmax(dim=-1).bfloat16()
    losses = segmentation_losses(
        segmentation_of(logits, types=types), targets, LossConfig(word_type_weight=0.3), type_targets
    )
    assert {losses.word_types.dtype, losses.total.dtype} == {torch.float32}
    expected = 0.0 if type_targets is None else -types[..., 0].double().log().mean().item()
    assert losses.word_types.item() == pytest.approx(expected, rel=1e-6)


def test_huge_logits_stay_finite(targets: Tensor) -> None:
    losses = segmentation_losses(
        segmentation_of(1e4 * (1 - 2 * targets)), targets, LossConfig(dice_weight=1.0)
    )
    assert losses.final.item() == pytest.approx(20e4, rel=1e-5)


@pytest.mark.parametrize("preset", PRESETS)
def test_decay_takes_weights_of_linear_layers_and_convolutions_alone(preset: str) -> None:
    head = make_head(PRESETS[preset])
    decayed = {id(weight) for weight in decayed_weights(head)}
    names = {name for name, parameter in head.named_parameters() if id(parameter) in decayed}
    free = {name for name, _ in head.named_parameters()} - names
    assert all(name.endswith(".weight") for name in names)
    for name in free:
        assert name.endswith(".bias") or "norm" in name or name.startswith("convlstm."), name
    assert not any("norm" in name or name.startswith("convlstm.") for name in names)


def test_the_penalty_is_half_the_sum_of_squares() -> None:
    head = make_head(small_config("official"))
    expected = 0.01 * sum(weight.detach().square().sum().item() for weight in decayed_weights(head)) / 2
    assert l2_penalty(head, 0.01).item() == pytest.approx(expected, rel=1e-5)


def test_a_few_steps_lower_the_loss() -> None:
    head, levels, text = (
        make_head(small_config("official", l2_rescale=True)),
        make_levels(2),
        make_text([3, 2]),
    )
    targets = torch.zeros(2, 20, 24)
    targets[0, :10], targets[1, :, 12:] = 1, 1
    optimiser, losses = torch.optim.Adam(head.parameters(), 1e-2), []
    for _ in range(30):
        segmentation = head.decode(head.encode_image(levels), text)
        loss = segmentation_losses(segmentation, targets, LossConfig(reduction="mean", dice_weight=0.5)).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize(
    "values", [{"target_grid": 0}, {"dice_weight": -1.0}, {"auxiliary_weight": float("nan")}]
)
def test_a_weight_or_grid_out_of_range_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(values))} must be at least"):
        LossConfig(**values)


def test_an_unknown_reduction_is_refused() -> None:
    with pytest.raises(ValueError, match="reduction"):
        LossConfig(reduction="median")
