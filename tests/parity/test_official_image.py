"""The head for images against every number recorded from the authors' implementation, with their weights."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from parity.recorded_case import COMMON, LEVELS, SIZE, Case
from parity.reference import CONFIG, IMAGE, arrays, case_inputs, official_parts
from torch import nn

from refseg.encoders.lstm import LstmGlove
from refseg.models.backbones.deeplab_resnet import DeepLabResNet101
from refseg.models.cmpc import CmpcConfig, CmpcImage, Segmentation
from refseg.models.losses import LossConfig, decayed_weights, l2_penalty, segmentation_losses
from refseg.models.tensorflow import convert, official_rows


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(IMAGE)


@pytest.fixture(scope="module")
def recorded() -> dict[str, NDArray[np.float32]]:
    return arrays(IMAGE, "case/")


@pytest.fixture(scope="module")
def variables() -> dict[str, NDArray[np.float32]]:
    return arrays(IMAGE, "params/")


@pytest.mark.parametrize("name", COMMON)
def test_the_recorded_value_comes_out(
    case: Case, recorded: dict[str, NDArray[np.float32]], name: str
) -> None:
    found = case.found[name].numpy().reshape(recorded[name].shape)
    np.testing.assert_allclose(found, recorded[name], rtol=0, atol=COMMON[name])


def test_every_recorded_value_is_compared(recorded: dict[str, NDArray[np.float32]]) -> None:
    assert set(COMMON) == {name for name in recorded if not name.startswith("in_")} - {
        "words",
        "valid_idx",
    }


def test_padding_on_the_right_is_the_authors_padding_on_the_left(
    case: Case, recorded: dict[str, NDArray[np.float32]]
) -> None:
    words = [f"word{number}" for number in recorded["words"][int(recorded["valid_idx"][0, 0]) :]]
    assert case.expression.split() == words  # 7 of 20 places, the 13 before them padding
    longer = " ".join([*words, *words, *words])
    with torch.no_grad():
        text = case.encoder.encode([longer, case.expression])
        both = case.head.decode(case.image, text)
    assert text.is_word.sum(dim=1).tolist() == [20, 7]
    np.testing.assert_allclose(both.logits(SIZE)[1], recorded["up"][0, ..., 0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(both.word_types[1, :7], recorded["words_parse"][0, 0], rtol=0, atol=1e-5)


def test_the_losses_are_the_recorded_ones(case: Case) -> None:
    recorded = arrays("official_image_small_losses.npz")
    targets = torch.from_numpy(recorded["mask"])[None]
    losses = segmentation_losses(case.segmentation, targets, LossConfig())
    penalty = l2_penalty(case.head, 5e-4)
    found = {
        "cls_loss": losses.final,
        **{f"cls_loss_{level}": loss for level, loss in zip(LEVELS, losses.levels, strict=True)},
        "cls_loss_all": losses.total,
        "reg_loss": penalty,
        "cost": losses.total + penalty,
    }
    for name, value in found.items():
        assert value.item() == pytest.approx(float(recorded[f"step0/{name}"]), rel=1e-5), name
    assert {f"step0/{name}" for name in found} == recorded.keys() - {"mask", "step0/lr"}


def test_the_weights_under_decay_are_the_variables_named_dw(
    case: Case, variables: dict[str, NDArray[np.float32]]
) -> None:
    kernels = [value for name, value in variables.items() if "DW" in name]
    assert len(kernels) == 93
    assert sum(weight.numel() for weight in decayed_weights(case.head)) == sum(
        kernel.size for kernel in kernels
    )


def test_every_variable_has_its_place_and_comes_back_unchanged(
    variables: dict[str, NDArray[np.float32]],
) -> None:
    rows = official_rows(CONFIG, with_backbone=False)
    there = convert(rows, variables)
    back = convert(rows, there, to="tensorflow")
    assert back.keys() == variables.keys()
    for name, value in variables.items():
        # The forget bias is added and taken away again: the one place where a bit may be lost.
        rounding = 2 * np.finfo(np.float32).eps if name.endswith("basic_lstm_cell/bias") else 0
        np.testing.assert_allclose(back[name], value, rtol=0, atol=rounding, err_msg=name)


def test_every_tensor_of_the_model_comes_from_a_variable(
    case: Case, variables: dict[str, NDArray[np.float32]]
) -> None:
    converted = convert(official_rows(CONFIG, with_backbone=False), variables)
    parts = {"text_encoder.": case.encoder, "head.": case.head}
    state = {
        prefix + name: value for prefix, part in parts.items() for name, value in part.state_dict().items()
    }
    assert converted.keys() == state.keys()
    assert {name: value.shape for name, value in converted.items()} == {
        name: tuple(value.shape) for name, value in state.items()
    }


def test_the_backbones_variables_have_their_places_too() -> None:
    recorded = arrays("official_backbone_seeded.npz")
    head = {name for row in official_rows(CONFIG, with_backbone=False) for name in row.tensorflow}
    rows = [row for row in official_rows(CONFIG, with_backbone=True) if not head & set(row.tensorflow)]
    assert {name for row in rows for name in row.tensorflow} == set(recorded["variable_names"].tolist())
    with torch.device("meta"):
        state = DeepLabResNet101().state_dict()
    assert {name for row in rows for name in row.torch} == {f"backbone.{name}" for name in state}


def test_no_variable_is_named_by_two_rows() -> None:
    for side in ("tensorflow", "torch"):
        names = [
            name for row in official_rows(CmpcConfig(), with_backbone=True) for name in getattr(row, side)
        ]
        assert len(names) == len(set(names))


def test_a_missing_variable_is_named(variables: dict[str, NDArray[np.float32]]) -> None:
    name = "text_objseg/words_trans_c4/DW"
    without = {key: value for key, value in variables.items() if key != name}
    with pytest.raises(KeyError, match=name):
        convert(official_rows(CONFIG, with_backbone=False), without)


def test_at_full_size_the_model_has_as_many_parameters_as_the_authors_graph() -> None:
    with torch.device("meta"):
        head = CmpcImage((512, 1024, 2048), 1000, CmpcConfig.official())
        embedding, cell = nn.Embedding(12112, 300), nn.LSTM(300, 1000)
    counted = sum(parameter.numel() for part in (head, embedding, cell) for parameter in part.parameters())
    assert counted - cell.bias_hh_l0.numel() == 76_055_608  # PyTorch has a second bias, which stays zero


@pytest.mark.parametrize("mistake", ["word type", "norm", "sources"])
def test_the_comparison_notices_a_mistake(recorded: dict[str, NDArray[np.float32]], mistake: str) -> None:
    encoder, head = official_parts()
    with torch.no_grad():
        if mistake == "word type":
            head.word_types.output.bias[0].add_(0.05)
        elif mistake == "norm":
            head.convlstm.norms["cell"].bias.add_(0.05)
        else:
            sources = head.exchanges[1].levels["c4"].sources
            sources[0], sources[1] = sources[1], sources[0]
    assert _worst(encoder, head, recorded["up"]) > 1e-4


def _worst(encoder: LstmGlove, head: CmpcImage, recorded: NDArray[np.float32]) -> float:
    levels, expression = case_inputs()
    with torch.no_grad():
        segmentation: Segmentation = head.decode(head.encode_image(levels), encoder.encode([expression]))
    return float(np.abs(segmentation.logits(SIZE)[0].numpy() - recorded[0, ..., 0]).max())
