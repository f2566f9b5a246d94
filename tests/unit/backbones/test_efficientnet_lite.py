"""EfficientNet-Lite0 and its published weights."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from refseg.models.backbones.efficientnet_lite import EfficientNetLite0
from refseg.models.backbones.provenance import IMAGENET
from refseg.models.errors import CheckpointError, WeightsNotFound


def test_every_published_tensor_but_the_classifiers_widening_is_loaded(shared: Path) -> None:
    path = shared / "data/weights/efficientnet_lite0_imagenet.safetensors"
    backbone, published = EfficientNetLite0.from_file(path), load_file(path)
    state = backbone.state_dict()
    assert published.keys() - state.keys() == {"_conv_head.weight"} | {
        f"_bn1.{part}" for part in ("weight", "bias", "running_mean", "running_var")
    }
    assert all(torch.equal(tensor, published[name]) for name, tensor in state.items())
    assert backbone.provenance == IMAGENET


def test_a_file_that_is_not_there_gives_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WeightsNotFound, match="no such weights file") as caught:
        EfficientNetLite0.from_file(tmp_path / "weights.safetensors")
    assert "\n" not in str(caught.value)


def test_a_tensor_of_another_shape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(EfficientNetLite0().state_dict() | {"_bn0.bias": torch.zeros(7)}, path)
    with pytest.raises(CheckpointError, match=r"efficientnet-lite0: 1 of another shape \(_bn0.bias\)"):
        EfficientNetLite0.from_file(path)
