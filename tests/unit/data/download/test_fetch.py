import hashlib
import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from servers import FAULTS, Server

from refseg_cli.data.download.content import Expected
from refseg_cli.data.download.fetch import Wish, fetch
from refseg_cli.data.download.persist import Patience
from refseg_cli.data.download.transport import new_client
from refseg_cli.errors import DownloadError

BODY = Random(0).randbytes(200_000)
KNOWN = Expected(len(BODY), hashlib.sha256(BODY).hexdigest())
UNKNOWN = Expected()


@pytest.fixture
def server(server: Server) -> Server:
    server.reset(seed=5)
    return server


CLIENT = new_client(patience=0.3)  # one for all: it takes longer to make than to use


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder/file.bin"


def fetch_it(target: Path, *addresses: str, expected: Expected = KNOWN, **client: Any) -> list[float]:
    """Fetch, and return the pauses that were made."""
    pauses: list[float] = []
    made = httpx.Client(**client) if client else CLIENT
    fetch(Wish("file.bin", addresses, expected, "type this"), target, made, Patience(sleep=pauses.append))
    return pauses


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


@pytest.mark.parametrize("before", ["", "drop"])
@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"loop"}))
def test_every_fault_that_passes_is_got_over(server: Server, target: Path, fault: str, before: str) -> None:
    fetch_it(target, server.serve("file.bin", BODY, *filter(None, (before, fault))))
    assert target.read_bytes() == BODY
    assert left(target) == ["file.bin"]


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"loop", "endless", "wrong-bytes", "short-length"}))
def test_so_it_is_when_nothing_is_known_of_the_file(server: Server, target: Path, fault: str) -> None:
    fetch_it(target, server.serve("file.bin", BODY, "drop", fault), expected=UNKNOWN)
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("body", [b"", b"x"])
def test_the_smallest_files_can_be_fetched(server: Server, target: Path, body: bytes) -> None:
    fetch_it(target, server.serve("file.bin", body, "drop", "503"), expected=UNKNOWN)
    assert target.read_bytes() == body


def test_after_a_dropped_connection_only_the_rest_is_fetched(server: Server, target: Path) -> None:
    fetch_it(target, server.serve("file.bin", BODY, *["drop"] * 12))
    assert server.n_sent["file.bin"] == len(BODY)
    assert server.ranges("file.bin")[-1].startswith("bytes=")


def test_a_part_of_an_earlier_start_is_continued(server: Server, target: Path) -> None:
    address = server.serve("file.bin", BODY, "drop", *["503"] * 4)
    with pytest.raises(DownloadError, match="it answers 503"):
        fetch_it(target, address)
    assert left(target) == ["file.bin.part", "file.bin.part.json"]
    fetch_it(target, address)
    assert server.n_sent["file.bin"] == len(BODY)


@pytest.mark.parametrize("expected", [KNOWN, UNKNOWN])
@pytest.mark.parametrize("note", ["", "[]", '{"address": 1', '{"colour": "red"}', None])
def test_a_part_without_a_note_that_can_be_read_is_not_trusted(
    server: Server, target: Path, note: str | None, expected: Expected
) -> None:
    target.parent.mkdir()
    target.with_name("file.bin.part").write_bytes(b"something else")
    if note is not None:
        target.with_name("file.bin.part.json").write_text(note)
    fetch_it(target, server.serve("file.bin", BODY), expected=expected)
    assert target.read_bytes() == BODY
    assert server.ranges("file.bin") == [""]


@pytest.mark.parametrize(
    ("after", "seen_at_once"),
    [
        ({"etag": '"2"'}, True),
        ({"etag": '"2"', "heeds_marks": False}, False),
        ({"etag": "", "modified": "Thu, 01 Jan 2026 00:00:00 GMT", "heeds_marks": False}, False),
    ],
)
def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(
    server: Server, target: Path, after: dict[str, Any], seen_at_once: bool
) -> None:
    address = server.serve("file.bin", b"old!" * 50_000, "drop", *["503"] * 9)
    with pytest.raises(DownloadError):
        fetch_it(target, address, expected=UNKNOWN)
    server.serve("file.bin", BODY, **after)
    fetch_it(target, address, expected=UNKNOWN)
    assert target.read_bytes() == BODY
    assert server.ranges("file.bin")[-1].startswith("bytes=") == seen_at_once


def test_a_part_that_was_whole_when_all_stopped_is_not_fetched_again(server: Server, target: Path) -> None:
    address = server.serve("file.bin", BODY)
    target.parent.mkdir()
    target.with_name("file.bin.part").write_bytes(BODY)
    note = {"address": address, "etag": '"1"', "modified": "", "total": None}  # its length was not said
    target.with_name("file.bin.part.json").write_text(json.dumps(note))
    fetch_it(target, address, expected=UNKNOWN)
    assert target.read_bytes() == BODY
    assert server.n_sent == {}


def test_a_file_that_became_longer_under_the_same_mark_is_fetched_from_its_beginning(
    server: Server, target: Path
) -> None:
    address = server.serve("file.bin", b"old" * 50_000, "drop", *["503"] * 9)
    with pytest.raises(DownloadError):
        fetch_it(target, address, expected=UNKNOWN)
    server.serve("file.bin", BODY)
    fetch_it(target, address, expected=UNKNOWN)
    assert target.read_bytes() == BODY


