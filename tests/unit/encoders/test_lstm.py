"""The LSTM over word vectors: TensorFlow's cell written out, padding, limits, weights."""

import json

import numpy as np
import pytest
import torch
from heads import TEXT_WIDTH, make_encoder
from torch import Tensor

from refseg.encoders.errors import ExpressionEmpty
from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.registry import build_encoder
from refseg.encoders.vocabulary import SPECIALS, UNKNOWN, Vocabulary


def one_step(encoder: LstmGlove, number: int, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    lstm, x = encoder.lstm, encoder.embedding.weight[number]
    gates = lstm.weight_ih_l0 @ x + lstm.bias_ih_l0 + lstm.weight_hh_l0 @ hidden + lstm.bias_hh_l0
    admit, forget, candidate, emit = gates.chunk(4)
    cell = forget.sigmoid() * cell + admit.sigmoid() * candidate.tanh()
    return emit.sigmoid() * cell.tanh(), cell


@torch.no_grad()
def test_each_word_is_the_output_of_its_step() -> None:
    encoder = make_encoder()
    text = encoder.encode(["w3 zebra w1"])
    hidden = cell = torch.zeros(TEXT_WIDTH)
    for t, number in enumerate([4 + 3, UNKNOWN, 4 + 1]):
        hidden, cell = one_step(encoder, number, hidden, cell)
        torch.testing.assert_close(text.words[0, t], hidden)
    torch.testing.assert_close(text.sentence[0], hidden)


@torch.no_grad()
def test_padding_stands_on_the_right_and_holds_zeros() -> None:
    encoder = make_encoder()
    text = encoder.encode(["w1", "w2 w3 w4", "w5 w6"])
    assert text.is_word.tolist() == [[True, False, False], [True, True, True], [True, True, False]]
    assert not text.words[~text.is_word].any()
    assert text.tokens == (("w1",), ("w2", "w3", "w4"), ("w5", "w6"))
    assert text.spans[1] == ((0, 2), (3, 5), (6, 8))
    for i, expression in enumerate(["w1", "w2 w3 w4", "w5 w6"]):
        alone = encoder.encode([expression])
        torch.testing.assert_close(text.words[i, : alone.words.shape[1]], alone.words[0])
        torch.testing.assert_close(text.sentence[i], alone.sentence[0])


@torch.no_grad()
def test_words_beyond_the_limit_are_dropped_from_the_end_and_counted() -> None:
    encoder = make_encoder()
    words = [f"w{number % 10}" for number in range(300)]
    text = encoder.encode([" ".join(words), "w1 w2"])
    assert text.n_dropped == (280, 0)
    assert text.words.shape == (2, 20, TEXT_WIDTH)
    assert text.tokens[0] == tuple(words[:20])
    torch.testing.assert_close(text.words[0], encoder.encode([" ".join(words[:20])]).words[0])


def test_an_empty_expression_among_others_is_refused() -> None:
    with pytest.raises(ExpressionEmpty):
        make_encoder().encode(["w1", "  "])


def test_calling_the_module_encodes() -> None:
    encoder = make_encoder()
    torch.testing.assert_close(encoder(["w1 w2"]).words, encoder.encode(["w1 w2"]).words)


def test_a_fresh_cell_is_drawn_as_tensorflow_draws_it() -> None:
    encoder = make_encoder()
    limit = (6 / (8 + TEXT_WIDTH + 4 * TEXT_WIDTH)) ** 0.5
    for weight in (encoder.lstm.weight_ih_l0, encoder.lstm.weight_hh_l0):
        assert 0.9 * limit < weight.abs().max() <= limit
    bias = (encoder.lstm.bias_ih_l0 + encoder.lstm.bias_hh_l0).reshape(4, TEXT_WIDTH)
    assert torch.equal(bias, torch.tensor([0.0, 1.0, 0.0, 0.0])[:, None].expand(4, TEXT_WIDTH))


def test_vectors_are_set_by_word_and_other_words_become_zero() -> None:
    encoder = make_encoder()
    missing = encoder.load_vectors(
        {"w2": np.arange(8, dtype=np.float32), "elsewhere": np.ones(8, dtype=np.float32)}
    )
    assert missing == ["w0", "w1", *(f"w{number}" for number in range(3, 10))]
    assert encoder.embedding.weight[6].tolist() == list(range(8))
    assert encoder.embedding.weight.count_nonzero() == 7


def test_punctuation_has_its_vector_also_with_blanks_around_it() -> None:
    encoder = LstmGlove(Vocabulary.of([", ", ",", " - "]), LstmGloveConfig(embedding_width=2, width=3))
    assert encoder.load_vectors({",": np.array([1, 2], dtype=np.float32)}) == [" - "]
    assert encoder.embedding.weight[4:].tolist() == [[1, 2], [1, 2], [0, 0]]


def test_a_word_without_a_vector_is_named_once_and_an_empty_line_not_at_all() -> None:
    encoder = LstmGlove(Vocabulary([*SPECIALS, ".", "", "dog", "."]), LstmGloveConfig(2, 3))
    assert encoder.load_vectors({}) == [".", "dog"]


def test_a_word_that_starts_at_zero_learns_a_vector_of_its_own() -> None:
    encoder = LstmGlove(Vocabulary.of(["man", "dog"]), LstmGloveConfig(embedding_width=3, width=5))
    encoder.load_vectors({})
    (encoder.encode(["man"]).sentence.sum() - 2 * encoder.encode(["dog"]).sentence.sum()).backward()
    gradient = encoder.embedding.weight.grad
    assert gradient is not None
    assert gradient[4].abs().max() > 0
    assert not torch.equal(gradient[4], gradient[5])


def test_a_vector_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"vector of 'w2': expected \(8,\), got \(3,\)"):
        make_encoder().load_vectors({"w2": np.zeros(3, dtype=np.float32)})


@pytest.mark.parametrize("trained", [True, False])
def test_word_vectors_learn_only_where_that_is_wanted(trained: bool) -> None:
    config = LstmGloveConfig(embedding_width=3, width=5, trained_embeddings=trained)
    encoder = LstmGlove(Vocabulary.of(["man", "dog"]), config)
    encoder.encode(["man", "man zebra"]).sentence.sum().backward()
    gradient = encoder.embedding.weight.grad
    assert (gradient is not None) == trained
    if gradient is not None:  # padding, which has the number 0, gets none; nor does a word not said
        assert gradient.abs().sum(dim=1).gt(0).tolist() == [False, False, False, True, True, False]


@torch.no_grad()
def test_an_encoder_comes_back_from_its_configuration_as_json() -> None:
    encoder = make_encoder()
    config = json.loads(json.dumps(encoder.config()))
    again = build_encoder(config)
    again.load_state_dict(encoder.state_dict())
    assert again.config() == encoder.config()
    assert (again.name, again.width, again.max_words) == ("lstm-glove", TEXT_WIDTH, 20)
    assert torch.equal(again.encode(["w1 w9 zebra"]).words, encoder.encode(["w1 w9 zebra"]).words)
