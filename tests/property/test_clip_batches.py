"""What stands beside an expression or a clip in a batch never changes a result, nor do places that pad it."""

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from heads import VIDEO_PRESETS, make_clips, make_encoder, make_head, make_text, small_video_config
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

EXPRESSION = st.lists(st.sampled_from([f"w{number}" for number in range(12)]), min_size=1, max_size=8).map(
    " ".join
)
CONFIGS = {
    **VIDEO_PRESETS,
    "official adaptive": small_video_config("official", temporal_adjacency="adaptive"),
    "paper adaptive": small_video_config("paper", temporal_adjacency="adaptive"),
    "multimodal features": small_video_config("official", concat_multimodal=True),
    "no entity perception": small_video_config("official", entity_perception=False),
    "no action reasoning": small_video_config("official", action_reasoning=False),
}
configs = pytest.mark.parametrize("name", CONFIGS)


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def assert_same(found: Tensor, expected: Tensor) -> None:
    """Equal to a share of the largest value: scores leave in single precision."""
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * expected.abs().max().item())


@configs
@given(n_clips=st.integers(1, 2), expressions=st.lists(EXPRESSION, min_size=2, max_size=2))
@torch.no_grad()
def test_clips_times_expressions_equal_them_one_by_one(
    name: str, n_clips: int, expressions: list[str]
) -> None:
    encoder, head, levels = make_encoder(), make_head(CONFIGS[name]), make_clips(n_clips, 3)
    together = head.decode(head.encode_image(levels), encoder.encode(expressions * n_clips))
    for i, expression in enumerate(expressions * n_clips):
        own = i // len(expressions)
        clip = head.encode_image([level[own : own + 1] for level in levels])
        alone = head.decode(clip, encoder.encode([expression]))
        assert_same(together.grid_logits[i : i + 1], alone.grid_logits)
        n_words = alone.word_types.shape[1]
        assert_same(together.word_types[i : i + 1, :n_words], alone.word_types)
        assert not together.word_types[i, n_words:].any()


@configs
@given(lengths=st.lists(st.integers(1, 8), min_size=1, max_size=4), padding=st.integers(1, 6))
@torch.no_grad()
def test_padding_changes_nothing_whatever_stands_in_it(name: str, lengths: list[int], padding: int) -> None:
    head = make_head(CONFIGS[name])
    clip, text = head.encode_image(make_clips(1, 3)), make_text(lengths)
    filled = torch.where(text.is_word[..., None], text.words, 100 * torch.randn_like(text.words))
    longer = dataclasses.replace(
        text,
        words=torch.cat([filled, 100 * torch.randn(len(lengths), padding, filled.shape[2])], dim=1),
        is_word=F.pad(text.is_word, (0, padding)),
    )
    assert_same(head.decode(clip, longer).grid_logits, head.decode(clip, text).grid_logits)


def test_expressions_that_clips_cannot_share_evenly_are_refused() -> None:
    head = make_head(CONFIGS["official"])
    with pytest.raises(ValueError, match="3 expressions cannot be shared evenly by 2 images"):
        head.decode(head.encode_image(make_clips(2)), make_text([1, 2, 3]))
