"""What `refseg download` shows instead of downloading: what there is, what it would do, what is damaged."""

from dataclasses import asdict
from pathlib import Path

from refseg_cli import console
from refseg_cli.errors import DataError

from .disk import free_bytes, in_words
from .plan import Offer, offers, steps
from .request import Request
from .verify import MISSING, damages

__all__ = ["show_offers", "show_steps", "show_verified"]

TOLD = 10  # faults of one file that are told one by one


def show_offers(root: Path, json: bool) -> None:
    """Print all that can be downloaded: a table in a terminal, tabs between the columns elsewhere."""
    rows = list(offers(root))
    if json:
        console.result_json({"assets": [asdict(row) for row in rows]})
        return
    cells = [(row.name, row.title, _offered_size(row), row.licence, _here(row)) for row in rows]
    cells.append(
        ("encoder:NAME", "any text encoder of the Hugging Face Hub, by its name there", "?", "its own", "")
    )
    console.result_table(("name", "what", "size", "licence", "here"), cells)


def show_steps(request: Request, json: bool) -> None:
    """Print what a download would do.

    Raises:
        UsageError: if a name is unknown.
    """
    rows, free = list(steps(request)), free_bytes(request.root.absolute())
    if json:
        console.result_json({"steps": [asdict(row) for row in rows], "free_bytes": free})
        return
    cells = [
        (row.what, _size(row.size) if row.state != "there" else "", row.state, row.lands) for row in rows
    ]
    console.result_table(("what", "size", "state", "where"), cells)
    unknown = any(row.size == 0 and row.state == "to fetch" for row in rows)
    total = sum(row.size for row in rows)
    console.say(
        f"to fetch: {'more than ' if unknown else ''}{in_words(total)}; free on the disk: {in_words(free)}"
    )


def show_verified(request: Request, json: bool) -> None:
    """Read what is there, and print what is damaged.

    Raises:
        DataError: if anything is.
        UsageError: if a name is unknown.
    """
    checked: dict[str, list[str]] = {}
    harmed: dict[str, None] = {}  # in the order in which they were checked
    n_faults, force = 0, False
    for asset, what, faults in damages(request.names, request.root):
        checked[what] = faults
        if not json:
            console.result(f"{what}: {'damaged' if faults else 'as it should be'}")
        for fault in faults[:TOLD]:
            console.warn(fault)
        if len(faults) > TOLD:
            console.warn(f"{what}: and {len(faults) - TOLD:,} more")
        if faults:
            harmed[asset] = None
            n_faults += len(faults)
            force = force or not all(fault.endswith(MISSING) for fault in faults)
    if json:
        console.result_json({"checked": checked})
    if n_faults:
        again = request.command(*harmed, force=force)
        raise DataError(f"{n_faults:,} files are {'damaged or ' * force}missing; get them anew: {again}")


def _here(row: Offer) -> str:
    return f"{row.present}; in part by hand" if row.by_hand and row.present != "yes" else row.present


def _offered_size(row: Offer) -> str:
    return _size(row.size) if row.size_known or not row.size else f"> {_size(row.size)}"


def _size(size: int) -> str:
    return in_words(size) if size else "?"
