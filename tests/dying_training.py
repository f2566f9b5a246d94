"""`refseg` in a process that is killed (SIGKILL) at a chosen moment: `python dying_training.py MOMENT N …`.

MOMENT is `step` (after step N), `second` (N seconds after the first step begins), or `byte` (when N bytes of
states and checkpoints are written, in the middle of a write).
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import refseg.models.checkpoint
import refseg_cli.files
from refseg_cli.app import main
from refseg_cli.engine import tensor_file
from refseg_cli.engine.train import Trainer


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_after_step(number: float) -> None:
    before = Trainer.step

    def step(self: Trainer, batches: Any) -> None:
        before(self, batches)
        if self.done == number:
            die()

    Trainer.step = step  # type: ignore[method-assign]


def die_after_seconds(seconds: float) -> None:
    before = Trainer.coming

    def coming(self: Trainer) -> Any:
        threading.Timer(seconds, die).start()
        return before(self)

    Trainer.coming = coming  # type: ignore[method-assign]


def die_after_bytes(number: float) -> None:
    left = int(number)
    whole: Callable[[Path], Any] = refseg_cli.files.written_whole
    save_file = refseg.models.checkpoint.save_file

    def spend(size: int) -> int:
        """How many of so many bytes may still be written; fewer than all means: write them, then die."""
        nonlocal left
        allowed, left = min(size, max(left, 0)), left - size
        return allowed

    class Stream:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def write(self, data: Any) -> None:
            data = bytes(data)
            allowed = spend(len(data))
            self.stream.write(data[:allowed])
            if allowed < len(data):
                self.stream.flush()
                die()

    @contextmanager
    def written_whole(path: Path) -> Iterator[Stream]:
        with whole(path) as stream:
            yield Stream(stream)

    def save(tensors: Any, path: Path, metadata: Any) -> None:
        save_file(tensors, path, metadata=metadata)
        size = path.stat().st_size
        if (allowed := spend(size)) < size:
            os.truncate(path, allowed)
            die()

    refseg_cli.files.written_whole = tensor_file.written_whole = written_whole  # type: ignore[assignment]
    refseg.models.checkpoint.save_file = save  # type: ignore[assignment]


MOMENTS = {"step": die_after_step, "second": die_after_seconds, "byte": die_after_bytes}


def refseg_and_die(moment: str, number: float, *arguments: str) -> None:
    """Run `refseg …` in this process, which is killed at that moment."""
    MOMENTS[moment](number)
    sys.argv[1:] = arguments
    main()


if __name__ == "__main__":
    refseg_and_die(sys.argv[1], float(sys.argv[2]), *sys.argv[3:])
