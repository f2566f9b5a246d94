"""Word vectors from where a configuration says: text files, archives, checkpoints."""

from pathlib import Path

import numpy as np
import pytest
from tiny_checkpoint import write_tiny_checkpoint

from refseg.encoders.errors import VectorsUnreadable
from refseg.models.checkpoint import load_checkpoint
from refseg.models.errors import CheckpointError
from refseg_cli.engine.word_vectors import read_word_vectors


def write_glove(root: Path, name: str = "glove.840B.300d.txt") -> str:
    (root / "glove").mkdir(exist_ok=True)
    (root / "glove" / name).write_text("dog 1 2 3\nleft 4 5 6\n")
    return f"glove/{name}"


def test_a_text_file_under_the_data_root_is_read_for_the_words_wanted(tmp_path: Path) -> None:
    source, vectors = read_word_vectors(write_glove(tmp_path), tmp_path, {"dog", "cat"})
    assert source == "glove.840B.300d.txt"
    assert {word: vector.tolist() for word, vector in vectors.items()} == {"dog": [1, 2, 3]}


def test_an_archive_is_read_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", words=np.array(["dog", "left"]), vectors=np.ones((2, 3)))
    source, vectors = read_word_vectors("some.npz", tmp_path, None)
    assert (source, list(vectors)) == ("some.npz", ["dog", "left"])


def test_a_missing_file_tells_the_ways_on(tmp_path: Path) -> None:
    with pytest.raises(VectorsUnreadable) as caught:
        read_word_vectors("glove/glove.840B.300d.txt", tmp_path, None)
    told = str(caught.value)
    assert told.startswith(f"{tmp_path}/glove/glove.840B.300d.txt is not there; ")
    assert f"refseg download glove --data {tmp_path}; " in told
    assert told.endswith("to start the words at random: --set text.glove=")


def test_a_missing_file_of_the_smaller_vectors_names_their_download(tmp_path: Path) -> None:
    with pytest.raises(VectorsUnreadable, match="refseg download glove-6b --data"):
        read_word_vectors("glove/glove.6B.300d.txt", tmp_path, None)


def test_what_was_cut_out_of_a_missing_file_is_named(tmp_path: Path) -> None:
    cut = write_glove(tmp_path, "glove.840B.300d.mywords.txt")
    write_glove(tmp_path, "glove.6B.300d.mywords.txt")
    with pytest.raises(VectorsUnreadable) as caught:
        read_word_vectors("glove/glove.840B.300d.txt", tmp_path, None)
    assert f"to take what was cut out of it: --set text.glove={cut}; " in str(caught.value)
    assert "6B" not in str(caught.value)


def test_the_vectors_of_the_bundled_checkpoint_are_named(tmp_path: Path) -> None:
    source, vectors = read_word_vectors("small", tmp_path, {"dog", "zebra", "qwertzuiop"})
    assert source == "checkpoint small"
    assert sorted(vectors) == ["dog", "zebra"]
    encoder = load_checkpoint("small").segmenter.text_encoder
    row = encoder.embedding.weight[encoder.vocabulary.numbers(["dog"])[0]]  # type: ignore[index, union-attr, operator]
    assert vectors["dog"].tolist() == row.tolist()


def test_words_of_a_checkpoint_whose_vector_is_zero_have_none(tmp_path: Path) -> None:
    _, vectors = read_word_vectors("small", tmp_path, None)
    assert len(vectors) == 42_829
    assert "<unk>" not in vectors


def test_a_checkpoint_under_the_data_root_tells_where_its_vectors_were_from(tmp_path: Path) -> None:
    write_tiny_checkpoint(tmp_path / "mine.safetensors", words={"vectors": "glove.6B.100d.txt"})
    source, vectors = read_word_vectors("mine.safetensors", tmp_path, {"dog"})
    assert source == "glove.6B.100d.txt, from checkpoint mine"
    assert vectors["dog"].shape == (8,)


def test_a_missing_checkpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*a bundled name: small"):
        read_word_vectors("mine.safetensors", tmp_path, None)


def test_a_file_that_is_no_checkpoint_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").write_bytes(b"no")
    with pytest.raises(CheckpointError, match=r"is not a checkpoint of refseg.*--set text.glove=$"):
        read_word_vectors("mine.safetensors", tmp_path, None)
