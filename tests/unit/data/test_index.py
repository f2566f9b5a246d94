import gc
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from readers import READS, LinesReader
from refer_folders import write_refer_folder

from refseg_cli.data import index as index_module
from refseg_cli.data import stamps as stamps_module
from refseg_cli.data.index import indexed
from refseg_cli.data.readers.refer import ReferReader
from refseg_cli.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and nothing read or warned of yet."""
    READS.clear()
    index_module._warn.cache_clear()
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "index"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return written(tmp_path / "lines.txt", "left dog\nright dog\n")


def written(path: Path, text: str, seconds_ago: float = 3600) -> Path:
    """Write a file that looks as old as files mostly are."""
    path.write_text(text, encoding="utf-8")
    then = time.time_ns() - int(seconds_ago * 1e9)
    os.utime(path, ns=(then, then))
    return path


def only_file(cache: Path) -> Path:
    [file] = cache.iterdir()
    return file


def test_a_dataset_comes_out_of_its_index_as_its_reader_reads_it(tmp_path: Path) -> None:
    reader = ReferReader("unc", write_refer_folder(tmp_path / "refcoco"), "refs(unc).p", provenance="made")
    read = reader.read("val")
    for samples in (indexed(reader, "val"), indexed(reader, "val")):
        assert list(samples) == read
        assert [sample.mask().sum() for sample in samples] == [sample.mask().sum() for sample in read]


def test_a_split_is_read_once(
    source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("refseg_cli.data.index._LARGE", 0)  # of large sources it is said
    first = indexed(LinesReader(source), "val")
    assert "indexing lines val" in capsys.readouterr().err
    assert list(indexed(LinesReader(source), "val")) == list(first)
    assert READS == ["val"]
    assert capsys.readouterr().err == ""


def test_another_split_reader_or_place_has_an_index_of_its_own(source: Path, tmp_path: Path) -> None:
    indexed(LinesReader(source), "val")
    indexed(LinesReader(source), "test")
    assert indexed(LinesReader(source, name="../other"), "val")[0].sample_id == "../other/0"
    elsewhere = written(tmp_path / "else.txt", "cat")
    assert indexed(LinesReader(elsewhere), "val")[0].expression == "cat"
    assert len(READS) == 4


def test_what_a_file_name_cannot_tell_apart_is_kept_apart_too(tmp_path: Path, source: Path) -> None:
    folder = write_refer_folder(tmp_path / "refcoco")
    for kind in ("human", "template"):
        assert indexed(ReferReader("unc", folder, "refs(unc).p", kind=kind), "val")[0].kind == kind
    for split in ("a/b", "a-b"):
        assert indexed(LinesReader(source), split)[0].split == split


def test_the_same_relative_path_in_another_folder_is_another_dataset(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        written(Path("lines.txt"), folder)
        assert indexed(LinesReader(Path("lines.txt")), "val")[0].expression == folder
    assert len(list(cache.iterdir())) == 2


def test_a_changed_source_is_read_again(source: Path) -> None:
    before = indexed(LinesReader(source), "val").fingerprint
    written(source, "left cat\nright dog\n", seconds_ago=1800)
    changed = indexed(LinesReader(source), "val")
    assert changed[0].expression == "left cat"
    assert changed.fingerprint != before
    assert len(indexed(LinesReader(source), "val")) == 2
    assert len(READS) == 2


def test_a_source_that_was_only_touched_is_compared_once_and_not_read_again(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = indexed(LinesReader(source), "val")
    written(source, source.read_text(), seconds_ago=1800)
    assert list(indexed(LinesReader(source), "val")) == list(before)
    monkeypatch.setattr(stamps_module, "_sha256", None)  # which would fail if it were called
    assert list(indexed(LinesReader(source), "val")) == list(before)
    assert READS == ["val"]


def test_a_change_within_the_same_tick_of_the_clock_is_noticed(source: Path) -> None:
    written(source, "left dog", seconds_ago=0.5)
    then = source.stat().st_mtime_ns
    indexed(LinesReader(source), "val")
    source.write_text("left cat")
    os.utime(source, ns=(then, then))
    assert indexed(LinesReader(source), "val")[0].expression == "left cat"


def test_a_change_that_hides_its_time_and_size_is_not_looked_for(source: Path) -> None:
    then = source.stat().st_mtime_ns
    indexed(LinesReader(source), "val")
    source.write_text(source.read_text().replace("dog", "cat"))
    os.utime(source, ns=(then, then))
    assert indexed(LinesReader(source), "val")[0].expression == "left dog"


def test_a_source_that_went_missing_is_the_reader_s_error(source: Path, cache: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        indexed(LinesReader(source.with_name("none.txt")), "val")
    assert not cache.exists()
    assert gc.isenabled()  # it is off while a dataset is read
    indexed(LinesReader(source), "val")
    source.unlink()
    with pytest.raises(DataError, match="no such file"):
        indexed(LinesReader(source), "val")


def test_the_fingerprint_is_of_the_content_wherever_it_lies(source: Path, tmp_path: Path) -> None:
    copy = written(tmp_path / "copy.txt", source.read_text(), seconds_ago=99)
    found = {indexed(LinesReader(path), "val").fingerprint for path in (source, copy, source)}
    assert len(found) == 1
    assert len(found.pop()) == 64


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda content: content[:-1],
    "cut in the header": lambda content: content[:50],
    "longer": lambda content: content + b"\0",
    "no such file": lambda _: b"\x80\x04cposix\nsystem\n.",
    "another version": lambda content: content.replace(b"sample index 3", b"sample index 2"),
    "a changed sentence": lambda content: content.replace(b"left dog", b"left cat"),
    "a changed source": lambda content: content.replace(b"lines.txt", b"wines.txt"),
    "huge header": lambda content: b"\xff" * 8 + content[8:],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_index_is_made_again(damage: str, source: Path, cache: Path) -> None:
    read = list(indexed(LinesReader(source), "val"))
    file = only_file(cache)
    whole = file.read_bytes()
    damaged = DAMAGE[damage](whole)
    assert damaged != whole
    file.write_bytes(damaged)
    assert list(indexed(LinesReader(source), "val")) == read
    assert file.read_bytes() == whole


@pytest.mark.parametrize("part", range(24))
def test_no_flipped_bit_changes_a_sample(part: int, source: Path, cache: Path) -> None:
    read = list(indexed(LinesReader(source), "val"))
    file = only_file(cache)
    content = bytearray(file.read_bytes())
    content[part * len(content) // 24] ^= 1
    file.write_bytes(content)
    assert list(indexed(LinesReader(source), "val")) == read


def test_an_index_of_something_else_is_made_again(source: Path, cache: Path) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    indexed(LinesReader(source), "val")
    file = only_file(cache)
    for arrays in ({}, {"rows": np.zeros(2), "offsets": np.zeros(1), "pieces": np.zeros((2, 2))}):
        save_file(
            arrays, file, {"refseg": '{"format": "refseg sample index 2", "sources": [], "digest": ""}'}
        )
        assert indexed(LinesReader(source), "val")[0].expression == "left dog"
    assert len(READS) == 3


def test_without_a_cache_it_works_and_says_so_once(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "file"))
    for _ in range(2):
        samples = indexed(LinesReader(source), "val")
        assert samples[1].expression == "right dog"
        assert list(pickle.loads(pickle.dumps(samples))) == list(samples)
    assert capsys.readouterr().err.count("export REFSEG_HOME=FOLDER") == 1
    assert READS == ["val", "val"]


def test_a_pickled_index_is_the_path_of_its_file(tmp_path: Path, cache: Path) -> None:
    source = written(tmp_path / "lines.txt", "left dog\n" * 1000)
    samples = indexed(LinesReader(source), "val")
    pickled = pickle.dumps(samples)
    assert len(pickled) < 1000
    written(source, source.read_text(), seconds_ago=7)
    indexed(LinesReader(source), "val")  # which refreshes the stamps in the file
    assert list(pickle.loads(pickled)) == list(samples)
    written(source, "another", seconds_ago=5)
    indexed(LinesReader(source), "val")
    with pytest.raises(DataError, match="changed or removed while in use"):
        pickle.loads(pickled)
    only_file(cache).unlink()
    with pytest.raises(DataError, match="changed or removed while in use"):
        pickle.loads(pickled)


def test_two_processes_may_index_at_once(root: Path, source: Path, cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from readers import LinesReader\n"
        "from refseg_cli.data.index import indexed\n"
        "for _ in range(20):\n"
        "    for file in Path(sys.argv[2]).glob('*.safetensors'): file.unlink(True)\n"
        "    assert indexed(LinesReader(Path(sys.argv[1])), 'val')[0].expression == 'left dog'\n"
    )
    command = [sys.executable, "-c", code, str(source), str(cache)]
    environment = {**os.environ, "PYTHONPATH": str(root / "tests")}
    both = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert only_file(cache).suffix == ".safetensors"
