"""What stands beside an expression in a batch never changes its result, nor do the places that pad it.

The preset `paper` normalises nothing, so with random weights it magnifies rounding; these tests are about
what is computed and run in double precision (the scores leave in single). One test is about single precision.
"""

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from heads import PRESETS, make_encoder, make_head, make_levels, make_text, small_config
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from refseg.encoders.base import TextFeatures
from refseg.models.cmpc import Segmentation
from refseg.models.cmpc.exchange import LevelExchange
from refseg.models.cmpc.graph import RelationReasoning, Routes
from refseg.models.cmpc.words import RELATION, TypedWords

EXPRESSION = st.lists(st.sampled_from([f"w{number}" for number in range(12)]), min_size=1, max_size=8).map(
    " ".join
)
LENGTHS = st.lists(st.integers(1, 8), min_size=1, max_size=4)
presets = pytest.mark.parametrize("preset", PRESETS)


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def assert_same(found: Tensor, expected: Tensor, share: float = 1e-6) -> None:
    """Equal to a share of the largest value."""
    torch.testing.assert_close(found, expected, rtol=0, atol=share * expected.abs().max().item())


def assert_same_maps(found: Segmentation, expected: Segmentation) -> None:
    assert_same(found.grid_logits, expected.grid_logits)
    assert_same(
        found.level_grid_logits, expected.level_grid_logits
    ) if expected.level_grid_logits.numel() else None


@presets
@given(expressions=st.lists(EXPRESSION, min_size=2, max_size=5))
@torch.no_grad()
def test_a_batch_of_expressions_equals_them_one_by_one(preset: str, expressions: list[str]) -> None:
    encoder, head = make_encoder(), make_head(PRESETS[preset])
    image = head.encode_image(make_levels(1))
    together = head.decode(image, encoder.encode(expressions))
    for i, expression in enumerate(expressions):
        alone = head.decode(image, encoder.encode([expression]))
        assert_same(together.grid_logits[i : i + 1], alone.grid_logits)
        n_words = alone.word_types.shape[1]
        assert_same(together.word_types[i : i + 1, :n_words], alone.word_types)
        assert not together.word_types[i, n_words:].any()


@presets
@given(expressions=st.lists(EXPRESSION, min_size=2, max_size=5))
@torch.no_grad()
def test_in_single_precision_too_to_a_hundred_thousandth(preset: str, expressions: list[str]) -> None:
    torch.set_default_dtype(torch.float32)
    encoder, head = make_encoder(), make_head(PRESETS[preset], noise=0.0)
    image = head.encode_image(make_levels(1))
    together = head.decode(image, encoder.encode(expressions))
    for i, expression in enumerate(expressions):
        alone = head.decode(image, encoder.encode([expression]))
        assert alone.grid_logits.dtype == torch.float32
        assert_same(together.grid_logits[i : i + 1], alone.grid_logits, 1e-5)


@presets
@given(lengths=LENGTHS, padding=st.integers(1, 6))
@torch.no_grad()
def test_padding_changes_nothing_whatever_stands_in_it(preset: str, lengths: list[int], padding: int) -> None:
    head = make_head(PRESETS[preset])
    image, text = head.encode_image(make_levels(1)), make_text(lengths)
    filled = torch.where(text.is_word[..., None], text.words, 100 * torch.randn_like(text.words))
    longer = dataclasses.replace(
        text,
        words=torch.cat([filled, 100 * torch.randn(len(lengths), padding, filled.shape[2])], dim=1),
        is_word=F.pad(text.is_word, (0, padding)),
    )
    assert_same_maps(head.decode(image, longer), head.decode(image, text))


@presets
@given(n_images=st.integers(1, 3), n_each=st.integers(1, 3))
@torch.no_grad()
def test_images_times_expressions_are_taken_image_by_image(preset: str, n_images: int, n_each: int) -> None:
    head, levels = make_head(PRESETS[preset]), make_levels(n_images)
    text = make_text([1 + i % 5 for i in range(n_images * n_each)])
    together = head.decode(head.encode_image(levels), text)
    for i in range(n_images * n_each):
        own = i // n_each
        image = head.encode_image([level[own : own + 1] for level in levels])
        assert_same(together.grid_logits[i : i + 1], head.decode(image, _only(text, i)).grid_logits)


def _only(text: TextFeatures, i: int) -> TextFeatures:
    return TextFeatures(
        text.words[i : i + 1], text.is_word[i : i + 1], text.sentence[i : i + 1], text.tokens[i : i + 1],
        text.spans[i : i + 1], text.n_dropped[i : i + 1],
    )  # fmt: skip


