"""The numbers of words, read from files as the authors publish them."""

from pathlib import Path

import pytest

from refseg.encoders.errors import ExpressionEmpty, VectorsUnreadable
from refseg.encoders.vocabulary import SPECIALS, UNKNOWN, Vocabulary, count_words


def written(path: Path, *words: str, specials: tuple[str, ...] = SPECIALS) -> Path:
    file = path / "vocabulary.txt"
    file.write_bytes("".join(f"{word}\n" for word in (*specials, *words)).encode())
    return file


def test_a_word_has_the_number_of_its_line(tmp_path: Path) -> None:
    vocabulary = Vocabulary.read(written(tmp_path, "man", "left"))
    assert vocabulary.numbers(["left", "man"]) == [5, 4]
    assert len(vocabulary) == 6


def test_a_word_that_is_repeated_has_the_number_of_its_last_line(tmp_path: Path) -> None:
    vocabulary = Vocabulary.read(written(tmp_path, ".", "man", "."))
    assert vocabulary.numbers(["."]) == [6]
    assert len(vocabulary) == 7


def test_empty_lines_count(tmp_path: Path) -> None:
    assert Vocabulary.read(written(tmp_path, "", "man", "", "left")).numbers(["man", "left"]) == [5, 7]


def test_lines_lose_the_blanks_around_them(tmp_path: Path) -> None:
    assert Vocabulary.read(written(tmp_path, " man\t", "left\r")).numbers(["man", "left"]) == [4, 5]


@pytest.mark.parametrize("character", ["\u0085", "\u2028", "\x0c", "\x1c", "\r"])
def test_only_a_line_feed_ends_a_line(tmp_path: Path, character: str) -> None:
    assert Vocabulary.read(written(tmp_path, f"a{character}b", "man")).numbers(["man"]) == [5]


def test_a_word_that_is_not_in_the_list_is_unknown() -> None:
    vocabulary = Vocabulary.of(["man"])
    assert vocabulary.numbers(["man", "zebra", ", "]) == [4, UNKNOWN, UNKNOWN]
    assert vocabulary.words[UNKNOWN] == "<unk>"


def test_a_vocabulary_of_words_holds_each_once_in_their_order() -> None:
    assert Vocabulary.of(["b", "a", "b", "<unk>"]).words == (*SPECIALS, "b", "a")


def test_a_list_without_the_special_words_is_refused() -> None:
    with pytest.raises(ValueError, match="a vocabulary starts with"):
        Vocabulary(["man", "left"])


@pytest.mark.parametrize("content", [None, b"", b"man\nleft\n", b"\xff\xfe<pad>"])
def test_what_is_no_vocabulary_is_told_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "words.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(VectorsUnreadable, match=r"is no vocabulary.*give a text file") as caught:
        Vocabulary.read(file)
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)


SENTENCES = ["man in red.", "Red, man", "left man", "the cup, left"]


def test_words_are_counted_the_most_frequent_first_and_equals_by_the_alphabet() -> None:
    counts = count_words(SENTENCES, 20)
    assert list(counts.items()) == [
        ("man", 3),
        (", ", 2),
        ("left", 2),
        ("red", 2),
        ("cup", 1),
        ("in", 1),
        ("the", 1),
    ]


def test_the_order_of_sentences_does_not_matter() -> None:
    assert list(count_words(SENTENCES[::-1], 20)) == list(count_words(SENTENCES, 20))


def test_words_beyond_the_limit_do_not_count() -> None:
    assert count_words(["man in red", "cup"], 2) == {"cup": 1, "in": 1, "man": 1}


def test_an_empty_sentence_has_no_words_to_count() -> None:
    with pytest.raises(ExpressionEmpty):
        count_words(["man", " "], 20)
