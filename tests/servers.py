"""A web server on this machine that misbehaves as told: it drops, lies, cuts short, redirects, is slow."""

import gzip
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import unquote

FAULTS = (
    "drop", "reset", "503", "503-later", "503-date", "429", "500", "short-length", "long-length",
    "wrong-bytes", "ignore-range", "416", "wrong-range", "no-range-header", "loop", "moved", "gzip",
    "chunked", "chunked-drop", "endless", "changed", "slow", "short-piece", "long-piece",
)  # fmt: skip


@dataclass
class Resource:
    """A file of the server: its content, and what goes wrong at each request, until nothing does any more."""

    body: bytes
    faults: list[str] = field(default_factory=list)
    etag: str = '"1"'
    modified: str = formatdate(1_600_000_000, usegmt=True)
    rate: int = 0  # bytes a second; 0 for as fast as can be
    heeds_marks: bool = True  # whether If-Range is looked at


class Server:
    """What a test tells the server, and what it sees of it."""

    def __init__(self, seed: int = 0) -> None:
        self.resources: dict[str, Resource] = {}
        self.requests: list[tuple[str, str]] = []  # path and header Range
        self.n_sent: dict[str, int] = {}
        self.random = Random(seed)
        self.address = ""

    def reset(self, seed: int = 0) -> None:
        """Forget everything, for another test."""
        self.resources.clear()
        self.requests.clear()
        self.n_sent.clear()
        self.random = Random(seed)

    def serve(self, path: str, body: bytes, *faults: str, **how: object) -> str:
        """Put a file on the server, and return its address."""
        self.resources[path] = Resource(body, list(faults), **how)  # type: ignore[arg-type]
        return f"{self.address}/{path}"

    def ranges(self, path: str) -> list[str]:
        return [header for asked, header in self.requests if asked == path]


@contextmanager
def misbehaving_server(seed: int = 0) -> Iterator[Server]:
    server = Server(seed)
    http = _Quiet(("127.0.0.1", 0), type("Handler", (_Handler,), {"told": server}))
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away: they were meant to."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: Server

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = unquote(self.path).lstrip("/").partition("?")[0]
        self.told.requests.append((path, self.headers.get("Range", "")))
        resource = self.told.resources.get(path)
        if resource is None:
            self.answer(404, b"")
            return
        fault = resource.faults.pop(0) if resource.faults else ""
        if fault in {"503", "503-later", "503-date", "429", "500"}:
            self.refuse(fault)
        elif fault in {"loop", "moved"} or self.path.endswith("?loop"):
            self.answer(302, b"", Location="?elsewhere" if fault == "moved" else "?loop")
        else:
            self.send_file(path, resource, fault)

    def refuse(self, fault: str) -> None:
        later = {"503-later": "1", "429": "0", "503-date": formatdate(time.time() + 1, usegmt=True)}
        self.answer(int(fault[:3]), b"busy", **({"Retry-After": later[fault]} if fault in later else {}))

    def send_file(self, path: str, resource: Resource, fault: str) -> None:
        if fault == "changed":
            resource.etag = f'"{self.told.random.random()}"'
        body, status, headers = (
            resource.body,
            200,
            {"ETag": resource.etag, "Last-Modified": resource.modified},
        )
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        fresh = self.headers.get("If-Range", resource.etag) == resource.etag or not resource.heeds_marks
        if asked and fresh and fault not in {"ignore-range", "gzip"}:
            start = int(asked[1])
            if fault == "416" or start >= len(body):
                self.answer(416, b"", **{"Content-Range": f"bytes */{len(body) - (fault == '416')}"})
                return
            off = fault == "wrong-range"  # as much as was asked for, but from one byte before
            end = (start + len(body) + 1) // 2 if fault == "short-piece" else len(body)
            if fault != "no-range-header":
                headers["Content-Range"] = f"bytes {start - off}-{end - off - 1}/{len(body)}"
            status, body = 206, body[start - off : end - off] + b"more" * (fault == "long-piece")
        self.send_body(path, body, status, headers, fault, resource.rate)

    def send_body(
        self, path: str, body: bytes, status: int, headers: dict[str, str], fault: str, rate: int
    ) -> None:
        if fault == "wrong-bytes" and body:
            place = self.told.random.randrange(len(body))
            body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        if fault == "gzip":
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        lengths = {"short-length": len(body) // 2, "long-length": len(body) + 7}
        cut = (
            self.told.random.randrange(len(body) + 1) if fault in {"drop", "reset", "chunked-drop"} else None
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if fault.startswith("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
        elif fault == "endless":
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(lengths.get(fault, len(body))))
        self.end_headers()
        self.close_connection = bool(fault)
        self.write(path, body if cut is None else body[:cut], fault, rate)

    def write(self, path: str, body: bytes, fault: str, rate: int) -> None:
        step = max(1, min(len(body), rate // 20 or 1 << 16, len(body) // 4 if fault == "slow" else 1 << 16))
        for start in range(0, len(body), step):
            piece = body[start : start + step]
            chunked = fault.startswith("chunked")
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            self.told.n_sent[path] = self.told.n_sent.get(path, 0) + len(piece)
            if rate or fault == "slow":
                time.sleep(0.05 if rate else 0.002)
        if fault == "chunked":
            self.wfile.write(b"0\r\n\r\n")
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