def test_without_a_mark_of_its_version_and_without_a_hash_nothing_is_continued(
    server: Server, target: Path
) -> None:
    address = server.serve("file.bin", BODY, "drop", etag="", modified="")
    fetch_it(target, address, expected=UNKNOWN)
    assert server.ranges("file.bin") == ["", ""]
    target.unlink()
    server.serve("file.bin", BODY, "drop", etag="", modified="")
    fetch_it(target, address)  # the hash of the whole would show a mix-up
    assert server.ranges("file.bin")[3].startswith("bytes=")


def test_a_part_that_was_mixed_up_is_found_by_its_hash_and_fetched_anew(server: Server, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("file.bin.part").write_bytes(b"x" * 100_000)
    note = {"address": "http://127.0.0.1/other", "etag": "", "modified": "", "total": len(BODY)}
    target.with_name("file.bin.part.json").write_text(json.dumps(note))
    fetch_it(target, server.serve("file.bin", BODY))
    assert server.ranges("file.bin") == ["bytes=100000-", ""]
    assert target.read_bytes() == BODY


def test_mirrors_are_tried_in_order_and_the_message_says_what_each_did(server: Server, target: Path) -> None:
    gone, wrong = f"{server.address}/gone", server.serve("wrong", BODY[::-1])
    busy, page = server.serve("busy", BODY, *["503"] * 99), server.serve("page", BODY, "loop")
    with pytest.raises(DownloadError) as failure:
        fetch_it(target, gone, wrong, busy, page)
    message = str(failure.value)
    reasons = ["answers 404", "its sha256 is", "answers 503", "redirects more than 10 times", "; type this"]
    assert sorted(reasons, key=message.index) == reasons
    assert not target.exists()
    assert len(server.ranges("wrong")) == 2
    assert len(server.ranges("busy")) == 5
    fetch_it(target, gone, wrong, server.serve("good", BODY))
    assert target.read_bytes() == BODY


def test_pauses_grow_and_are_as_long_as_the_server_asks(server: Server, target: Path) -> None:
    pauses = fetch_it(target, server.serve("file.bin", BODY, "500", "500", "500", "500"))
    assert all(0.5 * 2**n <= pause <= 2**n for n, pause in enumerate(pauses))
    assert len(pauses) == 4
    (asked,) = fetch_it(target, server.serve("file.bin", BODY, "503-later"))
    assert asked == 1.0
    (until,) = fetch_it(target, server.serve("file.bin", BODY, "503-date"))
    assert 0 < until <= 1.0


def test_while_bytes_come_failures_do_not_count_up(server: Server, target: Path) -> None:
    server.random.randrange = lambda n: min(n - 1, 1000)  # type: ignore[method-assign]
    pauses = fetch_it(target, server.serve("file.bin", BODY, *["drop"] * 30))
    assert max(pauses) <= 1.0
    assert len(pauses) == 30


def answering(status: int = 200, content: bytes = b"", **headers: str) -> Any:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "moved":
            return httpx.Response(302, headers={"Location": headers.get("location", "")})
        length = {"content-length": str(len(content))}
        return httpx.Response(status, stream=httpx.ByteStream(content), headers={**length, **headers})

    return httpx.MockTransport(handle)


@pytest.mark.parametrize(
    ("address", "answer", "message"),
    [
        ("https://moved/", {"location": "http://other/"}, "redirects from https to http"),
        ("http://moved/", {"location": "ftp://other/"}, "only http and https"),
        ("file:///etc/passwd", {}, "only http and https"),
        ("http://other/", {"content-type": "text/html; charset=utf-8"}, "answers with a web page"),
        ("http://other/", {"content-encoding": "br"}, "sends the file encoded as br"),
        ("http://other/", {"status": 206}, "answers 206 to a plain request"),
        ("http://other/", {"status": 503, "retry-after": "3600"}, "asks to come back in 60 minutes"),
        ("http://other/", {"status": 403}, "answers 403 Forbidden"),
        ("http://other/", {"content-length": "7", "content": b"1234567"}, "file of 7 bytes, not 200,000"),
        ("http:///file", {}, "only http"),
        ("http://me:secret@other:port/", {}, "fetched: other:port: no such address"),
        ("http://other/\ud800", {}, "no such address"),
    ],
)
def test_what_cannot_be_the_file_is_refused(
    target: Path, address: str, answer: dict[str, Any], message: str
) -> None:
    with pytest.raises(DownloadError, match=message):
        fetch_it(target, address, transport=answering(**answer))
    assert left(target) == []


def test_a_redirect_from_http_to_https_is_followed(target: Path) -> None:
    fetch_it(target, "http://moved/", transport=answering(location="https://other/", content=BODY))
    assert target.read_bytes() == BODY


def test_an_archive_that_a_server_calls_encoded_is_left_as_it_is(tmp_path: Path) -> None:
    body = b"\x1f\x8b compressed already"
    transport = answering(content=body, **{"content-encoding": "x-gzip"})
    target = tmp_path / "pictures.tar.gz"
    with httpx.Client(transport=transport) as client:
        fetch(Wish("pictures.tar.gz", ("http://other/",), UNKNOWN, ""), target, client, Patience())
    assert target.read_bytes() == body


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(9, 9, 100_000))
    with pytest.raises(DownloadError, match=r"needs 200\.0 kB, but .* has 100\.0 kB left; free some space"):
        fetch_it(target, server.serve("file.bin", BODY))
    assert not target.exists()


def test_a_folder_that_cannot_be_written_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"a file")
    with pytest.raises(DownloadError, match=r"cannot be written to .*folder with --data"):
        fetch_it(tmp_path / "folder/file.bin", server.serve("file.bin", BODY))
