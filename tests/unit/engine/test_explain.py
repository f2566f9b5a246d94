"""The numbers behind `refseg predict --explain`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from predicting import picture
from tiny_checkpoint import write_tiny_checkpoint, write_tiny_video_checkpoint

from refseg.models.checkpoint import Checkpoint
from refseg.models.cmpc import CmpcImage
from refseg.models.cmpc.words import VIDEO_WORD_TYPES
from refseg.models.predictor import Predictor
from refseg.models.segmenter import Segmenter
from refseg_cli.engine.explain import (
    RANDOM_SEEDS,
    entity_words,
    explain,
    relation_reasoning_left_out,
    word_to_region,
)

SENTENCES = ["dog on the left of 3 dogs", "right dog"]
SIZE = (40, 60)  # of the picture, so that maps have the size of its masks


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors")


@pytest.fixture
def predictor(file: Path) -> Predictor:
    predictor = Predictor.load(file)
    predictor.set_image(picture(60, 40))
    return predictor


def without_graph(predictor: Predictor) -> Predictor:
    """The same parts around a head that has no relation reasoning."""
    parts = predictor.segmenter
    config = replace(parts.head.config, relation_reasoning=False)
    head = CmpcImage(parts.backbone.channels, parts.text_encoder.width, config)
    other = Predictor(Checkpoint(Segmenter(parts.backbone, parts.text_encoder, head, parts.preprocess)))
    other.set_image(picture(60, 40))
    return other


def types_of(*likeliest: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[list(likeliest)]


def test_each_word_shares_out_its_whole_attention_over_the_regions(predictor: Predictor) -> None:
    _, segmentation = predictor.decode(SENTENCES)
    shares = word_to_region(segmentation.routes, 0, 7)
    assert shares.shape == (7, 8 * 8)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(7))
    levels = torch.stack([level.word_to_region[0] for level in segmentation.routes])
    torch.testing.assert_close(shares, levels.mean(dim=0))


def test_maps_have_the_size_that_was_asked_for_and_one_for_each_word(predictor: Predictor) -> None:
    first, second = explain(predictor, SENTENCES, (20, 30))
    assert first.words == ("dog", "on", "the", "left", "of", "3", "dogs")
    assert second.words == ("right", "dog")
    for each, n_words in ((first, 7), (second, 2)):
        assert each.word_types.shape == (n_words, 4)
        assert each.routing is not None
        assert each.routing.shape == (n_words, 20, 30)
        assert each.of_random_types.shape == (len(RANDOM_SEEDS), 20, 30)
        assert each.random_types.shape == (len(RANDOM_SEEDS), n_words, 4)
        np.testing.assert_allclose(each.word_types.sum(axis=-1), 1, rtol=1e-5)
        np.testing.assert_allclose(each.random_types.sum(axis=-1), 1, rtol=1e-5)


def test_a_word_that_is_no_relation_looks_everywhere_alike(predictor: Predictor) -> None:
    output = predictor.segmenter.head.word_types.output
    output.bias.data[2] = -100.0
    routing = explain(predictor, ["left dog"], SIZE)[0].routing
    assert routing is not None
    np.testing.assert_allclose(routing, 1, atol=1e-5)
    output.bias.data[2] = 1.0  # about half relation, so that entities are left to look at
    strong = explain(predictor, ["left dog"], SIZE)[0].routing
    assert strong is not None
    assert strong.max() > 1.001


@pytest.mark.parametrize("number", range(len(SENTENCES)))
def test_the_answer_is_that_of_predict(predictor: Predictor, number: int) -> None:
    explanation = explain(predictor, SENTENCES, SIZE)[number]
    expected = predictor.segment(SENTENCES[number])
    np.testing.assert_array_equal(explanation.probability > 0.5, expected.mask)
    np.testing.assert_allclose(explanation.word_types, expected.word_types, atol=1e-5)


def test_the_entity_words_are_answered_as_a_sentence_of_their_own(predictor: Predictor) -> None:
    predictor.segmenter.head.word_types.output.bias.data[:] = torch.tensor([9.0, 0.0, 0.0, 0.0])
    explanation = explain(predictor, ["Dog, left"], SIZE)[0]
    assert explanation.entity_words == "dog, left"
    assert explanation.of_entity_words is not None
    expected = predictor.segment("dog, left")
    np.testing.assert_array_equal(explanation.of_entity_words > 0.5, expected.mask)


def test_a_sentence_without_entities_has_no_map_of_them(predictor: Predictor) -> None:
    predictor.segmenter.head.word_types.output.bias.data[:] = torch.tensor([0.0, 0.0, 0.0, 50.0])
    explanation = explain(predictor, ["left"], SIZE)[0]
    assert (explanation.entity_words, explanation.of_entity_words) == ("", None)


@pytest.mark.parametrize(
    ("expression", "likeliest", "kept"),
    [
        ("white bus on the left", (1, 0, 2, 3, 1), "white bus left"),
        ("man in t-shirt", (0, 2, 0, 0, 0), "man t-shirt"),
        ("man in t-shirt", (0, 2, 0, 3, 0), "man t shirt"),
        ("the bus, left", (3, 0, 3, 2), "bus"),
        ("the left", (3, 2), ""),
    ],
)
def test_a_sentence_is_shortened_to_entities_and_attributes(
    predictor: Predictor, expression: str, likeliest: tuple[int, ...], kept: str
) -> None:
    text = predictor.segmenter.encode_text(["dog", expression])
    assert entity_words(text, 1, types_of(*likeliest, 0, 0)) == kept  # the last two are padding


def test_random_types_are_those_of_the_seeds(predictor: Predictor) -> None:
    explanation = explain(predictor, SENTENCES, SIZE)[0]
    for place, seed in enumerate(RANDOM_SEEDS):
        expected = predictor.segment_many(SENTENCES[:1], word_types="random", seed=seed)[0]
        np.testing.assert_allclose(explanation.random_types[place], expected.word_types, atol=1e-6)
        np.testing.assert_array_equal(explanation.of_random_types[place] > 0.5, expected.mask)


def test_without_reasoning_the_graph_tells_no_region_from_another(predictor: Predictor) -> None:
    seen: list[torch.Tensor] = []
    with relation_reasoning_left_out(predictor.segmenter):
        outputs = [level.output for level in predictor.segmenter.head.levels.values()]
        hooks = [
            output.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][1]))
            for output in outputs
        ]
        predictor.decode(["left dog"])
    for hook in hooks:
        hook.remove()
    assert len(seen) == 3
    for reasoned in seen:
        torch.testing.assert_close(reasoned, reasoned[:, :1].expand_as(reasoned))


def test_the_graph_works_again_after_it_was_left_out(predictor: Predictor) -> None:
    before = predictor.logits("left dog")
    explanation = explain(predictor, ["left dog"], SIZE)[0]
    np.testing.assert_array_equal(predictor.logits("left dog"), before)
    assert explanation.without_reasoning is not None
    assert np.abs(explanation.without_reasoning - explanation.probability).max() > 1e-4


def test_a_network_without_a_graph_has_no_maps_of_it(predictor: Predictor) -> None:
    explanation = explain(without_graph(predictor), ["left dog"], SIZE)[0]
    assert explanation.routing is None
    assert explanation.without_reasoning is None
    assert explanation.probability.shape == SIZE


def test_without_an_image_there_is_nothing_to_explain(file: Path) -> None:
    with pytest.raises(ValueError, match="set_image"):
        explain(Predictor.load(file), ["dog"], SIZE)


def test_a_network_for_videos_explains_a_photo_by_five_types(tmp_path: Path) -> None:
    predictor = Predictor.load(write_tiny_video_checkpoint(tmp_path / "video.safetensors"))
    predictor.set_image(picture(60, 40))
    explanation = explain(predictor, ["left dog"], SIZE)[0]
    assert explanation.type_names == VIDEO_WORD_TYPES
    assert explanation.word_types.shape == (2, 5)
    assert explanation.random_types.shape == (len(RANDOM_SEEDS), 2, 5)
    assert explanation.routing is not None
    np.testing.assert_array_equal(explanation.probability > 0.5, predictor.segment("left dog").mask)
