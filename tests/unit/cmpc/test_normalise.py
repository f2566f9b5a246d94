"""The two normalisations against what they say of themselves, written out."""

import pytest
import torch
from heads import PRESETS, make_head, make_levels, make_text, small_config
from torch import Tensor

from refseg.models.cmpc.level import LevelFeatures
from refseg.models.cmpc.normalise import JointNorm, UnitLength


@pytest.mark.parametrize(("rescale", "length"), [(False, 1.0), (True, 3.0)])
def test_every_vector_gets_the_wanted_length_and_keeps_its_direction(rescale: bool, length: float) -> None:
    unit = UnitLength(small_config("official", l2_rescale=rescale))
    vectors = torch.randn(2, 5, 9) * torch.tensor([1e-3, 1.0, 1e3, 0.1, 10.0])[:, None]
    found = unit(vectors)
    torch.testing.assert_close(found, length * vectors / vectors.square().sum(-1, keepdim=True).sqrt())


def test_a_vector_of_zeros_stays_so_and_has_a_gradient() -> None:
    vectors = torch.zeros(1, 4, requires_grad=True)
    found = UnitLength(PRESETS["official"])(vectors)
    found.sum().backward()
    assert found.tolist() == [[0.0] * 4]
    assert vectors.grad is not None
    assert vectors.grad.isfinite().all()


@pytest.mark.parametrize("rescale", [False, True])
def test_a_vector_of_zeros_stays_so_in_half_precision(rescale: bool) -> None:
    unit = UnitLength(small_config("official", l2_rescale=rescale))
    assert unit(torch.zeros(1, 1000, dtype=torch.float16)).eq(0).all()


def test_without_l2_normalisation_vectors_pass_as_they_are() -> None:
    vectors = torch.randn(3, 4)
    assert UnitLength(PRESETS["paper"])(vectors) is vectors


def joint_norm(width: int) -> JointNorm:
    norm = JointNorm(width)
    with torch.no_grad():
        norm.weight.copy_(torch.rand(width))
        norm.bias.copy_(torch.rand(width))
    return norm


def test_regions_and_channels_share_one_mean_and_one_variance() -> None:
    norm, features = joint_norm(4), 3 * torch.randn(2, 5, 4) + 1
    mean = features.mean(dim=(1, 2), keepdim=True)
    variance = (features - mean).square().mean(dim=(1, 2), keepdim=True)
    expected = norm.weight * (features - mean) / variance.sqrt() + norm.bias
    torch.testing.assert_close(norm(features), expected)


def test_gain_and_offset_have_the_gradients_of_a_product_and_a_sum() -> None:
    norm, features, upstream = joint_norm(4), torch.randn(2, 5, 4), torch.randn(2, 5, 4)
    norm(features).backward(upstream)
    normal = (norm(features) - norm.bias) / norm.weight
    torch.testing.assert_close(norm.weight.grad, (normal * upstream).sum(dim=(0, 1)).detach())
    torch.testing.assert_close(norm.bias.grad, upstream.sum(dim=(0, 1)))


def test_a_joint_norm_answers_in_the_precision_of_its_gains() -> None:
    assert joint_norm(4)(torch.randn(2, 5, 4, dtype=torch.bfloat16)).dtype is torch.float32


@pytest.mark.parametrize(
    ("changes", "copies"), [({}, 0), ({"concat_multimodal": False}, 3), ({"entity_perception": False}, 3)]
)
def test_the_visual_features_are_copied_for_each_expression_only_where_they_are_read(
    changes: dict[str, bool], copies: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    plain = LevelFeatures.visual_of

    def counted(level: LevelFeatures, n_expressions: int) -> Tensor:
        made.append(n_expressions)
        return plain(level, n_expressions)

    monkeypatch.setattr(LevelFeatures, "visual_of", counted)
    head = make_head(small_config("official", **changes))
    head.decode(head.encode_image(make_levels(2)), make_text([3, 1, 2, 4]))
    assert made == [4] * copies
