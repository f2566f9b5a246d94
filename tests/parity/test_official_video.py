"""The head for videos against every number recorded from the authors' implementation, with their weights."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from parity.recorded_case import COMMON, LEVELS, SIZE, Case
from parity.reference import VIDEO, VIDEO_CONFIG, arrays, case_inputs, official_parts
from torch import nn

from refseg.models.cmpc import CmpcImage, CmpcVideo, CmpcVideoConfig
from refseg.models.tensorflow import convert, official_rows

TOLERANCES = COMMON | {f"{part}_{level}": 1e-5 for part in ("tgraph", "tctx") for level in LEVELS}
Arrays = dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(VIDEO)


@pytest.fixture(scope="module")
def recorded() -> Arrays:
    return arrays(VIDEO, "case/")


@pytest.fixture(scope="module")
def variables() -> Arrays:
    return arrays(VIDEO, "params/")


@pytest.mark.parametrize("name", TOLERANCES)
def test_the_recorded_value_comes_out(case: Case, recorded: Arrays, name: str) -> None:
    found = case.found[name].numpy().reshape(recorded[name].shape)
    np.testing.assert_allclose(found, recorded[name], rtol=0, atol=TOLERANCES[name])


def test_every_recorded_value_is_compared(recorded: Arrays) -> None:
    given = {"in_c3", "in_c4", "in_c5", "words", "valid_idx"}
    assert set(TOLERANCES) == set(recorded) - given


def test_padding_and_company_do_not_change_the_recorded_result(case: Case, recorded: Arrays) -> None:
    longer = " ".join([case.expression] * 3)
    with torch.no_grad():
        text = case.encoder.encode([longer, case.expression])
        both = case.head.decode(case.image, text)
    assert text.is_word.sum(dim=1).tolist() == [20, 7]
    np.testing.assert_allclose(both.logits(SIZE)[1], recorded["up"][0, ..., 0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(both.word_types[1, :7], recorded["words_parse"][0, 0], rtol=0, atol=1e-5)


def test_with_the_recorded_weights_too_the_order_of_the_frames_changes_nothing(recorded: Arrays) -> None:
    encoder, head = official_parts(VIDEO)
    levels, expression = case_inputs(VIDEO)
    mirrored = [level.flip(1) for level in levels]  # the third of five is the centre and stays
    with torch.no_grad():
        found = head.decode(head.encode_image(mirrored), encoder.encode([expression])).logits(SIZE)
    np.testing.assert_allclose(found[0], recorded["up"][0, ..., 0], rtol=0, atol=1e-4)


def test_every_variable_has_its_place_and_comes_back_unchanged(variables: Arrays) -> None:
    rows = official_rows(VIDEO_CONFIG, with_backbone=False)
    back = convert(rows, convert(rows, variables), to="tensorflow")
    assert back.keys() == variables.keys()
    for name, value in variables.items():
        # The forget bias is added and taken away again: the one place where a bit may be lost.
        rounding = 2 * np.finfo(np.float32).eps if name.endswith("basic_lstm_cell/bias") else 0
        np.testing.assert_allclose(back[name], value, rtol=0, atol=rounding, err_msg=name)


def test_every_tensor_of_the_model_comes_from_a_variable(case: Case, variables: Arrays) -> None:
    converted = convert(official_rows(VIDEO_CONFIG, with_backbone=False), variables)
    parts = {"text_encoder.": case.encoder, "head.": case.head}
    state = {
        prefix + name: tuple(value.shape)
        for prefix, part in parts.items()
        for name, value in part.state_dict().items()
    }
    assert {name: value.shape for name, value in converted.items()} == state


def test_at_full_size_the_model_has_as_many_parameters_as_the_authors_graph() -> None:
    with torch.device("meta"):
        head = CmpcVideo((512, 1024, 2048), 1000, CmpcVideoConfig.official())
        embedding, cell = nn.Embedding(12112, 300), nn.LSTM(300, 1000)
    counted = sum(parameter.numel() for part in (head, embedding, cell) for parameter in part.parameters())
    assert counted - cell.bias_hh_l0.numel() == 98_589_109  # PyTorch has a second bias, which stays zero


@pytest.mark.parametrize("mistake", ["word type", "attention", "frames"])
def test_the_comparison_notices_a_mistake(recorded: Arrays, mistake: str) -> None:
    encoder, head = official_parts(VIDEO)
    with torch.no_grad():
        if mistake == "word type":
            head.word_types.output.bias[3].add_(0.05)
        elif mistake == "attention":
            head.levels["c4"].act.pool.action_query.weight.mul_(1.05)
        else:
            edges = head.levels["c4"].act.graph.edges
            edges.query, edges.key = edges.key, edges.query
    assert _worst(encoder, head, recorded) > 1e-5


def _worst(encoder: nn.Module, head: CmpcImage, recorded: Arrays) -> float:
    """How far a context of the temporal graph is off."""
    levels, expression = case_inputs(VIDEO)
    contexts = []
    head.levels["c4"].act.context.register_forward_hook(lambda *call: contexts.append(call[2]))
    with torch.no_grad():
        head.decode(head.encode_image(levels), encoder.encode([expression]))
    return float(np.abs(contexts[0].numpy() - recorded["tctx_c4"].reshape(contexts[0].shape)).max())
