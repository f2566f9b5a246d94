"""The backbone that a run starts from."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tiny_checkpoint import write_tiny_checkpoint

from refseg.encoders.errors import RefsegError
from refseg.models.backbone_file import save_backbone
from refseg.models.backbones import Provenance, build_backbone
from refseg.models.backbones.torchvision_resnet import ResNet50
from refseg.models.checkpoint import load_checkpoint
from refseg.models.errors import BackboneNotFound, CheckpointError, WeightsNotFound
from refseg_cli.data.download.assets import find_asset
from refseg_cli.engine.backbones import backbone_settings, load_backbone, tune_backbone
from refseg_cli.engine.run_config import BackboneConfig, RunConfig, read_run_config
from refseg_cli.engine.training_plan import TrainingRequest, make_plan
from refseg_cli.errors import ConfigError

LITE = BackboneConfig("efficientnet-lite0", ("random",))
CLIPS = BackboneConfig("i3d", ("random",))


@pytest.mark.parametrize("preset", ["official", "paper", "paper,ablations/table10-g0"])
def test_a_run_starts_from_imagenet_unless_told_otherwise(
    preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = ResNet50().state_dict()
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", lambda *_, **__: weights)
    config = read_run_config(preset).backbone
    assert (config.name, config.weights, config.tuned_stages) == ("resnet101", ("imagenet",), 0)
    found = load_backbone(replace(config, name="resnet50"), Path())
    assert found.provenance == Provenance(("ImageNet-1k",), "no")
    assert torch.equal(found.state_dict()["conv1.weight"], weights["conv1.weight"])


def test_no_weights_are_an_error_and_random_ones_are_asked_for() -> None:
    with pytest.raises(
        ConfigError, match="no weights to start from: --backbone resnet101:imagenet"
    ) as caught:
        load_backbone(replace(LITE, weights=()), Path())
    assert str(caught.value).endswith("--backbone efficientnet-lite0:random")
    with pytest.raises(ConfigError, match="no weights"):
        make_plan(TrainingRequest(settings=("backbone.weights=[]",)))
    assert load_backbone(LITE, Path()).provenance == Provenance((), "no")


@pytest.mark.parametrize("form", ["whole model", "backbone alone"])
def test_a_checkpoint_brings_architecture_weights_and_provenance(form: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    if form == "whole model":
        theirs = load_checkpoint(write_tiny_checkpoint(path, backbone=["Places365"])).segmenter.backbone
    else:
        theirs = build_backbone({"name": "efficientnet-lite0"})
        theirs.provenance = Provenance(("Places365",), "unknown")
        save_backbone(path, theirs, {"source": "made up"})
    ours = load_backbone(BackboneConfig(weights=("mine.safetensors",)), tmp_path)
    assert ours.config() == {"name": "efficientnet-lite0"}
    assert ours.provenance == Provenance(("Places365",), "unknown")
    assert all(map(torch.equal, ours.state_dict().values(), theirs.state_dict().values()))


def test_the_bundled_checkpoint_stands_for_its_two_backbones() -> None:
    found = load_backbone(BackboneConfig(weights=("small",)), Path())
    assert found.name == "pair"
    assert found.provenance == Provenance(("ImageNet-1k", "COCO (detection)"), "yes")


def test_a_backbone_alone_is_no_model_and_says_what_it_is_good_for(tmp_path: Path) -> None:
    path = tmp_path / "alone.safetensors"
    save_backbone(path, build_backbone({"name": "efficientnet-lite0"}), {})
    with pytest.raises(CheckpointError, match="a backbone alone: refseg train --backbone"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("asked", "name", "weights", "run"),
    [
        ("resnet101", "resnet101", "imagenet", "official"),
        ("resnet101:coco-voc", "resnet101", "coco-voc", "official+resnet101-coco-voc"),
        ("resnet50:imagenet", "resnet50", "imagenet", "official+resnet50-imagenet"),
        ("efficientnet-lite0:random", "efficientnet-lite0", "random", "official+efficientnet-lite0-random"),
        ("small", "pair", "small", "official+pair-small"),
    ],
)
def test_the_option_stands_over_all_settings_and_into_the_name_of_the_run(
    asked: str, name: str, weights: str, run: str
) -> None:
    settings = ("backbone.name=deeplab-resnet101", "backbone.weights=['other']", "backbone.tuned_stages=2")
    plan = make_plan(TrainingRequest(dataset="shapes", settings=settings, backbone=asked))
    assert plan.config.backbone == BackboneConfig(name, (weights,), tuned_stages=2)
    assert plan.folder.path == Path("runs/shapes", run)
    assert f'backbone.weights=["{weights}"]' in plan.facts["settings"]


def test_it_also_stands_over_a_preset_with_two_backbones() -> None:
    plan = make_plan(TrainingRequest(dataset="shapes", preset="small", backbone="resnet50"))
    assert plan.config.backbone == BackboneConfig("resnet50", ("imagenet",))
    assert make_plan(TrainingRequest(dataset="shapes", preset="small")).folder.path.name == "small"


def test_a_checkpoint_is_found_where_it_was_named_and_not_in_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_tiny_checkpoint(tmp_path / "zoë 1.safetensors")
    plan = make_plan(TrainingRequest(dataset="shapes", backbone="zoë 1.safetensors", data=Path("data")))
    assert plan.config.backbone.name == "efficientnet-lite0"
    assert plan.folder.path.name == "official+efficientnet-lite0-zoë-1"
    assert load_backbone(plan.config.backbone, plan.root).name == "efficientnet-lite0"


def test_i3d_starts_from_the_file_that_the_download_brings() -> None:
    (file,) = find_asset("i3d").files
    assert backbone_settings("i3d")[0] == f'backbone.weights=["{file.to}"]'
    with pytest.raises(WeightsNotFound, match=r"data/i3d/rgb_imagenet\.pt: no such weights file"):
        load_backbone(BackboneConfig("i3d", (file.to,)), Path("data"))


def test_files_are_found_where_they_were_named_or_else_in_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here.pt").touch()
    assert backbone_settings("i3d:here.pt")[0] == f'backbone.weights=["{tmp_path / "here.pt"}"]'
    assert backbone_settings("i3d:there.pt")[0] == 'backbone.weights=["there.pt"]'


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("kinetics.pt", "need the name of their backbone, such as: refseg train --backbone i3d:kinetics.pt"),
        ("others.safetensors", "such as: refseg train --backbone i3d:others.safetensors"),
        ("i3d:tiny.safetensors", "holds the backbone efficientnet-lite0, not i3d: refseg train --backbone"),
    ],
)
def test_a_file_that_is_something_else_is_refused_with_what_to_type(
    asked: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({}, "kinetics.pt")
    save_file({"weight": torch.zeros(1)}, "others.safetensors")
    write_tiny_checkpoint(Path("tiny.safetensors"))
    with pytest.raises(RefsegError, match=told):
        backbone_settings(asked)


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ("resnet11", BackboneNotFound, "did you mean 'resnet101'"),
        ("gone.safetensors", CheckpointError, "there is no checkpoint"),
    ],
)
def test_what_is_neither_name_nor_checkpoint_is_refused(
    asked: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        backbone_settings(asked)


@pytest.mark.parametrize(
    ("config", "error", "told"),
    [
        (BackboneConfig("deeplab-resnet101"), ConfigError, "refseg checkpoints import .* --backbone-only"),
        (BackboneConfig("resnet50", ("places",)), WeightsNotFound, "resnet50 has no weights 'places'"),
        (BackboneConfig("resnet50", ("imagenet", "coco-voc")), ConfigError, "cannot start from 2 files"),
        (BackboneConfig("efficientnet-lite0"), WeightsNotFound, "imagenet: no such weights file"),
        (BackboneConfig("pair", first=LITE), ConfigError, "needs backbone.first and backbone.second"),
        (BackboneConfig("pair", first=LITE, second=CLIPS), ConfigError, "i3d looks at clips"),
    ],
)
def test_weights_that_do_not_suit_the_backbone_are_refused(
    config: BackboneConfig, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        load_backbone(config, Path())


def test_more_stages_than_there_are_cannot_be_tuned_nor_those_whose_levels_are_kept() -> None:
    backbone = build_backbone({"name": "efficientnet-lite0"})
    too_many = RunConfig(backbone=replace(LITE, tuned_stages=4))
    with pytest.raises(
        ConfigError, match=r"has 3 stages that can be tuned, got 4: --set backbone\.tuned_stages"
    ):
        tune_backbone(backbone, too_many)
    settings = ["backbone.tuned_stages=1", "training.cache_levels=true"]
    with pytest.raises(ConfigError, match=r"cannot be kept: --set training\.cache_levels=false"):
        tune_backbone(backbone, read_run_config("official", None, settings))
    with pytest.raises(ConfigError, match="backbone: tuned_stages must not be negative, got -1"):
        read_run_config("official", None, ["backbone.tuned_stages=-1"])
