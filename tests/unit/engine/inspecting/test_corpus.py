from collections.abc import Sequence
from pathlib import Path

import pytest
from little_tagger import write_little_tagger
from tiny_checkpoint import write_tiny_checkpoint
from tiny_transformers import tiny_encoder, write_tiny_transformer

from refseg.models.checkpoint import load_checkpoint
from refseg.models.segmenter import Segmenter
from refseg_cli.data.parts_of_speech import Tagger
from refseg_cli.engine.inspecting.corpus import Asked, inspect_sentences


@pytest.fixture
def segmenter(tmp_path: Path) -> Segmenter:
    return load_checkpoint(write_tiny_checkpoint(tmp_path / "tiny.safetensors")).segmenter


def test_types_parts_of_speech_and_truth_meet_at_the_same_characters(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    tagger = Tagger.load(str(write_little_tagger(tmp_path)), tmp_path)
    asked = [Asked("  Left, DOG", ("relation", "unnecessary", "entity"))]
    (sentence,) = inspect_sentences("tiny", segmenter, tagger, asked).sentences
    assert [(w.text, w.start, w.tag and w.tag.pos, w.expected, w.gold) for w in sentence.words] == [
        ("left", 2, "VERB", "relation", "relation"),
        (", ", 6, "PUNCT", "unnecessary", "unnecessary"),
        ("dog", 8, "NOUN", "entity", "entity"),
    ]
    for word in sentence.words:
        assert sum(word.probabilities) == pytest.approx(1, abs=1e-5)


def test_truth_that_does_not_fit_the_words_is_left_out(segmenter: Segmenter) -> None:
    (sentence,) = inspect_sentences("tiny", segmenter, None, [Asked("left dog", ("entity",))]).sentences
    assert [word.gold for word in sentence.words] == [None, None]


def test_a_sentence_that_comes_often_is_looked_at_once_and_counted_often(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    encode = segmenter.encode_text

    def listening(sentences: Sequence[str]) -> object:
        seen.extend(sentences)
        return encode(sentences)

    monkeypatch.setattr(segmenter, "encode_text", listening)
    corpus = inspect_sentences("tiny", segmenter, None, [Asked("dog"), Asked("a left dog"), Asked("dog")])
    assert sorted(seen) == ["a left dog", "dog"]
    assert [sentence.text for sentence in corpus.sentences] == ["dog", "a left dog", "dog"]
    assert len(corpus.words) == 5


def test_words_of_a_transformer_are_the_same_words(segmenter: Segmenter, tmp_path: Path) -> None:
    asked = [Asked("the leftmost dog, ok"), Asked("dog")]
    before = inspect_sentences("tiny", segmenter, None, asked)
    segmenter.text_encoder = tiny_encoder(write_tiny_transformer(tmp_path / "bert", "bert"), width=16)
    after = inspect_sentences("bert", segmenter, None, asked)
    spans = [[(word.text, word.start, word.end) for word, _ in each.words] for each in (before, after)]
    assert spans[0] == spans[1]
    assert before.words[0][0].probabilities != after.words[0][0].probabilities
