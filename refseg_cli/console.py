"""The only place that prints: results go to stdout, everything else goes to stderr.

So `refseg … | next-program` passes on results alone, whatever is being said or drawn meanwhile.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = [
    "error",
    "progress",
    "result",
    "result_coloured",
    "result_json",
    "result_table",
    "say",
    "set_quiet",
    "track",
    "transfer",
    "warn",
]

Item = TypeVar("Item")
Advance = Callable[..., None]

_quiet = False


def set_quiet(quiet: bool) -> None:
    """Switch talk and progress off (or on again); results, warnings and errors are always shown."""
    global _quiet  # noqa: PLW0603 - one process has one terminal, so its loudness is one value
    _quiet = quiet


def result(text: str) -> None:
    """Print one line (or block) of what the command was asked for, to stdout, at once."""
    print(text, flush=True)


def result_json(document: Mapping[str, Any]) -> None:
    """Print a JSON document with its `schema_version` first, on one line, to stdout."""
    result(json.dumps({"schema_version": 1, **document}, ensure_ascii=True))


def result_coloured(pieces: Iterable[tuple[str, str]]) -> None:
    """Print pieces of text one after the other to stdout: in the styles of rich in a terminal, else plain."""
    if not sys.stdout.isatty():
        result("".join(text for text, _ in pieces))
        return
    from rich.console import Console
    from rich.text import Text

    Console(markup=False, highlight=False, soft_wrap=True).print(Text.assemble(*pieces))


def result_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table to stdout: drawn in a terminal, with tabs between the columns elsewhere."""
    if not sys.stdout.isatty():
        result("\n".join("\t".join(row) for row in (heads, *rows)))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    Console(markup=False).print(table)


def say(text: str) -> None:
    """Tell the user what is going on; `--quiet` hides it."""
    if not _quiet:
        print(text, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Tell the user what went differently from what they may expect; never hidden."""
    print(f"refseg: warning: {text}", file=sys.stderr, flush=True)


def error(text: str) -> None:
    """Tell the user what went wrong, in one line; never hidden."""
    print(f"refseg: {' '.join(text.split())}", file=sys.stderr, flush=True)


@contextmanager
def progress(total: int | None, description: str) -> Iterator[Advance]:
    """Show how far long work has come and when it will be done, on stderr.

    Without a terminal, or with `--quiet`, nothing is drawn and the work runs the same.

    Args:
        total: How many steps there are; `None` when nobody knows.
        description: What is being done, in two or three words.

    Yields:
        `advance(steps=1, note="")`: call it after each step; the note (such as a loss) stands behind the bar.
    """
    if _quiet or not sys.stderr.isatty():
        yield _stand_still
        return
    from rich.console import Console  # imported here: rich doubles the time of `refseg --help`
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),  # where it is narrow, all else gives way
        TimeRemainingColumn(elapsed_when_finished=True, table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[note]}", markup=False),
    )
    stdout_is_shown = sys.stdout.isatty()  # a piped stdout is for results: rich must not take it over
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=stdout_is_shown
    ) as bar:
        task = bar.add_task(description, total=total, note="")

        def advance(steps: int = 1, note: str = "") -> None:
            bar.update(task, advance=steps, note=note)

        yield advance


@contextmanager
def transfer(total: int | None, description: str) -> Iterator[Callable[..., None]]:
    """Show how many bytes have come, how fast, and when all will be there; else as `progress`.

    Args:
        total: bytes in all; `None` when nobody knows yet.
        description: what is fetched, in a word or two.

    Yields:
        `reached(done, total=None)`: call it with how many bytes there are; a total given then is the new one.
    """
    if _quiet or not sys.stderr.isatty():
        yield _stand_still
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    stdout_is_shown = sys.stdout.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=stdout_is_shown
    ) as bar:
        task = bar.add_task(description, total=total)

        def reached(done: int, total: int | None = None) -> None:
            bar.update(task, completed=done, total=total)

        yield reached


def track(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Hand on the items one by one while `progress` shows how many are done.

    Args:
        items: What is worked on.
        description: What is being done, in two or three words.
        total: How many items there are, where `items` cannot say so itself.

    Yields:
        Each item, unchanged and in order.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    with progress(total, description) as advance:
        for item in items:
            yield item
            advance()


def _stand_still(steps: int = 1, note: str = "") -> None:
    """Draw nothing: what `progress` hands out when there is nobody to look."""
