"""The dilated ResNets against torchvision's own segmenter and classifier; nothing is fetched."""

from pathlib import Path
from typing import NoReturn
from urllib.error import URLError

import pytest
import torch
import torchvision

from refseg.models.backbones.torchvision_resnet import (
    ResNet50,
    ResNet101,
    TorchvisionResNet,
    Weights,
    backbone_tensors,
)
from refseg.models.backbones.weights_file import load_exactly
from refseg.models.errors import WeightsNotFound


def with_random_statistics(network: torch.nn.Module) -> torch.nn.Module:
    for name, statistic in network.named_buffers():
        if name.endswith("running_mean"):
            statistic.copy_(0.1 * torch.randn_like(statistic))
        elif name.endswith("running_var"):
            statistic.copy_(0.1 + torch.rand_like(statistic))
    return network.eval()


@pytest.fixture(scope="module")
def segmenter() -> torch.nn.Module:
    return with_random_statistics(
        torchvision.models.segmentation.deeplabv3_resnet50(weights=None, weights_backbone=None)
    )


def test_the_weights_of_torchvisions_segmenter_give_its_backbones_features(
    segmenter: torch.nn.Module,
) -> None:
    ours = ResNet50()
    load_exactly(ours, backbone_tensors(segmenter.state_dict()), "a test")
    images = 255 * torch.rand(1, 3, 65, 48)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    normalised = (images / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    with torch.inference_mode():
        expected = segmenter.backbone(normalised)["out"]
        difference = (ours(images).c5 - expected).abs().max() / expected.abs().max()
    assert difference < 1e-5


def test_the_weights_of_torchvisions_classifier_fit_too() -> None:
    load_exactly(
        ResNet50(), backbone_tensors(torchvision.models.resnet50(weights=None).state_dict()), "a test"
    )


@pytest.mark.parametrize(("weights", "seen"), [("imagenet", "no"), ("coco-voc", "yes")])
def test_published_weights_are_loaded_with_their_provenance(
    segmenter: torch.nn.Module, monkeypatch: pytest.MonkeyPatch, weights: str, seen: str
) -> None:
    classifier = {
        name.removeprefix("backbone."): tensor
        for name, tensor in segmenter.state_dict().items()
        if name.startswith("backbone.")
    }
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url",
        lambda url, **_: segmenter.state_dict() if "deeplabv3_resnet50_coco" in url else classifier,
    )
    backbone = ResNet50.pretrained(weights)
    assert torch.equal(backbone.state_dict()["conv1.weight"], classifier["conv1.weight"])
    assert backbone.provenance.contains_refcoco == seen
    assert "ImageNet-1k" in backbone.provenance.trained_on


@pytest.mark.parametrize(
    ("kind", "weights", "command"),
    [
        (ResNet50, "coco-voc", "refseg download deeplab-resnet50"),
        (ResNet101, "imagenet", "refseg download resnet101"),
    ],
)
def test_weights_that_cannot_be_fetched_give_one_line_that_ends_with_a_command(
    monkeypatch: pytest.MonkeyPatch, kind: type[TorchvisionResNet], weights: Weights, command: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fail)
    with pytest.raises(WeightsNotFound, match=f"no route to host.*: {command}$"):
        kind.pretrained(weights)


def test_a_file_in_the_cache_that_was_cut_short_is_told_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "resnet50-0676ba61.pth").write_bytes(b"not weights")
    with pytest.raises(WeightsNotFound, match=r"refseg download resnet50$"):
        ResNet50.pretrained("imagenet")


def test_weights_of_an_unknown_name_are_refused() -> None:
    with pytest.raises(WeightsNotFound, match="--backbone resnet50:imagenet or resnet50:coco-voc"):
        ResNet50.pretrained("places")  # type: ignore[arg-type]
