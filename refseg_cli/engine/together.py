"""The processes that train together: started by `torchrun` or `--nproc`, each with a part of every step.

Gradients are added up by plain all-reductions after the last turn of a step. That makes the sum exact for
parts of any size, needs no wrapper around the network, and leaves saving and resuming as they are.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar, cast

import torch
import torch.distributed as dist

# Its functions take the group of its first import as a default argument. Imported later, by an optimizer, it
# would hold the group of a run, and its threads, until Python ends: one that frees a tensor then aborts it.
import torch.distributed.nn
from torch import Tensor, nn

from refseg_cli.errors import RefsegError, UsageError

T = TypeVar("T")


class FailedElsewhere(RefsegError):
    """An error that a user can mend, as another process has told it."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is; the first, 0, is the one that writes and talks."""
    return dist.get_rank() if dist.is_initialized() else 0


def started_by_torchrun() -> bool:
    """Whether this process is one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def check_alone() -> None:
    """Make sure that several processes can be started.

    Raises:
        UsageError: if this is one of several.
    """
    if started_by_torchrun():
        raise UsageError("torchrun has started the processes already: leave out --nproc")


@contextmanager
def joined(device: torch.device) -> Iterator[torch.device]:
    """Join the others, where `torchrun` has started several; yields the device of this process.

    Raises:
        UsageError: if there are more processes than GPUs.
    """
    if not started_by_torchrun():
        yield device
        return
    if device.type == "cuda":
        number = int(os.environ.get("LOCAL_RANK", "0"))
        if number >= torch.cuda.device_count():
            n_gpus = torch.cuda.device_count()
            raise UsageError(
                f"each process needs a GPU, and there are {n_gpus}: --nproc {n_gpus}, or --device cpu"
            )
        device = torch.device("cuda", number)
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    try:
        yield device
    finally:
        dist.destroy_process_group()


def wait() -> None:
    """Wait until all have come here."""
    any_of(False)


def any_of(flag: bool) -> bool:
    """Whether it is true for any of them."""
    if size() == 1:
        return flag
    return bool(add_up(torch.tensor(int(flag))))


def add_up(tensor: Tensor) -> Tensor:
    """Add up a tensor over all of them, in place."""
    if size() > 1:
        dist.all_reduce(tensor)
    return tensor


def gather(mine: T) -> list[T]:
    """What each of them has, in the order of their ranks; anything that can be pickled."""
    if size() == 1:
        return [mine]
    every: list[T | None] = [None] * size()
    dist.all_gather_object(every, mine)
    return cast("list[T]", every)


def agreed(work: Callable[[], T]) -> T:
    """Do something in each of them; an error of one becomes an error of all.

    Raises:
        FailedElsewhere: once all have come here, if one of them has raised a RefsegError.
    """
    made: list[T] = []
    error = None
    try:
        made.append(work())
    except RefsegError as failure:
        if size() == 1:
            raise
        error = (str(failure), failure.exit_code)
    if any_of(error is not None):  # a flag: nothing is pickled while all goes well
        raise FailedElsewhere(*next(told for told in gather(error) if told))
    return made[0]


def share(work: Callable[[], T]) -> list[T]:
    """Let each of them do its part and learn of the others'; an error of one becomes an error of all.

    Args:
        work: the part of this process; what it returns can be pickled.

    Returns:
        What each has made, in the order of their ranks.

    Raises:
        FailedElsewhere: see `agreed`.
    """
    return gather(agreed(work))


def stack(tensor: Tensor) -> Tensor:
    """A CPU tensor of each of them: (processes, *shape)."""
    if size() == 1:
        return tensor[None]
    every = [torch.empty_like(tensor) for _ in range(size())]
    dist.all_gather(every, tensor)
    return torch.stack(every)


def add_up_gradients(weights: Sequence[nn.Parameter]) -> None:
    """Add up the gradients; a weight that no process used keeps none."""
    if size() == 1:
        return
    used = add_up(torch.tensor([weight.grad is not None for weight in weights], dtype=torch.int32))
    works = []
    for weight, n_users in zip(weights, used.tolist(), strict=True):
        if n_users:
            weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
            works.append(dist.all_reduce(weight.grad, async_op=True))
    for work in works:
        work.wait()
