"""Word vectors from text files and archives, good ones and damaged ones."""

from pathlib import Path

import numpy as np
import pytest

from refseg.encoders.errors import VectorsUnreadable
from refseg.encoders.glove import Vectors, read_glove


def text_file(path: Path, *lines: str) -> Path:
    file = path / "glove.3d.txt"
    file.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return file


def as_lists(vectors: Vectors) -> dict[str, list[float]]:
    assert all(vector.dtype == np.float32 for vector in vectors.values())
    return {word: vector.tolist() for word, vector in vectors.items()}


def test_a_line_is_a_word_and_its_numbers(tmp_path: Path) -> None:
    file = text_file(tmp_path, "the 0.5 -1 2", "man 1e-1 0 0")
    assert as_lists(read_glove(file)) == {"the": [0.5, -1, 2], "man": [np.float32(0.1), 0, 0]}


def test_a_word_may_hold_blanks(tmp_path: Path) -> None:
    file = text_file(tmp_path, "the 1 2 3", ". . . 4 5 6", "at name@domain.com 7 8 9")
    assert list(read_glove(file)) == ["the", ". . .", "at name@domain.com"]


def test_only_the_words_wanted_are_kept(tmp_path: Path) -> None:
    file = text_file(tmp_path, "the 1 2 3", "man 4 5 6")
    assert as_lists(read_glove(file, only=["man", "zebra"])) == {"man": [4, 5, 6]}
    assert read_glove(file, only=()) == {}


def test_a_wanted_word_may_hold_blanks_and_its_first_part_alone_is_not_wanted(tmp_path: Path) -> None:
    file = text_file(tmp_path, ". 1 2 3", ". . . 4 5 6", ". .. 7 8 9")
    assert as_lists(read_glove(file, only=[". . .", "man"])) == {". . .": [4, 5, 6]}
    assert as_lists(read_glove(file, only=["."])) == {".": [1, 2, 3]}


def test_of_words_that_are_not_wanted_the_numbers_are_only_counted(tmp_path: Path) -> None:
    file = text_file(tmp_path, "the 1 2 3", "man 4 5 x", "cup 7 8 9")
    assert as_lists(read_glove(file, only=["cup"])) == {"cup": [7, 8, 9]}
    with pytest.raises(VectorsUnreadable, match=r"'man 4 5\\n' has fewer than 3 numbers"):
        read_glove(text_file(tmp_path, "the 1 2 3", "man 4 5"), only=["the"])  # cut short


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_holds_the_same(tmp_path: Path, save: type[np.savez]) -> None:
    file = tmp_path / "glove.npz"
    save(file, words=np.array(["the", "man"]), vectors=np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float16))
    assert as_lists(read_glove(file)) == {"the": [1, 2, 3], "man": [4, 5, 6]}
    assert as_lists(read_glove(file, only={"man"})) == {"man": [4, 5, 6]}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ["the"],
        ["400000 3", "the 1 2 3"],  # the header of word2vec's format
        ["a sentence of words"],
        ["the 1 2 3", "man 4 5"],
        ["the 1 2 3", "man 4 5 x"],
        ["the 1 2 3", ""],
    ],
)
def test_a_damaged_text_is_refused(tmp_path: Path, lines: list[str]) -> None:
    file = text_file(tmp_path, *lines)
    with pytest.raises(VectorsUnreadable, match=r"glove\.3d\.txt holds ") as caught:
        read_glove(file)
    assert caught.value.exit_code == 3


def broken_archive(file: Path, kind: str) -> None:
    words, vectors = np.array(["the", "man"]), np.ones((2, 3))
    match kind:
        case "empty":
            file.write_bytes(b"")
        case "text":
            file.write_bytes(b"the 1 2 3\n")
        case "one array":
            with file.open("wb") as stream:
                np.save(stream, vectors)
        case "other names":
            np.savez(file, tokens=words, vectors=vectors)
        case "fewer vectors":
            np.savez(file, words=words, vectors=vectors[:1])
        case "flat vectors":
            np.savez(file, words=words, vectors=vectors[:, 0])
        case "pickled words":
            np.savez(file, words=words.astype(object), vectors=vectors)
        case "cut short":
            np.savez(file, words=words, vectors=vectors)
            file.write_bytes(file.read_bytes()[:-100])
        case "spoiled":
            np.savez_compressed(file, words=words, vectors=np.random.default_rng(0).random((2, 300)))
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 255
            file.write_bytes(content)


BROKEN = "empty,text,one array,other names,fewer vectors,flat vectors,pickled words,cut short,spoiled".split(
    ","
)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_damaged_archive_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "glove.npz"
    broken_archive(file, kind)
    with pytest.raises(VectorsUnreadable, match=r"glove\.npz holds no GloVe vectors"):
        read_glove(file)


@pytest.mark.parametrize("name", ["glove.txt", "glove.npz"])
def test_a_file_that_is_missing_or_not_text_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(VectorsUnreadable, match="No such file"):
        read_glove(tmp_path / name)
    (tmp_path / name).write_bytes(bytes(range(256)))
    with pytest.raises(VectorsUnreadable, match="holds no GloVe vectors"):
        read_glove(tmp_path / name)
