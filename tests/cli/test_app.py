import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from refseg.encoders.errors import RefsegError
from refseg_cli import app as application
from refseg_cli import errors
from refseg_cli.app import COMMANDS, Entry, app, load_command

Run = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = {"torch", "torchvision", "transformers", "spacy", "numpy", "PIL", "rich"}

group = typer.Typer(help="A group with one command.")


@group.command("only")
def only() -> None:
    """Be the only command of a group."""
    application.console.result("ran")


@pytest.fixture
def behave(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException | None], None]:
    """Add a command `behave` that raises what the test says, as if it were one of refseg's own."""
    raised: list[BaseException | None] = [None]

    def command() -> None:
        if raised[0] is not None:
            raise raised[0]

    monkeypatch.setitem(sys.modules, "behaviour", type("Module", (), {"command": command, "group": group}))
    monkeypatch.setitem(COMMANDS, "train", Entry("behaviour:command", "Behave."))
    monkeypatch.setitem(COMMANDS, "data", Entry("behaviour:group", "Group."))
    return lambda error: raised.__setitem__(0, error)


def modules_after(arguments: list[str], folder: Path) -> set[str]:
    """Which top-level modules a process holds after `refseg ARGUMENTS`."""
    code = (
        "import sys; from refseg_cli.app import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_no_heavy_library(arguments: list[str], tmp_path: Path) -> None:
    loaded = modules_after(arguments, tmp_path)
    assert "refseg_cli" in loaded
    assert loaded & HEAVY == set()


def test_help_takes_at_most_three_tenths_of_a_second_of_the_processor(refseg: Run) -> None:
    """Its own time, not that by the clock: waiting for other work on the machine does not count."""
    best = float("inf")
    for _ in range(20):  # other work can slow any one run by emptying caches, but hardly all of them
        before = os.times()
        assert refseg("--help").returncode == 0
        after = os.times()
        own = (after.children_user - before.children_user, after.children_system - before.children_system)
        best = min(best, sum(own))
        if best <= 0.3:
            break
    assert 0 < best <= 0.3


def test_help_lists_every_command_with_its_line(refseg: Run) -> None:
    shown = refseg("-h").stdout
    assert [
        name for name, entry in COMMANDS.items() if not re.search(rf"{name} +{entry.summary}", shown)
    ] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_answers_to_dash_h(refseg: Run, name: str) -> None:
    done = refseg(name, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: refseg {name}" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_help_shows_an_example(name: str) -> None:
    members = getattr(load_command(name), "commands", None)
    for command in [[name]] if members is None else [[name, member] for member in members]:
        assert f"$ refseg {' '.join(command)}" in CliRunner().invoke(app, [*command, "-h"]).stdout


def test_refseg_alone_shows_its_help(refseg: Run) -> None:
    alone, asked = refseg(), refseg("--help")
    assert alone.returncode == 0
    assert alone.stdout == asked.stdout


def test_version_is_one_line_on_stdout(refseg: Run) -> None:
    done = refseg("--version")
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "refseg", "")


def test_a_mistyped_command_is_one_line_that_names_the_right_one(refseg: Run) -> None:
    done = refseg("predct", "photo.jpg")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "refseg: No such command 'predct'. Did you mean 'predict'?; try 'refseg --help'\n"


def test_a_mistyped_option_is_one_line_with_the_usage_code(refseg: Run) -> None:
    done = refseg("predict", "--devise", "cpu")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "--device" in done.stderr
    assert "refseg predict --help" in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError, 2),
        (errors.ConfigError, 2),
        (errors.DataError, 3),
        (errors.MissingExtra, 4),
        (errors.PartlyFailed, 5),
        (errors.DownloadError, 6),
    ],
)
def test_a_known_error_becomes_one_line_and_its_exit_code(
    behave: Callable[[BaseException], None], error: type[RefsegError], code: int
) -> None:
    behave(error("photo.jpg is not there; look with ls"))
    result = CliRunner().invoke(app, ["train"])
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == "refseg: photo.jpg is not there; look with ls\n"


def test_a_command_that_ends_well_exits_with_zero(behave: Callable[[None], None]) -> None:
    behave(None)
    result = CliRunner().invoke(app, ["train"])
    assert (result.exit_code, result.output) == (0, "")


def test_an_interrupt_exits_with_130_and_one_line(behave: Callable[[BaseException], None]) -> None:
    behave(KeyboardInterrupt())
    result = CliRunner().invoke(app, ["train"])
    assert (result.exit_code, result.stderr) == (130, "refseg: interrupted\n")


def test_a_bug_keeps_its_traceback(behave: Callable[[BaseException], None]) -> None:
    behave(ZeroDivisionError("a bug"))
    result = CliRunner().invoke(app, ["train"])
    assert result.exit_code == 1
    assert isinstance(result.exception, ZeroDivisionError)


@pytest.mark.usefixtures("behave")
def test_a_group_without_a_command_shows_its_help() -> None:
    result = CliRunner().invoke(app, ["data"])
    assert result.exit_code == 0
    assert "Be the only command of a group." in result.stdout


@pytest.mark.usefixtures("behave")
def test_a_group_with_one_command_still_needs_its_name() -> None:
    result = CliRunner().invoke(app, ["data", "only"])
    assert (result.exit_code, result.stdout) == (0, "ran\n")


@pytest.mark.usefixtures("behave")
def test_a_mistyped_command_of_a_group_names_the_right_one() -> None:
    result = CliRunner().invoke(app, ["data", "onyl"])
    assert result.exit_code == 2
    assert "Did you mean 'only'?" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_without_permission_is_one_line_with_the_code_of_data(
    behave: Callable[[BaseException], None],
) -> None:
    behave(PermissionError(13, "Permission denied", "my data/a.p"))
    result = CliRunner().invoke(app, ["train"])
    assert result.exit_code == 3
    assert result.stderr == "refseg: my data/a.p: no permission; look with: ls -ld 'my data/a.p'\n"
