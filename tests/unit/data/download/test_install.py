import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from downloads import TEXTS, box, finals, tar_of, zip_of
from servers import Server

from refseg_cli.data.download.install import Means, addresses_of, install, is_installed, left_to_fetch
from refseg_cli.data.download.manifest import RemoteFile, manifest
from refseg_cli.data.download.records import read_record, record_path
from refseg_cli.errors import DownloadError

ZIP = zip_of(TEXTS)


@pytest.fixture
def server(server: Server) -> Server:
    server.serve("box.zip", ZIP)
    return server


def test_a_file_is_fetched_unpacked_recorded_and_its_archive_removed(
    means: Means, server: Server, tmp_path: Path
) -> None:
    install(box(), tmp_path, means)
    assert finals(tmp_path) == TEXTS
    record = read_record(tmp_path, "box.zip")
    assert record is not None
    assert record.source == f"{server.address}/box.zip"
    assert record.digest.sha256 == hashlib.sha256(ZIP).hexdigest()
    assert record.files.keys() == TEXTS.keys()
    assert not list((tmp_path / ".refseg/downloads").iterdir())


def test_what_is_there_is_not_fetched_again(means: Means, server: Server, tmp_path: Path) -> None:
    install(box(), tmp_path, means)
    before = {path: (tmp_path / path).stat().st_mtime_ns for path in TEXTS}
    install(box(), tmp_path, means)
    assert len(server.requests) == 1
    install(box(), tmp_path, replace(means, force=True))
    assert len(server.requests) == 2
    assert before != {path: (tmp_path / path).stat().st_mtime_ns for path in TEXTS}


@pytest.mark.parametrize("harm", ["remove", "cut", "change"])
def test_what_was_harmed_is_fetched_again(means: Means, tmp_path: Path, harm: str) -> None:
    install(box(), tmp_path, means)
    victim = tmp_path / "box/inner/two.txt"
    if harm == "remove":
        victim.unlink()
    elif harm == "cut":
        victim.write_bytes(b"")
    else:
        victim.write_bytes(victim.read_bytes()[::-1])
    assert not is_installed(box(), tmp_path)
    install(box(), tmp_path, means)
    assert finals(tmp_path) == TEXTS


def test_a_copy_of_the_data_needs_no_download(means: Means, server: Server, tmp_path: Path) -> None:
    install(box(), tmp_path / "data", means)
    for path in (tmp_path / "data").rglob("*.txt"):
        os.utime(path, ns=(0, 0))
    install(box(), tmp_path / "data", means)
    assert len(server.requests) == 1


def test_what_a_person_put_there_is_left_alone(means: Means, server: Server, tmp_path: Path) -> None:
    (tmp_path / "box/inner").mkdir(parents=True)
    (tmp_path / "box/one.txt").write_text("mine")
    (tmp_path / "box/inner/two.txt").write_text("mine")
    install(box(), tmp_path, means)
    assert server.requests == []
    assert finals(tmp_path)["box/one.txt"] == b"mine"


def test_a_second_download_is_compared_with_the_first(means: Means, server: Server, tmp_path: Path) -> None:
    install(box(), tmp_path, means)
    server.serve("box.zip", zip_of({**TEXTS, "box/one.txt": b"other"}))
    forced = replace(means, force=True)
    with pytest.raises(
        DownloadError, match=r"hash is that of the first download; .* type: rm .*box\.zip\.json"
    ):
        install(box(), tmp_path, forced)
    assert finals(tmp_path) == TEXTS
    record_path(tmp_path, "box.zip").unlink()
    install(box(), tmp_path, forced)
    assert finals(tmp_path)["box/one.txt"] == b"other"


def test_a_record_that_cannot_be_read_is_as_good_as_none(means: Means, tmp_path: Path) -> None:
    install(box(), tmp_path, means)
    for text in ("", "[]", '{"files": 1}', '{"files": {"a": {"size": 1}}}'):
        record_path(tmp_path, "box.zip").write_text(text)
        assert read_record(tmp_path, "box.zip") is None
    assert is_installed(box(), tmp_path)


def test_a_file_that_a_person_fetched_is_checked_and_kept(
    means: Means, server: Server, tmp_path: Path
) -> None:
    mine = tmp_path / "Downloads/whatever.zip"
    mine.parent.mkdir()
    mine.write_bytes(ZIP)
    base = tmp_path / "data"
    given = replace(means, given={"box.zip": mine})
    with pytest.raises(DownloadError, match=r"whatever\.zip is not box\.zip: its sha256 is .* not 12345678"):
        install(box(sha256="12345678"), base, given)
    assert finals(base) == {}
    install(box(), base, given)
    assert finals(base) == TEXTS
    assert mine.read_bytes() == ZIP
    assert server.requests == []


