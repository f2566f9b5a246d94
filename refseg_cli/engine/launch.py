"""Starts the processes that work together on one machine, as `torchrun` does."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from refseg_cli.errors import RefsegError

from .together import FailedElsewhere
from .training_plan import TrainingRequest

INTERRUPTED = 130

Asked = TypeVar("Asked")
Done = TypeVar("Done")


class ProcessesFailed(RefsegError):
    """A process of those that work together has failed, and has said why; or all were asked to stop."""

    def __init__(self, exit_code: int) -> None:
        stopped = exit_code == INTERRUPTED
        why = "they were asked to stop" if stopped else "the first to fail says why above"
        super().__init__(f"the processes that work together have ended: {why}")
        self.exit_code = exit_code


def launch(request: TrainingRequest) -> None:
    """Run `refseg train` as several processes, and wait for them.

    Raises:
        ProcessesFailed: if one fails, with its exit code, or if they are asked to stop.
    """
    from torch.distributed.run import parse_args, run

    start = ["--standalone", f"--nproc-per-node={request.n_processes}", "-m", "refseg_cli", "train"]
    with _failures():
        run(parse_args([*start, *arguments(request)]))


def in_processes(work: Callable[[Asked], Done], asked: Asked, n_processes: int) -> Done:
    """Do something in several processes that share it, each with its part of the processor.

    Args:
        work: what each of them does, once it has joined the others (see `together`).
        asked: its argument.
        n_processes: how many.

    Returns:
        What the first of them returns.

    Raises:
        FailedElsewhere: what the first of them has raised as a RefsegError.
        ProcessesFailed: if one fails otherwise, or if they are asked to stop.
    """
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        run_id=str(os.getpid()),
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=n_processes,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        start_method="spawn",
    )
    with _failures():
        done, error = elastic_launch(config, _in_one)(work, asked, n_processes)[0]
    if error:
        raise FailedElsewhere(*error)
    return cast("Done", done)


def _in_one(
    work: Callable[[Asked], Done], asked: Asked, n_processes: int
) -> tuple[Done | None, tuple[str, int] | None]:
    """What is done, or the error that the first process is to tell: raised here, each would tell it."""
    import torch

    torch.set_num_threads(max(1, torch.get_num_threads() // n_processes))
    try:
        return work(asked), None
    except RefsegError as error:
        return None, (str(error), error.exit_code)


@contextmanager
def _failures() -> Iterator[None]:
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    try:
        yield
    except SignalException:
        raise ProcessesFailed(INTERRUPTED) from None
    except ChildFailedError as error:
        code = error.get_first_failure()[1].exitcode
        raise ProcessesFailed(code if code > 0 else 1) from None


def arguments(request: TrainingRequest) -> list[str]:
    """The options of `refseg train` that ask for the same in one process."""
    named = {
        "--dataset": request.dataset,
        "--preset": request.preset,
        "--backbone": request.backbone,
        "--config": request.config,
        "--data": request.data,
        "--out": request.runs,
        "--name": request.name,
        "--resume": request.resume,
        "--device": request.device,
    }
    options = [word for name, value in named.items() if value is not None for word in (name, str(value))]
    options += [word for setting in request.settings for word in ("--set", setting)]
    flags = {"--force": request.force, "--quiet": request.quiet}
    return [*options, *(flag for flag, given in flags.items() if given)]