@pytest.mark.parametrize("changes", [{}, {"concat_multimodal": False}, {"entity_perception": False}])
@torch.no_grad()
def test_images_meet_their_own_expressions_in_the_ablations_too(changes: dict[str, bool]) -> None:
    head, levels, text = (
        make_head(small_config("official", **changes)),
        make_levels(2),
        make_text([3, 2, 4, 1]),
    )
    together = head.decode(head.encode_image(levels), text)
    image = head.encode_image([level[1:] for level in levels])
    assert_same(together.grid_logits[2:3], head.decode(image, _only(text, 2)).grid_logits)


def test_expressions_that_images_cannot_share_evenly_are_refused() -> None:
    head = make_head(PRESETS["official"])
    with pytest.raises(ValueError, match="3 expressions cannot be shared evenly by 2 images"):
        head.decode(head.encode_image(make_levels(2)), make_text([1, 2, 3]))


def make_words(lengths: list[int]) -> TypedWords:
    text = make_text(lengths)
    types = torch.rand(*text.is_word.shape, 4).softmax(dim=-1) * text.is_word[..., None]
    return TypedWords(text.words, text.is_word, types, text.sentence, text.sentence, text.sentence)


@presets
@given(lengths=LENGTHS)
@torch.no_grad()
def test_rows_of_the_adjacency_sum_to_one_and_messages_follow_it(preset: str, lengths: list[int]) -> None:
    reasoning = make_head(PRESETS[preset]).levels["c4"].reason
    vertices = torch.randn(len(lengths), 30, 12)
    words = make_words(lengths)
    routes = reasoning.routes(vertices, words, words.p_relation)
    adjacency = routes.region_to_word @ routes.word_to_region
    assert adjacency.shape == (len(lengths), 30, 30)
    assert (adjacency >= 0).all()
    torch.testing.assert_close(adjacency.sum(dim=-1), torch.ones(len(lengths), 30))
    assert_same(routes.propagate(vertices), adjacency @ vertices)


@pytest.mark.parametrize("gate", ["logits", "words"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
@torch.no_grad()
def test_the_folded_affinity_equals_projected_regions_times_projected_words(
    gate: str, bias: bool, scaled: bool
) -> None:
    config = small_config("official", relation_gate=gate, projection_bias=bias, affinity_scale=scaled)
    reasoning = make_head(config).levels["c4"].reason
    words, vertices = make_words([3, 1, 5]), torch.randn(3, 30, 12)
    found = reasoning.routes(vertices, words, words.p_relation)
    expected = _explicit_routes(reasoning, vertices, words, scaled)
    assert_same(found.region_to_word, expected.region_to_word)
    is_word = words.is_word[..., None]  # what reaches a padded word goes nowhere
    assert_same(found.word_to_region * is_word, expected.word_to_region * is_word)


def _explicit_routes(
    reasoning: RelationReasoning, vertices: Tensor, words: TypedWords, scaled: bool
) -> Routes:
    """Equations 5 to 8 as printed, word by word, with the authors' gate and scale where they are on."""
    p_relation = words.word_types[..., RELATION]
    gated_words = words.words * p_relation[..., None] if reasoning.gate == "words" else words.words
    affinity = torch.einsum("bnc,btc->bnt", reasoning.region_key(vertices), reasoning.word_key(gated_words))
    affinity = affinity / 12**0.5 if scaled else affinity
    affinity = affinity * p_relation[:, None] if reasoning.gate == "logits" else affinity
    to_word = torch.zeros_like(affinity)
    for i, n_words in enumerate(words.is_word.sum(dim=1).tolist()):
        to_word[i, :, :n_words] = affinity[i, :, :n_words].softmax(dim=-1)
    return Routes(to_word, affinity.softmax(dim=1).mT)


@presets
@pytest.mark.parametrize("pooling", ["softmax", "dot"])
@torch.no_grad()
def test_the_folded_key_of_the_exchange_equals_projected_regions(preset: str, pooling: str) -> None:
    config = small_config(preset, exchange_pooling=pooling)
    exchange: LevelExchange = make_head(config).exchanges[0].levels["c4"]
    level, guide = torch.randn(2, 30, 9), torch.randn(2, 10)
    weights = torch.einsum("bnc,bc->bn", exchange.key(level), exchange.query(guide))
    weights = (weights / 3).softmax(dim=-1) if config.exchange_pooling == "softmax" else weights
    pooled = torch.einsum("bn,bnc->bc", weights, level)
    context = exchange.context(torch.cat([pooled, guide], dim=-1))
    expected = F.normalize(context, dim=-1) if config.l2_normalisation else context
    assert_same(exchange.gather_context(level, guide), expected)
