"""The MobileNetV2 of SSD, its published weights and its map of classes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from refseg.models.backbones.mobilenet import N_CLASSES, ClassPredictor, MobileNetV2SSD, tensorflow_names
from refseg.models.backbones.provenance import Provenance
from refseg.models.errors import CheckpointError

COCO_LABELS = {"person": 1, "car": 3}


@pytest.fixture(scope="module")
def weights(shared: Path) -> tuple[Path, Path]:
    folder = shared / "data/weights"
    return folder / "ssd_mobilenet_v2_coco_backbone.npz", folder / "ssd_mobilenet_v2_coco_classes.npz"


def test_the_name_table_covers_every_tensor_once() -> None:
    names = tensorflow_names()
    assert names.keys() == MobileNetV2SSD().state_dict().keys()
    assert len(set(names.values())) == len(names)


def test_the_published_weights_load_and_the_class_scores_follow_the_features(
    weights: tuple[Path, Path],
) -> None:
    plain, scored = MobileNetV2SSD.from_file(weights[0]), MobileNetV2SSD.from_file(*weights)
    image = 255 * torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        without, with_scores = plain(image), scored(image)
    assert torch.equal(without.c3, with_scores.c3)
    assert torch.equal(without.c4, with_scores.c4[:, :96])
    assert torch.equal(without.c5, with_scores.c5)
    scores = with_scores.c4[:, 96:]
    assert scores.shape == (1, N_CLASSES, 4, 6)
    assert 0 <= scores.min() <= scores.max() <= 1
    assert scored.provenance == Provenance(("COCO (detection)",), "yes")


@pytest.mark.parametrize(("photo", "category"), [("000000423617", "car"), ("000000214753", "person")])
def test_the_class_map_finds_what_a_photo_shows(
    shared: Path, weights: tuple[Path, Path], photo: str, category: str
) -> None:
    side = 300  # the size that SSD was trained at
    facts = json.loads((shared / f"data/photos/{photo}.json").read_text())
    boxes = [thing["bbox"] for thing in facts["objects"] if thing["category"] == category]
    picture = Image.open(shared / f"data/photos/{photo}.jpg").convert("RGB").resize((side, side))
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        scores = MobileNetV2SSD.from_file(*weights)(pixels).c4[0, 96:]
    label, row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    x, y = (column + 0.5) * 16 / side * facts["width"], (row + 0.5) * 16 / side * facts["height"]
    assert label + 1 == COCO_LABELS[category]
    assert any(left <= x <= left + w and top <= y <= top + h for left, top, w, h in boxes)


def test_a_class_score_is_its_best_anchor_without_the_background() -> None:
    predictor = ClassPredictor()
    bias = torch.full((3 * 91,), -20.0)
    bias[0 * 91 + 0] = 20.0  # background
    bias[1 * 91 + 18] = 0.0  # a dog, by the second anchor
    predictor.load_state_dict({"conv.weight": torch.zeros_like(predictor.conv.weight), "conv.bias": bias})
    scores = predictor(torch.rand(1, 576, 2, 2))
    expected = torch.zeros(1, N_CLASSES, 2, 2)
    expected[:, 18 - 1] = 0.5
    torch.testing.assert_close(scores, expected)


def test_the_wrong_file_gives_one_clear_line(weights: tuple[Path, Path]) -> None:
    with pytest.raises(CheckpointError, match="does not hold the weights of mobilenet-v2-ssd") as caught:
        MobileNetV2SSD.from_file(weights[1], weights[0])
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3
