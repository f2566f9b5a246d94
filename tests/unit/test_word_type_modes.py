"""Types of words that are given instead of learned."""

import numpy as np
import pytest
import torch
from tiny_checkpoint import write_tiny_checkpoint, write_tiny_video_checkpoint

from refseg.models.cmpc.words import RELATION
from refseg.models.predictor import Predictor

SENTENCES = ["the left dog", "dog " * 25]  # the second has more words than are kept


@pytest.fixture(scope="module", params=[write_tiny_checkpoint, write_tiny_video_checkpoint])
def predictor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """For photos, with four types of words, and for videos, with five."""
    predictor = Predictor.load(request.param(tmp_path_factory.mktemp("tiny") / "tiny.safetensors"))
    predictor.set_image(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    return predictor


def left_is_a_relation(expression: str) -> list[str | None]:
    return ["relation" if word == "left" else None for word in expression.split()]


@pytest.mark.parametrize("mode", ["learned", "random", "uniform"])
def test_a_forced_word_is_certain_and_the_others_stay_as_they_are(predictor: Predictor, mode: str) -> None:
    free = predictor.segment_many(SENTENCES, word_types=mode)  # type: ignore[arg-type]
    forced = predictor.segment_many(SENTENCES, word_types=mode, forced=left_is_a_relation)  # type: ignore[arg-type]
    expected = free[0].word_types.copy()
    expected[1] = np.eye(len(free[0].type_names))[RELATION]
    np.testing.assert_array_equal(forced[0].word_types, expected)
    np.testing.assert_array_equal(forced[1].word_types, free[1].word_types)
    np.testing.assert_array_equal(forced[1].canvas, free[1].canvas)
    assert not np.array_equal(forced[0].canvas, free[0].canvas)


def test_words_beyond_the_limit_and_padding_are_left_alone(predictor: Predictor) -> None:
    forced = predictor.segment_many(SENTENCES, forced=lambda text: ["entity"] * len(text.split()))
    assert [len(each.word_types) for each in forced] == [3, 20]
    for each in forced:
        assert (each.word_types == np.eye(len(each.type_names))[0]).all()
    _, segmentation = predictor.decode(SENTENCES, forced=lambda text: ["entity"] * len(text.split()))
    assert torch.count_nonzero(segmentation.word_types[0, 3:]) == 0


def test_an_unknown_type_is_no_type(predictor: Predictor) -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        predictor.segment_many(["dog"], forced=lambda _: ["verb"])
