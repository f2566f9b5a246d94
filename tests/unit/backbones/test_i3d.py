"""Inception-I3D against its published table of layers, worked through with plain functions of PyTorch."""

from math import ceil, inf
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from refseg.models.backbones import Backbone, Provenance, build_backbone
from refseg.models.backbones.i3d import I3D, backbone_tensors, frames_per_level
from refseg.models.backbones.weights_file import load_exactly
from refseg.models.errors import CheckpointError, WeightsNotFound

STEM = {"Conv3d_1a_7x7": (3, 64, 7), "Conv3d_2b_1x1": (64, 64, 1), "Conv3d_2c_3x3": (64, 192, 3)}
# Carreira and Zisserman: inputs, 1×1, 1×1 → 3×3, 1×1 → 3×3, pooling → 1×1
MIXED = {
    "Mixed_3b": (192, 64, (96, 128), (16, 32), 32),
    "Mixed_3c": (256, 128, (128, 192), (32, 96), 64),
    "Mixed_4b": (480, 192, (96, 208), (16, 48), 64),
    "Mixed_4c": (512, 160, (112, 224), (24, 64), 64),
    "Mixed_4d": (512, 128, (128, 256), (24, 64), 64),
    "Mixed_4e": (512, 112, (144, 288), (32, 64), 64),
    "Mixed_4f": (528, 256, (160, 320), (32, 128), 128),
    "Mixed_5b": (832, 256, (160, 320), (32, 128), 128),
    "Mixed_5c": (832, 384, (192, 384), (48, 128), 128),
}
Tensors = dict[str, torch.Tensor]


def units() -> dict[str, tuple[int, int, int]]:
    """Inputs, outputs and kernel of every convolution by its public name."""
    table = dict(STEM)
    for name, (inputs, single, first, second, pooled) in MIXED.items():
        table |= {f"{name}.b0": (inputs, single, 1)}
        table |= {f"{name}.b1a": (inputs, first[0], 1), f"{name}.b1b": (*first, 3)}
        table |= {f"{name}.b2a": (inputs, second[0], 1), f"{name}.b2b": (*second, 3)}
        table |= {f"{name}.b3b": (inputs, pooled, 1)}
    return table


def public_weights(seed: int = 0) -> Tensors:
    """Random weights with the names, shapes and order of rgb_imagenet.pt."""
    torch.manual_seed(seed)
    tensors: Tensors = {}
    for name, (inputs, outputs, kernel) in units().items():
        scale = (2 / (inputs * kernel**3)) ** 0.5
        tensors[f"{name}.conv3d.weight"] = scale * torch.randn(outputs, inputs, *(kernel,) * 3)
        tensors[f"{name}.bn.weight"] = 0.5 + torch.rand(outputs)
        tensors[f"{name}.bn.bias"] = 0.1 * torch.randn(outputs)
        tensors[f"{name}.bn.running_mean"] = 0.1 * torch.randn(outputs)
        tensors[f"{name}.bn.running_var"] = 0.5 + torch.rand(outputs)
    tensors["logits.conv3d.weight"] = torch.randn(400, 1024, 1, 1, 1)
    tensors["logits.conv3d.bias"] = torch.randn(400)
    return tensors


@pytest.fixture(scope="module")
def weights() -> Tensors:
    return public_weights()


@pytest.fixture(scope="module")
def i3d(weights: Tensors) -> I3D:
    backbone = I3D()
    load_exactly(backbone, backbone_tensors(weights), "a test")
    return backbone


def padded(features: torch.Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], value: float):
    """SAME by its definition, one axis after the other."""
    for axis in range(3):
        size = features.shape[axis + 2]
        total = max((ceil(size / stride[axis]) - 1) * stride[axis] + kernel[axis] - size, 0)
        pads = [0] * 6
        pads[4 - 2 * axis], pads[5 - 2 * axis] = total // 2, total - total // 2
        features = F.pad(features, pads, value=value)
    return features


