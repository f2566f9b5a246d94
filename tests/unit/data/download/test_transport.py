import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from refseg_cli.data.download import transport
from refseg_cli.data.download.transport import (
    TooSlow,
    TryAgain,
    TryElsewhere,
    new_client,
    opened,
    steadily,
    without_password,
)
from refseg_cli.errors import DownloadError


@contextmanager
def trickling(beginning: bytes) -> Iterator[str]:
    """A server that sends a beginning, and then a byte now and then until the other side has had enough."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            try:
                connection.sendall(beginning)
                for _ in range(500):
                    connection.sendall(b"a")
                    time.sleep(0.01)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/file"
        thread.join()


def test_headers_that_come_a_byte_at_a_time_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LONGEST_TO_ANSWER", 0.2)
    with (
        trickling(b"HTTP/1.1 200 OK\r\nX: ") as address,
        new_client() as client,
        pytest.raises(TryAgain, match="does not answer in time"),
        opened(client, address, {}),
    ):
        pass


def test_a_body_that_comes_a_byte_at_a_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "WINDOW", 0.2)
    with (
        trickling(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n") as address,
        new_client() as client,
        pytest.raises(TooSlow, match="less than 1,000 bytes a second"),
        opened(client, address, {}) as response,
    ):
        list(steadily(response.iter_raw()))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks9://127.0.0.1:1"),
        ("HTTP_PROXY", "foo://x"),
        ("SSL_CERT_FILE", "/no/such/file"),
    ],
)
def test_an_environment_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(DownloadError, match=f"type: unset .*{variable}"):
        new_client()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("9" * 400, "after a day or more"),
        ("7200", "in 120 minutes"),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999", "answers 503"),
    ],
)
def test_absurd_pauses_are_told_in_sane_words(asked: str, told: str) -> None:
    answer = httpx.MockTransport(lambda _request: httpx.Response(503, headers={"Retry-After": asked}))
    with (
        httpx.Client(transport=answer) as client,
        pytest.raises((TryAgain, TryElsewhere), match=told),
        opened(client, "http://host/file", {}),
    ):
        pass


def test_what_goes_wrong_with_letters_in_the_body_is_not_blamed_on_the_address() -> None:
    answer = httpx.MockTransport(lambda _request: httpx.Response(200))
    with (
        httpx.Client(transport=answer) as client,
        pytest.raises(UnicodeError),
        opened(client, "http://host/file", {}),
    ):
        b"\xff".decode("utf-8")


def test_a_password_is_taken_out_of_an_address() -> None:
    assert without_password("http://me:secret@host/a@b") == "http://host/a@b"
    assert without_password("https://host/a@b") == "https://host/a@b"
