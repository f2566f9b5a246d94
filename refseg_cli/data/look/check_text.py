"""What there is of datasets, for people."""

import re
from collections.abc import Iterator, Sequence

from refseg_cli.data.datasets import DATASET_NAMES

from .check import Check, Part

_MOST_BROKEN = 20
_DRAWN = "drawn when needed"
_LONGEST = 100  # letters of a path


def overview_text(checks: Sequence[Check]) -> str:
    """List datasets, a line each, with the command that gets what is missing."""
    width = max(len(check.name) for check in checks)
    return "\n".join(
        f"{check.name:<{width}}  {check.state:<12}  {_command(check)}".rstrip() for check in checks
    )


def check_text(check: Check) -> str:
    """Tell what there is of one dataset: a line for each kind of file, then what is broken."""
    drawn = [] if check.parts else [f"  {_DRAWN}"]
    return "\n".join([f"{check.name}: {check.state}", *map(_line, check.parts), *drawn, *_broken(check)])


def complaint(checks: Sequence[Check]) -> str:
    """Say in one line what is not there, ending with the command that gets it."""
    lacking = [check for check in checks if check.state != "complete"]
    known = [check.name for check in lacking if check.name in DATASET_NAMES]
    command = f"refseg download {' '.join(known)}" if known else lacking[0].next_command
    return "; ".join([*(f"{check.name}: {_reason(check)}" for check in lacking), command])


def _command(check: Check) -> str:
    if check.state == "complete":
        return "" if check.parts else _DRAWN
    return check.next_command


def _line(part: Part) -> str:
    n_there = part.n_needed - len(part.missing)
    example = f"  missing: {_short(str(part.missing[0]))}" if part.missing else ""
    more = f" and {len(part.missing) - 1:,} more" if len(part.missing) > 1 else ""
    return f"  {part.what:<18}{n_there:>9,} of {part.n_needed:,}{example}{more}"


def _broken(check: Check) -> Iterator[str]:
    if check.deep and not check.broken and not check.missing:
        yield "  every picture could be opened, and every mask decoded"
    yield from (f"  no good: {_short(each.reason)}" for each in check.broken[:_MOST_BROKEN])
    if len(check.broken) > _MOST_BROKEN:
        yield f"  and {len(check.broken) - _MOST_BROKEN:,} more; --json lists all"


def _short(text: str) -> str:
    """Keep of each very long path or word its end."""
    return re.sub(rf"\S{{{_LONGEST},}}", lambda word: f"…{word[0][1 - _LONGEST :]}", text)


def _reason(check: Check) -> str:
    counts = ((len(check.missing), "missing"), (len(check.broken), "broken"))
    return " and ".join(f"{count:,} {what}" for count, what in counts if count)
