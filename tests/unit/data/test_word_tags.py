"""Parts of speech as weak targets: asked once for each sentence, kept with the samples."""

from pathlib import Path

import pytest
from little_tagger import write_little_tagger

from refseg_cli.data.parts_of_speech import Tagger, TaggerMissing
from refseg_cli.data.samples import Sample
from refseg_cli.data.word_tags import with_expected_types
from refseg_cli.data.word_types import mirrored, target_types

SENTENCES = ("left dog", "dog, zyzzyva", "  ", "left dog")


def samples() -> list[Sample]:
    return [
        Sample(str(number), 1, Path("1.png"), sentence, {}, 8, 8, word_types=("relation", "entity"))
        for number, sentence in enumerate(SENTENCES)
    ]


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path))
    return write_little_tagger(tmp_path)


@pytest.mark.usefixtures("pipeline")
def test_each_word_gets_what_its_part_of_speech_lets_one_expect(tmp_path: Path) -> None:
    typed = with_expected_types(samples(), tmp_path)
    assert [sample.word_types for sample in typed] == [
        ("relation", "entity"),
        ("entity", "unnecessary", ""),
        (),  # an empty sentence is for those to complain of who know its dataset
        ("relation", "entity"),
    ]
    assert target_types(typed[1], "pos") == [0, 3, -100]


@pytest.mark.usefixtures("pipeline")
def test_a_sentence_is_tagged_once_however_often_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag, asked = Tagger.tag, []
    monkeypatch.setattr(
        Tagger, "tag", lambda self, sentences: asked.extend(sentences) or tag(self, sentences)
    )
    with_expected_types(samples(), tmp_path)
    assert asked == ["left dog", "dog, zyzzyva"]


@pytest.mark.usefixtures("pipeline")
def test_many_sentences_are_typed_in_their_own_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refseg_cli.data.word_tags._AT_ONCE", 1)
    assert with_expected_types(samples(), tmp_path)[1].word_types == ("entity", "unnecessary", "")


@pytest.mark.usefixtures("pipeline")
def test_the_mirrored_sentence_keeps_the_types_although_a_tagger_may_see_it_otherwise(tmp_path: Path) -> None:
    sample, mirror = samples()[0], Sample("m", 1, Path("1.png"), mirrored("left dog"), {}, 8, 8)
    typed, other = with_expected_types([sample, mirror], tmp_path)
    assert (target_types(typed, "pos"), target_types(other, "pos")) == ([2, 0], [1, 0])


def test_a_missing_pipeline_is_told_with_the_command_that_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path))
    with pytest.raises(TaggerMissing, match=r"refseg download spacy$"):
        with_expected_types(samples(), tmp_path)
