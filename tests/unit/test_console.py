import io
import json
import sys

import pytest

from refseg_cli import console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def loud():
    yield
    console.set_quiet(False)


def test_results_go_to_stdout_and_talk_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console.result("a mask")
    console.say("working")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("a mask\n", "working\n")


def test_quiet_hides_talk_but_no_result_warning_or_error(capsys: pytest.CaptureFixture[str]) -> None:
    console.set_quiet(True)
    console.result("a mask")
    console.say("working")
    console.warn("two words were dropped")
    console.error("no such file")
    captured = capsys.readouterr()
    assert captured.out == "a mask\n"
    assert captured.err == "refseg: warning: two words were dropped\nrefseg: no such file\n"


def test_an_error_is_one_line_whatever_its_message_holds(capsys: pytest.CaptureFixture[str]) -> None:
    console.error("broken\n  file")
    assert capsys.readouterr().err == "refseg: broken file\n"


def test_json_results_start_with_their_schema_version(capsys: pytest.CaptureFixture[str]) -> None:
    console.result_json({"words": ["café"]})
    line = capsys.readouterr().out
    assert list(json.loads(line).items()) == [("schema_version", 1), ("words", ["café"])]
    assert line.isascii()  # any terminal and any pipe can carry it


def test_progress_draws_nothing_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress(3, "training") as advance:
        advance(2, note="loss 0.31")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_progress_on_a_terminal_shows_what_is_done_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with console.progress(3, "training") as advance:
        advance(2, note="loss [0.31]")
    shown = terminal.getvalue()
    assert "training" in shown
    assert "2/3" in shown
    assert "loss [0.31]" in shown


def test_quiet_hides_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    console.set_quiet(True)
    with console.progress(3, "training") as advance:
        advance()
    assert terminal.getvalue() == ""


def test_track_hands_on_every_item_in_order_and_stops_early_without_harm() -> None:
    assert list(console.track(iter("abc"), "reading")) == ["a", "b", "c"]
    assert next(console.track([1, 2], "reading")) == 1
