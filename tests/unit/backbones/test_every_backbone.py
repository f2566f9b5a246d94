"""What holds for every backbone, whatever its weights."""

import json
from typing import Any

import pytest
import torch

from refseg.models.backbones import Backbone, Levels, Provenance, build_backbone

STRIDES = {
    "deeplab-resnet101": (8, 8, 8),
    "resnet50": (8, 8, 8),
    "resnet101": (8, 8, 8),
    "efficientnet-lite0": (8, 16, 32),
    "mobilenet-v2-ssd": (8, 16, 32),
    "pair": (8, 16, 32),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "pair": {
        "first": {"name": "efficientnet-lite0"},
        "second": {"name": "mobilenet-v2-ssd", "class_scores": True},
    }
}


@pytest.fixture(scope="module", params=STRIDES)
def backbone(request: pytest.FixtureRequest) -> Backbone:
    torch.manual_seed(0)
    return build_backbone({"name": request.param} | OPTIONS.get(request.param, {}))


def look(backbone: Backbone, images: torch.Tensor) -> Levels:
    with torch.inference_mode():
        levels: Levels = backbone(images)
    return levels


@pytest.mark.parametrize("size", [(64, 64), (65, 47), (1, 1), (33, 100)])
def test_every_level_has_its_width_and_stride(backbone: Backbone, size: tuple[int, int]) -> None:
    levels = look(backbone, 255 * torch.rand(1, 3, *size))
    for level, channels, stride in zip(levels, backbone.channels, STRIDES[backbone.name], strict=True):
        assert level.shape == (1, channels, -(-size[0] // stride), -(-size[1] // stride))
        assert level.isfinite().all()


def test_a_batch_equals_its_images_one_by_one(backbone: Backbone) -> None:
    images = 255 * torch.rand(3, 3, 48, 40)
    together = look(backbone, images)
    for index, image in enumerate(images):
        for level, alone in zip(together, look(backbone, image[None]), strict=True):
            torch.testing.assert_close(
                level[index], alone[0], rtol=1e-4, atol=1e-4 * float(alone.abs().max())
            )


def test_its_configuration_builds_the_same_architecture_again(backbone: Backbone) -> None:
    again = build_backbone(json.loads(json.dumps(backbone.config())))
    assert type(again) is type(backbone)
    assert again.config() == backbone.config()
    assert again.channels == backbone.channels
    again.load_state_dict(backbone.state_dict())
    image = 255 * torch.rand(1, 3, 32, 32)
    assert all(map(torch.equal, look(again, image), look(backbone, image)))


def test_training_mode_and_the_rest_of_the_batch_do_not_change_its_features(backbone: Backbone) -> None:
    image = 255 * torch.rand(1, 3, 32, 32)
    assert all(map(torch.equal, look(backbone.train(), image), look(backbone.eval(), image)))


def test_random_weights_have_seen_no_data(backbone: Backbone) -> None:
    assert backbone.provenance == Provenance((), "no")


def test_tuning_its_last_stages_trains_their_kernels_and_nothing_before_them(backbone: Backbone) -> None:
    n_tuned = []
    for n_stages in range(4):
        backbone.tune(n_stages)
        tuned = {name for name, weight in backbone.named_parameters() if weight.requires_grad}
        n_tuned.append(len(tuned))
        backbone.zero_grad()
        levels = backbone(255 * torch.rand(1, 3, 32, 32))
        # a level moves with the stages from which it comes, the class scores with the stage after it
        moves = [level.requires_grad for level in levels]
        assert moves[::2] == [n_stages >= 3, n_stages >= 1]
        if n_stages:
            sum(level.sum() for level in levels).backward()
        graded = {name for name, weight in backbone.named_parameters() if weight.grad is not None}
        assert graded == tuned
        kinds = {type(backbone.get_submodule(name.rpartition(".")[0])) for name in tuned}
        assert all(issubclass(kind, torch.nn.Conv2d) for kind in kinds)
    assert n_tuned[0] == 0
    assert n_tuned == sorted(set(n_tuned))
    with pytest.raises(ValueError, match="3 stages"):
        backbone.tune(4)
    backbone.tune(0)


@pytest.mark.parametrize(
    ("name", "colour", "expected"),
    [
        ("efficientnet-lite0", (127, 255, 0), (0, 1, -127 / 128)),
        ("mobilenet-v2-ssd", (0, 127.5, 255), (-1, 0, 1)),
        # blue comes first, and what is subtracted is the mean of that channel
        ("deeplab-resnet101", (122.67891434, 117.66876762, 106.00698793), (2, 1, 0)),
        ("resnet50", (123.675, 0, 255), (0, -0.456 / 0.224, (1 - 0.406) / 0.225)),
    ],
)
def test_it_normalises_the_picture_as_its_weights_were_trained(
    name: str, colour: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    backbone = build_backbone({"name": name})
    seen: list[torch.Tensor] = []
    first = next(module for module in backbone.modules() if isinstance(module, torch.nn.Conv2d))
    first.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    look(backbone, torch.tensor(colour, dtype=torch.float32).view(1, 3, 1, 1).expand(1, 3, 16, 16))
    torch.testing.assert_close(
        seen[0][0, :, 0, 0], torch.tensor(expected, dtype=torch.float32), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("name", ["efficientnet-lite0", "mobilenet-v2-ssd"])
def test_moving_the_picture_by_one_stride_moves_the_features_by_one_cell(name: str) -> None:
    wide = 255 * torch.rand(1, 3, 160, 168)
    backbone = build_backbone({"name": name})
    before, after = look(backbone, wide[..., :160]).c3, look(backbone, wide[..., 8:]).c3
    inner = slice(7, 13)  # cells that no border reaches
    torch.testing.assert_close(before[..., inner, 8:14], after[..., inner, inner], rtol=1e-4, atol=1e-5)
