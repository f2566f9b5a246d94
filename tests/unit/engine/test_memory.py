import sys

import pytest
import torch

from refseg_cli.engine.memory import peak_memory_gib


def test_the_memory_of_the_process_is_told_in_gib() -> None:
    pytest.importorskip("resource")
    assert 0.01 < peak_memory_gib(torch.device("cpu")) < 1000


def test_where_the_system_does_not_tell_memory_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_memory_gib(torch.device("cpu")) == 0
