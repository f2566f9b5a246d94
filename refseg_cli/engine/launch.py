"""Starts the processes that train together on one machine, as `torchrun` does."""

from refseg_cli.errors import RefsegError

from .training_plan import TrainingRequest

INTERRUPTED = 130


class ProcessesFailed(RefsegError):
    """A process of those that train together has failed, and has said why."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("the processes that train together have ended; the first to fail says why above")
        self.exit_code = exit_code


def launch(request: TrainingRequest) -> None:
    """Run `refseg train` as several processes, and wait for them.

    Raises:
        ProcessesFailed: if one fails, with its exit code.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    start = ["--standalone", f"--nproc-per-node={request.n_processes}", "-m", "refseg_cli", "train"]
    try:
        run(parse_args([*start, *arguments(request)]))
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
