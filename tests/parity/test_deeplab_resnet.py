"""The DeepLab backbone against numbers recorded from the authors' implementation, with seeded weights."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from refseg.models.backbones.base import Levels
from refseg.models.backbones.deeplab_resnet import DeepLabResNet101, tensorflow_names
from refseg.models.backbones.tensorflow_layout import from_tensorflow

RECORDED = Path(__file__).parent / "data" / "official_backbone_seeded.npz"


def seeded(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The rule by which the authors' network was filled before it was recorded."""
    x = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
    match name.rsplit("/", 1)[-1]:
        case "weights":
            x *= np.sqrt(2 / np.prod(shape[:-1])) / (64 if name == "conv1/weights" else 1)
        case "gamma":
            x = (1 + 0.1 * x) * (0.2 if "branch2c" in name else 1)
        case "beta" | "moving_mean":
            x *= 0.1
        case "moving_variance":
            x = np.exp(0.2 * x)
        case other:
            raise AssertionError(other)
    return x.astype(np.float32)


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    with np.load(RECORDED, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def levels(recorded: dict[str, np.ndarray]) -> Levels:
    shapes = {
        str(name): tuple(int(n) for n in str(shape).strip("()").replace("x", ",").split(",") if n.strip())
        for name, shape in zip(recorded["variable_names"], recorded["variable_shapes"], strict=True)
    }
    backbone = DeepLabResNet101()
    backbone.load_state_dict(
        {
            key: from_tensorflow(name, torch.from_numpy(seeded(name, shapes[name])))
            for key, name in tensorflow_names().items()
        }
    )
    image = torch.from_numpy(recorded["image_rgb_u8"]).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        found: Levels = backbone(image)
    return found


def test_the_name_table_covers_the_authors_variables_and_our_keys_exactly(
    recorded: dict[str, np.ndarray],
) -> None:
    names = tensorflow_names()
    assert sorted(names.values()) == sorted(str(name) for name in recorded["variable_names"])
    with torch.device("meta"):
        assert names.keys() == DeepLabResNet101().state_dict().keys()


@pytest.mark.parametrize("level", ["c3", "c4", "c5"])
def test_each_level_equals_the_recorded_one(
    levels: Levels, recorded: dict[str, np.ndarray], level: str
) -> None:
    ours = getattr(levels, level)[0].permute(1, 2, 0).numpy()
    theirs = recorded[level]
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    assert difference < 1e-4
