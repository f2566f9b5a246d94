import io
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from downloads import finals, zip_of
from servers import Server

from refseg.encoders.glove import read_glove
from refseg_cli.data.download.install import Means, install
from refseg_cli.data.download.manifest import RemoteFile, Take
from refseg_cli.data.download.vectors import install_slices, read_vocabulary, slice_text, sliced_path
from refseg_cli.errors import DataError, DownloadError

FILE = RemoteFile(
    "glove.zip", ("http://127.0.0.1:9/",), kind="zip", vectors=True,
    take=(Take(r"(glove\.\dd\.txt)", "glove"),), expects=("glove/glove.2d.txt", "glove/glove.3d.txt"),
)  # fmt: skip
TWO = ", 0.1 -0.2\nthe 1 2\n. . . 3 4\nat name@domain.com 5 6\ncafé 7 8\nred 9 10\n"
THREE = "the 1 2 3\nred 4 5 6\n"
ZIP = zip_of({"glove.2d.txt": TWO.encode(), "glove.3d.txt": THREE.encode()})


@pytest.fixture
def server(server: Server) -> Server:
    server.serve("glove.zip", ZIP)
    return server


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("<pad>\nred\ncafé\nthe\n. . .\nunicorn\n", encoding="utf-8")
    return path


def test_slices_are_what_the_encoder_reads(means: Means, tmp_path: Path, vocabulary: Path) -> None:
    install_slices(FILE, tmp_path, means, read_vocabulary(vocabulary))
    vectors = read_glove(tmp_path / "glove/glove.2d.words.txt")
    assert list(vectors) == ["the", "café", "red"]
    np.testing.assert_array_equal(vectors["red"], [9, 10])
    assert list(read_glove(tmp_path / "glove/glove.3d.words.txt")) == ["the", "red"]
    assert {name for name in finals(tmp_path) if name.startswith("glove")} == {
        "glove/glove.2d.words.txt",
        "glove/glove.3d.words.txt",
    }


def test_slices_are_made_once_for_each_vocabulary(
    means: Means, server: Server, tmp_path: Path, vocabulary: Path
) -> None:
    for _ in range(2):
        install_slices(FILE, tmp_path, means, read_vocabulary(vocabulary))
    assert len(server.requests) == 1
    vocabulary.write_text("the\n")
    install_slices(FILE, tmp_path, means, read_vocabulary(vocabulary))
    assert len(server.requests) == 2
    assert list(read_glove(tmp_path / "glove/glove.2d.words.txt")) == ["the"]


def test_where_the_whole_text_is_nothing_is_fetched(
    means: Means, server: Server, tmp_path: Path, vocabulary: Path
) -> None:
    install(FILE, tmp_path, means)
    install_slices(FILE, tmp_path, means, read_vocabulary(vocabulary))
    assert len(server.requests) == 1
    assert list(read_glove(tmp_path / "glove/glove.3d.words.txt")) == ["the", "red"]


@pytest.mark.parametrize("text", ["the\n", "2 3\nthe 1\n", "the 1 2\nred 1\n", "the 1 2\n\n"])
def test_what_are_no_vectors_is_refused_and_not_kept(
    means: Means, server: Server, tmp_path: Path, vocabulary: Path, text: str
) -> None:
    server.serve("glove.zip", zip_of({"glove.2d.txt": text.encode(), "glove.3d.txt": THREE.encode()}))
    with pytest.raises(DownloadError, match=r"the vectors are damaged .*--force"):
        install_slices(FILE, tmp_path, means, read_vocabulary(vocabulary))
    assert finals(tmp_path).keys() == {"words.txt"}
    assert not list((tmp_path / ".refseg/downloads").iterdir())


def test_a_damaged_archive_is_refused(means: Means, server: Server, tmp_path: Path, vocabulary: Path) -> None:
    broken = zip_of({"glove.2d.txt": TWO.encode() * 1000})
    broken = broken[:200] + b"?" + broken[201:]
    server.serve("glove.zip", broken)
    with pytest.raises(DownloadError, match="the vectors are damaged"):
        install_slices(FILE, tmp_path, means, read_vocabulary(vocabulary))


def test_a_vocabulary_must_have_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such vocabulary"):
        read_vocabulary(tmp_path / "none.txt")
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(DataError, match="has no words in it"):
        read_vocabulary(tmp_path / "empty.txt")


def test_a_slice_is_named_after_its_vocabulary() -> None:
    assert sliced_path("glove/glove.6B.50d.txt", Path("a/vocabulary_Gref.txt")) == (
        "glove/glove.6B.50d.vocabulary_Gref.txt"
    )


def test_memory_stays_flat_however_long_the_text_is() -> None:
    class Endless(io.RawIOBase):
        left = 2_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            line = b"word" + b" 0.12345" * 300 + b"\n"
            buffer[: len(line)] = line
            self.left -= 1
            return len(line) if self.left > 0 else 0

    out = io.BytesIO()
    tracemalloc.start()
    n_found = slice_text(io.BufferedReader(Endless(), 4096), frozenset([b"other"]), out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_found == 0
    assert peak < 200_000  # of the 5 MB that went by


def test_force_makes_them_anew(means: Means, server: Server, tmp_path: Path, vocabulary: Path) -> None:
    for _ in range(2):
        install_slices(FILE, tmp_path, replace(means, force=True), read_vocabulary(vocabulary))
    assert len(server.requests) == 2


def test_a_vocabulary_is_read_once_and_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(b"\xef\xbb\xbfthe\r\nred\n",))
    writer.start()
    vocabulary = read_vocabulary(pipe)
    writer.join()
    assert (vocabulary.words, vocabulary.digest.size) == ({b"the", b"red"}, 12)