def test_a_broken_file_that_a_person_fetched_is_not_removed(means: Means, tmp_path: Path) -> None:
    mine = tmp_path / "box.zip"
    mine.write_bytes(ZIP[:-100])
    with pytest.raises(DownloadError, match="no whole zip archive"):
        install(box(), tmp_path / "data", replace(means, given={"box.zip": mine}))
    assert mine.exists()


def test_a_single_file_that_a_person_fetched_is_copied(means: Means, tmp_path: Path) -> None:
    mine = tmp_path / "words.txt"
    mine.write_bytes(b"words")
    file = RemoteFile("a.txt", ("http://127.0.0.1:9/",), to="texts/a.txt")
    install(file, tmp_path / "data", replace(means, given={"a.txt": mine}))
    assert finals(tmp_path / "data") == {"texts/a.txt": b"words"}
    assert is_installed(file, tmp_path / "data")


def test_a_broken_archive_is_not_kept_but_one_for_which_there_is_no_room_is(
    means: Means, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.serve("box.tar", tar_of(TEXTS)[:-3])
    with pytest.raises(DownloadError, match="damaged"):
        install(box("tar"), tmp_path, means)
    assert not list((tmp_path / ".refseg/downloads").iterdir())

    def usage(folder: Path) -> object:
        full = "box" in Path(folder).parts
        return shutil._ntuple_diskusage(1 << 40, 0, 10 if full else 1 << 39)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    with pytest.raises(DownloadError, match="free some space"):
        install(box(), tmp_path, means)
    assert left_to_fetch(box(size=len(ZIP)), tmp_path) == 0
    monkeypatch.undo()
    server.reset()
    install(box(), tmp_path, means)  # nothing is fetched again
    assert finals(tmp_path) == TEXTS


def test_mirrors_come_first_and_names_are_quoted() -> None:
    file = manifest().files["grefs(unc).json"]
    first, *rest = addresses_of(file, ("http://127.0.0.1:9/data/",))
    assert first == "http://127.0.0.1:9/data/grefs%28unc%29.json"
    assert tuple(rest) == file.addresses


@pytest.mark.parametrize("name", [name for name, file in manifest().files.items() if file.torchvision])
def test_torchvision_is_asked_where_its_weights_are(name: str) -> None:
    (address,) = addresses_of(manifest().files[name], ())
    assert address.startswith("https://")
    assert address.endswith(name)
    assert manifest().files[name].sha256 in name


def test_weights_that_torchvision_replaced_are_said() -> None:
    file = RemoteFile("resnet50-0.pth", torchvision="ResNet50_Weights.IMAGENET1K_V1", to="resnet50-0.pth")
    with pytest.raises(DownloadError, match=r"is now https://.*; type: pip install -U refseg"):
        addresses_of(file, ())


def test_an_interrupted_unpacking_leaves_nothing_that_counts(
    means: Means, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_path: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            install(box(), tmp_path, means)
    assert finals(tmp_path) == {}
    assert not is_installed(box(), tmp_path)
    install(box(), tmp_path, means)
    assert finals(tmp_path) == TEXTS


def test_killed_between_two_final_names_it_is_not_complete_and_unpacked_again(
    means: Means, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = box(expects=("box",))
    rename = Path.replace

    def kill(path: Path, target: Path) -> Path:
        if target.name == "two.txt":
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", kill)
        with pytest.raises(KeyboardInterrupt):
            install(folder, tmp_path, means)
    assert 0 < len(finals(tmp_path)) < len(TEXTS)
    assert not is_installed(folder, tmp_path)
    install(folder, tmp_path, means)
    assert finals(tmp_path) == TEXTS
    assert is_installed(folder, tmp_path)
    assert len(server.requests) == 1


def test_what_a_killed_force_left_is_removed_at_the_next_start(means: Means, tmp_path: Path) -> None:
    install(box(), tmp_path, means)
    left = (tmp_path / "box/.refseg-unpack-box.zip/one.txt", tmp_path / ".refseg/downloads/box.zip")
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    install(box(), tmp_path, means)
    assert not any(path.exists() for path in left)
    assert not left[0].parent.exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "it is empty"),
        ("a.txt", b"\n <!DOCTYPE html><html>no such file</html>", "it is a web page"),
        ("a.json", b'{"a": ', "it is no JSON"),
        ("a.json", b"<html>", "it is a web page"),
        ("a.csv", b"1" * 49, "it has 49 bytes, not about 100"),
        ("a.csv", b"1" * 201, "it has 201 bytes, not about 100"),
    ],
)
def test_what_cannot_be_the_file_is_not_trusted_where_no_hash_is_known(
    means: Means, server: Server, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    about = 100 if name == "a.csv" else 0
    file = RemoteFile(name, ("http://127.0.0.1:9/",), to=f"texts/{name}", about=about)
    server.serve(name, content)
    mine = tmp_path / "mine"
    mine.write_bytes(content)
    for how in (means, replace(means, given={name: mine})):
        with pytest.raises(DownloadError, match=message):
            install(file, tmp_path / "data", how)
    assert finals(tmp_path / "data") == {}
