"""The command line `refseg`: which commands there are, and the one place where errors become exit codes.

Commands are declared here by name and imported when they are run, so that `refseg --help` answers at once.
"""

from importlib import import_module
from shlex import quote
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_group

from refseg.encoders.errors import RefsegError
from refseg_cli import console
from refseg_cli.errors import DataError

__all__ = ["COMMANDS", "app", "main"]

INTERRUPTED = 130


class Entry(NamedTuple):
    """A command as `refseg --help` lists it: where its code is and what it does in one line."""

    target: str
    summary: str


COMMANDS = {
    "predict": Entry("refseg_cli.commands.predict:predict", "Find what sentences name in photos and videos."),
    "train": Entry("refseg_cli.commands.train:train", "Train a network on photos, sentences and masks."),
    "eval": Entry("refseg_cli.commands.eval:evaluate", "Measure how well sentences are understood."),
    "report": Entry("refseg_cli.commands.report:report", "Show runs: scores, curves, pictures, the paper."),
    "reproduce": Entry("refseg_cli.commands.reproduce:reproduce", "Make tables of the paper again."),
    "inspect-words": Entry(
        "refseg_cli.commands.inspect_words:inspect_words", "Show what words are taken for."
    ),
    "download": Entry("refseg_cli.commands.download:download", "Get datasets, word vectors and weights."),
    "checkpoints": Entry("refseg_cli.commands.checkpoints:app", "Bring in checkpoints from elsewhere."),
    "encoders": Entry("refseg_cli.commands.encoders:app", "List, show and test text encoders."),
    "config": Entry("refseg_cli.commands.config:app", "Show and compare the settings of runs."),
    "data": Entry("refseg_cli.commands.data:app", "Look at datasets and make sentences for them."),
}


class HelpfulGroup(TyperGroup):
    """A group of commands that shows its help when it is called without a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show the help and stop when there is nothing to parse."""
        if not args and not ctx.resilient_parsing:
            console.result(ctx.get_help())
            raise typer.Exit
        return super().parse_args(ctx, args)


class Commands(HelpfulGroup):
    """The group behind `refseg`: imports a command when it is run, and turns errors into exit codes."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that was typed and import it; `Any` because typer's types for this are private."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load_command(name) if name in COMMANDS else command, rest

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line and end the process: every error passes this boundary, and only this one.

        Raises:
            SystemExit: With the exit code: 0 ok, 2 usage or configuration, 3 data or weights missing or bad,
                4 a missing extra, 5 some of a batch failed, 6 a download failed, 130 interrupted.
                A bug passes as it is, so that Python shows its traceback and exits with 1.
        """
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except RefsegError as error:
            console.error(str(error))
            raise SystemExit(error.exit_code) from None
        except typer.TyperException as error:
            console.error(describe_usage_error(error))
            raise SystemExit(error.exit_code) from None
        except PermissionError as error:
            if error.filename is None:
                raise
            console.error(f"{error.filename}: no permission; look with: ls -ld {quote(str(error.filename))}")
            raise SystemExit(DataError.exit_code) from None
        except typer.Abort:
            code = INTERRUPTED
        if code == INTERRUPTED:
            console.error("interrupted")
        raise SystemExit(code if isinstance(code, int) else 0)


def load_command(name: str) -> Any:
    """Import the command `name` and make it ready to run.

    Args:
        name: A key of `COMMANDS`.

    Returns:
        What typer makes of the function, or of the `Typer` with sub-commands, that the entry points to.
    """
    module, attribute = COMMANDS[name].target.split(":")
    target = getattr(import_module(module), attribute)
    shelf = typer.Typer(rich_markup_mode=None, add_completion=False)
    if isinstance(target, typer.Typer):
        shelf.add_typer(target, name=name, cls=HelpfulGroup, no_args_is_help=False)
    else:
        shelf.command(name)(target)
    return get_group(shelf).commands[name]


def describe_usage_error(error: typer.TyperException) -> str:
    """Say in one line what is wrong with a command line, and what to type to learn more."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "refseg"
    return f"{error.format_message().rstrip('.')}; try '{path} --help'"


def _show_version(wanted: bool) -> None:
    """Print the version and stop, when `--version` was given."""
    if wanted:
        from importlib.metadata import version

        console.result(f"refseg {version('refseg')}")
        raise typer.Exit


def _refseg(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Find what a sentence names in a picture.

    Example:

    \b
        $ refseg predict photo.jpg "man holding white frisbee"
        refseg-out/photo--man-holding-white-frisbee.mask.png
        refseg-out/photo--man-holding-white-frisbee.overlay.png
    """


def _listed_only() -> None:
    """Stand in for a command in the list of commands; `Commands` imports the real one before it runs."""


app = typer.Typer(
    cls=Commands,
    callback=_refseg,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # a bug shows Python's own traceback
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _entry in COMMANDS.items():
    app.command(_name, help=_entry.summary)(_listed_only)


def main() -> None:
    """Start `refseg` from a shell."""
    app(prog_name="refseg")
