"""The vocabulary and the word vectors that a run starts with, and what is told of them."""

from pathlib import Path

import pytest
from tiny_training import write_tiny_training

from refseg.encoders.base import TextFeatures
from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import SPECIALS, UNKNOWN
from refseg_cli.data.mixture import DataConfig, Mixture, read_mixture
from refseg_cli.data.samples import Sample
from refseg_cli.engine.run_config import TextConfig, read_run_config
from refseg_cli.engine.text_encoders import load_text_encoder, training_sentences, write_words_without_vector
from refseg_cli.errors import ConfigError, DataError

SENTENCES = ["Left dog.", "dog, left", "red dog"]
SMALL = LstmGloveConfig(embedding_width=3, width=4)


@pytest.fixture
def glove(tmp_path: Path) -> Path:
    (tmp_path / "glove.txt").write_text("the 9 9 9\ndog 1 2 3\n, 7 8 9\nzebra 0 0 1\n")
    return tmp_path


def load(root: Path, glove: str, vocabulary: str = "", sentences: list[str] = SENTENCES) -> LstmGlove:
    encoder = load_text_encoder(TextConfig(SMALL, glove, vocabulary), sentences, root)
    assert isinstance(encoder, LstmGlove)
    return encoder


def row(encoder: LstmGlove, word: str) -> list[float]:
    number = encoder.vocabulary.numbers([word])[0]
    assert number != UNKNOWN
    return encoder.embedding.weight[number].tolist()


def test_the_vocabulary_is_the_words_of_the_sentences_by_default(tmp_path: Path) -> None:
    encoder = load(tmp_path, "")
    assert encoder.vocabulary.words == (*SPECIALS, "dog", "left", ", ", "red")
    assert load(tmp_path, "", sentences=SENTENCES[::-1]).vocabulary.words == encoder.vocabulary.words
    text: TextFeatures = encoder.encode(SENTENCES)
    assert all(UNKNOWN not in encoder.vocabulary.numbers(row) for row in text.tokens)


def test_words_that_the_encoder_drops_are_not_in_it(tmp_path: Path) -> None:
    config = TextConfig(LstmGloveConfig(3, 4, max_words=1), "")
    encoder = load_text_encoder(config, SENTENCES, tmp_path)
    assert isinstance(encoder, LstmGlove)
    assert encoder.vocabulary.words == (
        *SPECIALS,
        "dog",
        "left",
        "red",
    )


def test_words_with_a_vector_have_it_and_the_others_are_told(
    glove: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = load(glove, "glove.txt")
    assert (row(encoder, "dog"), row(encoder, ", "), row(encoder, "red")) == ([1, 2, 3], [7, 8, 9], [0, 0, 0])
    assert "zebra" not in encoder.vocabulary.words
    assert encoder.provenance == {"known": 4, "vectors": "glove.txt", "without_vector": ["left", "red"]}
    assert capsys.readouterr().err == (
        "2 of 4 words (50.0%, 42.9% of what is said) have no vector and start at zero: 'left', 'red'; "
        "vectors: glove.txt\n"
    )


def test_the_most_frequent_ten_are_told(glove: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentences = [" ".join(f"w{number:02}" for number in range(first, 12)) for first in range(12)]
    load(glove, "glove.txt", sentences=[*sentences, "dog"])
    told = capsys.readouterr().err
    assert "12 of 13 words" in told
    assert ": 'w11', 'w10', 'w09', 'w08', 'w07', 'w06', 'w05', 'w04', 'w03', 'w02', …; vectors" in told


def test_words_of_a_file_are_told_by_how_often_they_are_said(glove: Path) -> None:
    (glove / "words.txt").write_text("\n".join((*SPECIALS, "cup", "red", "", "left", "dog")))
    encoder = load(glove, "glove.txt", "words.txt")
    assert encoder.vocabulary.words == (*SPECIALS, "cup", "red", "", "left", "dog")
    assert encoder.provenance["without_vector"] == ["left", "red", "cup"]
    assert encoder.provenance["known"] == 4
    assert row(encoder, "dog") == [1, 2, 3]


def test_all_the_words_of_the_vectors_can_be_asked_for(glove: Path) -> None:
    encoder = load(glove, "glove.txt", "vectors")
    assert encoder.vocabulary.words == (*SPECIALS, "the", "dog", ",", "zebra")
    assert encoder.provenance["without_vector"] == []
    assert row(encoder, "zebra") == [0, 0, 1]


def test_without_vectors_there_are_no_words_of_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--set text.vocabulary=$"):
        load(tmp_path, "", "vectors")


def test_a_random_start_is_told_and_is_not_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    encoder = load(tmp_path, "")
    assert encoder.embedding.weight.ne(0).all()
    assert encoder.provenance == {"known": 4, "vectors": "random start", "without_vector": []}
    assert capsys.readouterr().err == "4 words; vectors: random start\n"


def test_vectors_of_another_width_tell_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"100 numbers and not 3: --set text.encoder.embedding_width=100$"):
        load(tmp_path, "small")


def test_the_setting_without_a_value_is_a_random_start() -> None:
    assert read_run_config("official").text.glove == "glove/glove.840B.300d.txt"
    assert read_run_config("paper").text.glove == "glove/glove.840B.300d.txt"
    assert read_run_config("official", None, ["text.glove="]).text.glove == ""
    assert read_run_config("small").text.vocabulary == "vectors"


@pytest.mark.parametrize("row", [1, 2, 3, 4, 7, 8, 9, 10, 11])
def test_an_ablation_without_vectors_can_be_built_over_every_preset(row: int, tmp_path: Path) -> None:
    for base in ("official", "small"):
        config = read_run_config(f"{base},ablations/table5-row{row:02}", None, ["text.encoder.width=4"])
        assert load_text_encoder(config.text, SENTENCES, tmp_path).provenance["vectors"] == "random start"


def test_where_photos_are_mirrored_so_are_the_words(tmp_path: Path) -> None:
    write_tiny_training(tmp_path)
    config = read_run_config("official", tmp_path / "tiny.toml")
    left = [
        (sample, 1.0)
        for sample in read_mixture(config.data, tmp_path, 0).samples
        if "left" in sample.expression
    ]
    assert set(training_sentences(Mixture(left, config.data, 0))) == {"left dog", "right dog"}
    assert set(training_sentences(Mixture(left, DataConfig(), 0))) == {"left dog"}


def test_an_empty_sentence_is_told_with_its_place() -> None:
    sample = Sample("mine/7", 1, Path("1.jpg"), " ", {}, 4, 4)
    with pytest.raises(DataError, match=r"^mine/7: its sentence is empty"):
        list(training_sentences(Mixture([(sample, 1.0)], DataConfig(), 0)))


def test_the_words_without_a_vector_are_written_one_a_line_and_none_to_no_file(glove: Path) -> None:
    write_words_without_vector(load(glove, "glove.txt"), glove)
    assert (glove / "words_without_vector.txt").read_text() == "left\nred\n"
    (glove / "run").mkdir()
    write_words_without_vector(load(glove, ""), glove / "run")
    assert not list((glove / "run").iterdir())
