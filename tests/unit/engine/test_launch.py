"""What becomes of what several processes have done, without starting any."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.launcher import api

from refseg_cli.engine.launch import ProcessesFailed, in_processes
from refseg_cli.engine.together import FailedElsewhere
from refseg_cli.errors import DataError


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Do the work here instead, as the first process would; how many were asked for."""
    asked: list[int] = []

    def elastic_launch(config: Any, entry: Callable[..., Any]) -> Callable[..., dict[int, Any]]:
        asked.append(config.nproc_per_node)
        return lambda *arguments: {0: entry(*arguments), 1: None}

    monkeypatch.setattr(api, "elastic_launch", elastic_launch)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    return asked


def test_what_the_first_process_returns_is_returned(launched: list[int]) -> None:
    assert in_processes(len, "four", 3) == 4
    assert launched == [3]


def test_each_process_gets_its_part_of_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    monkeypatch.setattr(torch, "set_num_threads", given.append)
    for n_processes in (1, 3, 16):
        in_processes(len, "", n_processes)
    assert given == [8, 2, 1]


def test_an_error_that_a_user_can_mend_is_told_as_it_is() -> None:
    def work(_: object) -> None:
        raise DataError("the photo is gone")

    with pytest.raises(FailedElsewhere, match=r"^the photo is gone$") as told:
        in_processes(work, None, 2)
    assert told.value.exit_code == DataError.exit_code


def test_processes_that_were_asked_to_stop_have_not_failed() -> None:
    def work(_: object) -> None:
        raise SignalException("SIGINT", sigval=2)

    with pytest.raises(ProcessesFailed, match="asked to stop") as told:
        in_processes(work, None, 2)
    assert told.value.exit_code == 130