def unit(weights: Tensors, name: str, features: torch.Tensor, stride: int = 1) -> torch.Tensor:
    kernel = weights[f"{name}.conv3d.weight"]
    cells = padded(features, tuple(kernel.shape[2:]), (stride,) * 3, 0.0)
    mean, var, scale, shift = (
        weights[f"{name}.bn.{part}"].view(-1, 1, 1, 1)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return ((F.conv3d(cells, kernel, stride=stride) - mean) / (var + 1e-3).sqrt() * scale + shift).relu()


def pool(features: torch.Tensor, kernel: tuple[int, ...], stride: tuple[int, ...]) -> torch.Tensor:
    return F.max_pool3d(padded(features, kernel, stride, -inf), kernel, stride)


def mixed(weights: Tensors, name: str, x: torch.Tensor) -> torch.Tensor:
    views = (
        unit(weights, f"{name}.b0", x),
        unit(weights, f"{name}.b1b", unit(weights, f"{name}.b1a", x)),
        unit(weights, f"{name}.b2b", unit(weights, f"{name}.b2a", x)),
        unit(weights, f"{name}.b3b", pool(x, (3, 3, 3), (1, 1, 1))),
    )
    return torch.cat(views, dim=1)


def expected_levels(weights: Tensors, clips: torch.Tensor) -> list[torch.Tensor]:
    x = unit(weights, "Conv3d_1a_7x7", clips / 127.5 - 1, stride=2)
    x = unit(weights, "Conv3d_2b_1x1", pool(x, (1, 3, 3), (1, 2, 2)))
    x = pool(unit(weights, "Conv3d_2c_3x3", x), (1, 3, 3), (1, 2, 2))
    before = {"Mixed_4b": (3, 3, 3), "Mixed_5b": (2, 2, 2)}
    levels = []
    for name in MIXED:
        if name in before:
            levels.append(x)
            x = pool(x, before[name], (2, 2, 2))
        x = mixed(weights, name, x)
    return [*levels, x]


@pytest.mark.parametrize("shape", [(8, 64, 64), (5, 37, 50), (1, 16, 16)])
def test_every_level_equals_the_published_layers_worked_through(
    i3d: I3D, weights: Tensors, shape: tuple[int, int, int]
) -> None:
    clips = 255 * torch.rand(1, 3, *shape)
    with torch.inference_mode():
        found, expected = i3d(clips), expected_levels(weights, clips)
    for level, wanted in zip(found, expected, strict=True):
        assert level.shape == wanted.shape
        assert float((level - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())


def test_eight_frames_of_320_give_the_shapes_of_the_paper(i3d: I3D) -> None:
    with torch.device("meta"):
        shapes = [level.shape for level in I3D()(torch.empty(2, 3, 8, 320, 320))]
    assert shapes == [(2, 480, 4, 40, 40), (2, 832, 2, 20, 20), (2, 1024, 1, 10, 10)]
    assert i3d.clip_frames == 8
    assert i3d.channels == tuple(shape[1] for shape in shapes)


@pytest.mark.parametrize("n_frames", [1, 2, 3, 5, 8, 9, 16])
def test_the_frames_that_each_level_keeps_are_told_beforehand(n_frames: int) -> None:
    with torch.device("meta"):
        levels = I3D()(torch.empty(1, 3, n_frames, 32, 32))
    assert frames_per_level(n_frames) == tuple(level.shape[2] for level in levels)


@pytest.mark.parametrize("as_zip", [True, False])  # the public file is of the time before zip
def test_a_file_in_the_public_layout_loads_with_nothing_missing_or_left_over(
    weights: Tensors, tmp_path: Path, as_zip: bool
) -> None:
    path = tmp_path / "rgb_imagenet.pt"
    torch.save(weights, path, _use_new_zipfile_serialization=as_zip)
    backbone = I3D.from_file(path)
    loaded = backbone.state_dict()
    assert set(loaded) == {name for name in weights if not name.startswith("logits.")}
    assert all(torch.equal(tensor, weights[name]) for name, tensor in loaded.items())
    assert backbone.provenance == Provenance(("ImageNet-1k", "Kinetics-400"), "no")


def test_the_same_weights_load_from_a_file_that_cannot_run_anything(weights: Tensors, tmp_path: Path) -> None:
    save_file(weights, path := tmp_path / "rgb_imagenet.safetensors")
    loaded = I3D.from_file(path).state_dict()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in loaded.items())


def test_counters_of_newer_files_are_left_out_and_other_weights_are_refused(
    weights: Tensors, tmp_path: Path
) -> None:
    counters = {f"{name}.bn.num_batches_tracked": torch.tensor(7) for name in units()}
    assert backbone_tensors(weights | counters).keys() == backbone_tensors(weights).keys()
    path = tmp_path / "flow.pt"
    torch.save({"Conv3d_1a_7x7.conv3d.weight": torch.zeros(64, 2, 7, 7, 7)}, path)
    with pytest.raises(CheckpointError, match=r"flow\.pt does not hold the weights of i3d: 284 missing"):
        I3D.from_file(path)
    with pytest.raises(WeightsNotFound):
        I3D.from_file(tmp_path / "none.pt")


def test_it_is_built_by_name_and_its_configuration_builds_it_again(i3d: I3D) -> None:
    again = build_backbone(i3d.config())
    assert isinstance(again, I3D)
    again.load_state_dict(i3d.state_dict())


def test_neither_training_mode_nor_the_other_clips_of_a_batch_change_a_clip(i3d: I3D) -> None:
    clips = 255 * torch.rand(2, 3, 4, 32, 32)
    with torch.inference_mode():
        together, alone = i3d.train()(clips), i3d.eval()(clips[1:])
    for level, one in zip(together, alone, strict=True):
        torch.testing.assert_close(level[1:], one, rtol=1e-4, atol=1e-5 * float(one.abs().max()))


def test_the_order_of_frames_changes_what_it_sees(i3d: I3D) -> None:
    clips = 255 * torch.rand(1, 3, 8, 32, 32)
    with torch.inference_mode():
        forwards, backwards = i3d(clips).c5, i3d(clips.flip(2)).c5
    assert float((forwards - backwards).abs().max()) > 0.01 * float(forwards.abs().max())


def test_tuning_its_last_stages_trains_their_kernels_alone(i3d: I3D) -> None:
    n_tuned = []
    for n_stages in range(4):
        i3d.tune(n_stages)
        tuned = {name for name, weight in i3d.named_parameters() if weight.requires_grad}
        assert all(name.startswith("Mixed_") and name.endswith("conv3d.weight") for name in tuned)
        n_tuned.append(len(tuned))
    assert n_tuned == [0, 2 * 6, 7 * 6, 9 * 6]
    i3d.tune(0)


def test_a_picture_is_no_clip(i3d: I3D) -> None:
    assert Backbone.clip_frames == 1
    with pytest.raises(ValueError, match=r"clips \(B, 3, F, H, W\)"):
        i3d(torch.zeros(1, 3, 32, 32))
