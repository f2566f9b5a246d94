"""Processes for tests, alone or together as `torchrun` starts them: cheap, as each is forked ready made."""

import os
import socket
from collections.abc import Callable
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from typer.testing import CliRunner

from refseg_cli.app import app
from refseg_cli.engine import together
from refseg_cli.errors import DataError, RefsegError

_LIBRARIES = ["refseg_cli.engine.eval_run", "refseg_cli.engine.training_run", "typer.testing"]
_PATIENCE = 300  # seconds: the machine may have other work


def in_each(n_processes: int, work: Callable[..., Any], *asked: object) -> list[Any]:
    """What a function of a helper module of the tests returns in each of some processes, by rank.

    They are forked from one that has imported the libraries, here, with this environment and one thread each.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    started = []
    for rank in range(n_processes):
        place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(n_processes)}
        ours, theirs = Pipe(duplex=False)
        started.append((_started(os.environ | where | place, 1, _told, theirs, work, asked), ours))
        theirs.close()
    try:
        return [_received(ours) for _, ours in started]
    finally:
        for process, _ in started:
            process.join(_PATIENCE)


def _received(ours: Connection) -> Any:
    if not ours.poll(_PATIENCE):
        raise TimeoutError("a process of several says nothing")
    return ours.recv()  # EOFError: it has ended, and its traceback says why


def exit_code(work: Callable[..., Any], *asked: object) -> int | None:
    """What a process that does something ends with: below 0 where a signal has killed it."""
    process = _started(dict(os.environ), torch.get_num_threads(), work, *asked)
    process.join(_PATIENCE)
    return process.exitcode


def _started(
    surroundings: dict[str, str], n_threads: int, work: Callable[..., Any], *asked: object
) -> BaseProcess:
    context = get_context("forkserver")
    context.set_forkserver_preload(_LIBRARIES)
    process = context.Process(target=_one, args=(str(Path.cwd()), surroundings, n_threads, work, *asked))
    process.start()
    return process


def _one(
    folder: str, surroundings: dict[str, str], n_threads: int, work: Callable[..., Any], *asked: object
) -> None:
    os.chdir(folder)
    os.environ |= surroundings
    torch.set_num_threads(n_threads)
    work(*asked)


def _told(theirs: Connection, work: Callable[..., Any], asked: tuple[object, ...]) -> None:
    theirs.send(work(*asked))


def type_in(*words: str) -> tuple[int, str, str]:
    """Type `refseg …`: exit code, stdout, stderr."""
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def shared(failing: int | None) -> object:
    """What each of them learns of the others, who make ten times their rank; or the error that it is told."""
    try:
        with together.joined(torch.device("cpu")):
            return together.share(lambda: _part(failing))
    except RefsegError as error:
        return type(error).__name__, str(error), error.exit_code


def _part(failing: int | None) -> int:
    if together.rank() == failing:
        raise DataError("the photo is gone")
    return 10 * together.rank()
