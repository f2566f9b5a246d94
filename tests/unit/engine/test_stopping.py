import os
import signal
from collections.abc import Iterator

import pytest

from refseg_cli.engine.stopping import stop_request

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="the platform has no SIGHUP")


def unheard(*_: object) -> None:
    """Stands for the default, which would end the tests."""


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.signal(number, unheard) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_being_told_to_end_is_taken_as_a_request(name: str) -> None:
    number = signal.Signals[name]
    with stop_request() as stop:
        assert not stop
        os.kill(os.getpid(), number)
        assert stop
    assert signal.getsignal(number) is unheard


def test_a_closing_terminal_may_say_so_several_times() -> None:
    with stop_request() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert stop
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is unheard  # the next one ends the process as ever


def test_a_run_under_nohup_does_not_hear_the_terminal_close() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stop_request() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not stop
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
