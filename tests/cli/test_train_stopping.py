import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tiny_training import write_tiny_training

RUN = Path("runs", "mixture", "official")
MARK = "REFSEG_TEST_STOPPING"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """An endless run with a process that reads ahead; what is left of it in the end is killed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(MARK, str(tmp_path))
    reading = ("training.cache_levels=false", "training.workers=1", "training.steps=1000000")
    settings = (*reading, "training.save_every=1000000")
    options = [*write_tiny_training(tmp_path), *(word for each in settings for word in ("--set", each))]
    yield [sys.executable, "-m", "refseg_cli", "train", *options]
    for process in marked(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def marked(folder: Path) -> list[int]:
    """The processes that the run of a folder has started, and itself."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environment = (process / "environ").read_bytes().split(b"\0")
            if f"{MARK}={folder}".encode() in environment and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found


def happens(what: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so, or for so many seconds."""
    end = time.monotonic() + seconds
    while not (so := what()) and time.monotonic() < end:
        time.sleep(0.05)
    return so


def has_begun() -> bool:
    """Whether steps were made, and thus pictures read."""
    log = RUN / "metrics.jsonl"
    return log.is_file() and log.stat().st_size > 0


def test_who_reads_ahead_does_not_outlive_a_killed_trainer(command: list[str], tmp_path: Path) -> None:
    with subprocess.Popen([*command, "--quiet"], stderr=subprocess.DEVNULL) as trainer:
        try:
            assert happens(has_begun, 300)
            assert len(marked(tmp_path)) >= 3  # the trainer, the fork server and who reads ahead
        finally:
            trainer.kill()
    assert happens(lambda: not marked(tmp_path), 5)


def test_a_closed_terminal_saves_first(command: list[str], tmp_path: Path) -> None:
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))

    def in_the_terminal() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # where these tests run under nohup
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    terminal, end = pty.openpty()
    os.set_blocking(terminal, False)
    trainer = subprocess.Popen(
        command,
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=in_the_terminal,  # noqa: PLW1509 - it needs no lock
    )
    os.close(end)

    def shown() -> bool:
        with suppress(BlockingIOError):  # a terminal that nobody reads from holds up who writes to it
            os.read(terminal, 2**16)
        return has_begun()

    begun = happens(shown, 300)
    os.close(terminal)
    assert begun
    assert trainer.wait(60) == 130
    assert list((RUN / "trainer").glob("step-*.safetensors"))
    assert happens(lambda: not marked(tmp_path), 10)
