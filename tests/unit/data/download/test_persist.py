import pytest

from refseg_cli.data.download.persist import Exhausted, Patience, try_all
from refseg_cli.data.download.transport import TooSlow, TryAgain


def test_long_pauses_are_told_and_short_ones_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = [TryAgain("it answers 429", 200.0), TryAgain("it answers 503", 1.0)]

    def attempt(_address: str) -> str:
        if reasons:
            raise reasons.pop(0)
        return "done"

    pauses: list[float] = []
    assert try_all(["http://me:secret@host/x"], attempt, Patience(sleep=pauses.append)) == "done"
    assert pauses[0] == 200.0
    assert capsys.readouterr().err == "host: it answers 429; waiting 200 s\n"


def test_a_server_that_asks_to_wait_again_and_again_is_left() -> None:
    pauses: list[float] = []

    def attempt(_address: str) -> str:
        raise TryAgain("it answers 429", 250.0)

    with pytest.raises(Exhausted, match="answers 429"):
        try_all(["http://host/x"], attempt, Patience(tries=99, sleep=pauses.append), lambda: len(pauses))
    assert sum(pauses) <= 600.0


def test_a_trickle_does_not_count_as_progress() -> None:
    pauses: list[float] = []

    def attempt(_address: str) -> str:
        raise TooSlow("it is too slow")

    with pytest.raises(Exhausted, match="too slow"):
        try_all(["http://host/x"], attempt, Patience(sleep=pauses.append), lambda: len(pauses))
    assert len(pauses) == 4
