"""Servers that lie about lengths and never end, and disks that are full: nothing wrong gets a final name."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from refseg_cli.data.download import fetch as fetching
from refseg_cli.data.download.content import Expected
from refseg_cli.data.download.disk import REMEDIES, SPARE
from refseg_cli.data.download.fetch import Fetched, Wish, fetch
from refseg_cli.data.download.part import Origin
from refseg_cli.data.download.persist import Patience
from refseg_cli.errors import DownloadError

BODY = bytes(range(250)) * 400
BAD, GOOD = "http://bad/file", "http://good/file"
WISH = Wish("file.bin", (BAD, GOOD), Expected(), "type this", about=90_000)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"


class Body(httpx.SyncByteStream):
    """What a server sends, so many times."""

    def __init__(self, piece: bytes, times: int = 1) -> None:
        self.pieces = [piece] * times

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)


SHORT = Body(b"abc")
ENDLESS = Body(bytes(10_000), 1000)


def fetch_it(
    target: Path, wish: Wish, headers: Mapping[str, str], body: Body = SHORT, status: int = 200
) -> Fetched:
    """Fetch where one server answers as told and the other has the file."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "good":
            return httpx.Response(200, headers={"Content-Length": str(len(BODY))}, stream=Body(BODY))
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        return httpx.Response(status, headers=encoded, stream=body)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        return fetch(wish, target, client, Patience(sleep=lambda _seconds: None))


@pytest.mark.parametrize("length", ["9" * 19, "1" * 5000, "9" * 17, "7", "٣"])
def test_a_length_that_cannot_be_is_left_for_the_next_address(target: Path, length: str) -> None:
    assert fetch_it(target, WISH, {"Content-Length": length}).address == GOOD
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("told", [f"bytes {'1' * 5000}-5/10", f"bytes 0-5/{'9' * 5000}", "bytes ٣-5/10"])
def test_numbers_without_end_in_a_range_are_no_range(target: Path, told: str) -> None:
    target.with_name("file.bin.part").write_bytes(b"abc")
    target.with_name("file.bin.part.json").write_text(json.dumps({"address": BAD, "etag": '"1"'}))
    assert fetch_it(target, WISH, {"Content-Range": told}, status=206).address == GOOD


@pytest.mark.parametrize(
    "wish", [WISH, replace(WISH, about=0), replace(WISH, expected=Expected(len(BODY)), about=0)]
)
def test_a_body_without_end_is_cut_off(target: Path, wish: Wish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 300_000)
    assert fetch_it(target, wish, {"Transfer-Encoding": "chunked"}, ENDLESS).address == GOOD
    assert target.read_bytes() == BODY


def test_a_body_without_end_leaves_some_room_on_the_disk(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SPARE + 200_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(9, 9, free))
    wish = replace(WISH, about=0)
    assert fetch_it(target, wish, {"Transfer-Encoding": "chunked"}, ENDLESS).address == GOOD


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the length of files")
@pytest.mark.parametrize("size", [None, len(BODY)])
def test_a_file_that_the_disk_cuts_short_gets_no_final_name(target: Path, size: int | None) -> None:
    import resource

    wish = replace(WISH, expected=Expected(size), addresses=(GOOD,), remedy=REMEDIES["cache"])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(BODY) // 2, hard))
    try:
        with pytest.raises(DownloadError, match=r"cannot be written .*set REFSEG_HOME to another"):
            fetch_it(target, wish, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not target.exists()


def test_marks_that_cannot_stand_in_a_header_are_not_sent() -> None:
    assert Origin(GOOD, etag='"é"').mark == ""
    assert Origin(GOOD, etag='"é"', modified="Thu").mark == "Thu"
    assert Origin(GOOD, etag='W/"1"', modified="Thu").mark == "Thu"
    assert Origin(GOOD, etag='"1"', modified="Thu").mark == '"1"'


def test_a_password_is_written_nowhere(target: Path) -> None:
    wish = replace(WISH, addresses=("http://me:secret@good/file",))
    assert fetch_it(target, wish, {}).address == GOOD
    assert Origin.of("http://me:secret@good/file", httpx.Response(200), 1).address == GOOD
