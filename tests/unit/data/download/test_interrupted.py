"""Downloads that are killed, and downloads that meet: nothing is fetched twice and nothing gets mixed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from downloads import finals
from servers import Server

CHILD = """
import sys
from pathlib import Path
from downloads import means_of
from refseg_cli.data.download.install import install
from refseg_cli.data.download.manifest import RemoteFile
with means_of() as means:
    install(RemoteFile("big.bin", (sys.argv[1],), to="big.bin"), Path(sys.argv[2]), means)
"""


def start_child(address: str, base: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.Popen([sys.executable, "-c", CHILD, address, str(base)], env=environment)


def wait_for_bytes(server: Server, path: str, n_bytes: int) -> None:
    for _ in range(2000):
        if server.n_sent.get(path, 0) >= n_bytes:
            return
        time.sleep(0.01)
    pytest.fail("the download did not start")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    body = Random(0).randbytes(400_000)
    address = server.serve("big.bin", body, rate=400_000)
    child = start_child(address, tmp_path)
    wait_for_bytes(server, "big.bin", 150_000)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert finals(tmp_path) == {}
    server.resources["big.bin"].rate = 0
    sent_before = server.n_sent["big.bin"]
    assert start_child(address, tmp_path).wait() == 0  # the lock of the dead does not hold it up
    sent_after = server.n_sent["big.bin"] - sent_before
    assert finals(tmp_path) == {"big.bin": body}
    assert sent_after < len(body) - 100_000
    assert server.ranges("big.bin")[1].startswith("bytes=1")


def test_two_processes_that_want_the_same_file_fetch_it_once(server: Server, tmp_path: Path) -> None:
    body = Random(1).randbytes(100_000)
    address = server.serve("big.bin", body, rate=200_000)
    children = [start_child(address, tmp_path) for _ in range(2)]
    assert [child.wait() for child in children] == [0, 0]
    assert len(server.requests) == 1
    assert finals(tmp_path) == {"big.bin": body}
