"""`refseg reproduce`: make a table of the paper again, row by row."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Device, Json, Quiet

__all__ = ["reproduce"]


def reproduce(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Of the paper: table1, table5 to table11.")],
    *,
    dataset: Annotated[
        str, typer.Option(metavar="NAME", help="One of the table's, or shapes, or shapes-motion.")
    ],
    rows: Annotated[
        str | None,
        typer.Option(metavar="N,…", help="Such as 4,2, as --dry-run lists them; all if not given."),
    ] = None,
    seeds: Annotated[
        str, typer.Option(metavar="N,…", help="Train each row once with each: mean ± deviation.")
    ] = "0",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="For all rows; repeatable.")
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Where datasets and weights are.")
    ] = Path("data"),
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where runs go.")] = Path("runs"),
    device: Device = "auto",
    json: Json = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be trained, and what is missing for it.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train and score each row of a table of the paper, and print our figures beside the paper's.

    A row that is there is not made again, one that was interrupted goes on: type the same once more. Rows
    that are the same network, in any table, share a run: runs/<dataset>/reproduce/<network>-seed<N>/.

    Example:

    \b
        $ refseg reproduce table5 --dataset shapes --rows 2,4 --set training.steps=1000
        row  what     oIoU   …  paper, unc val
        2    EP       …         49.06
        4    EP, RAR  …         55.38
        runs/shapes/reproduce/table5--rows-2-4.md
    """
    from refseg_cli.engine.reproduce import ReproduceRequest, missing_parts, plan_table
    from refseg_cli.engine.reproduce import reproduce as reproduce_table
    from refseg_cli.engine.reproduce_tables import read_numbers
    from refseg_cli.engine.reproduce_text import (
        outlook_document,
        outlook_table,
        result_document,
        result_table,
        steps_left,
        write_markdown,
    )

    request = ReproduceRequest(
        table=table,
        dataset=dataset,
        rows=read_numbers(rows, "--rows") if rows else (),
        seeds=read_numbers(seeds, "--seeds"),
        settings=tuple(settings or ()),
        data=data,
        runs=out,
        device=device,
        quiet=quiet,
    )
    plan = plan_table(request)
    if dry_run:
        missing = missing_parts(plan)
        if json:
            console.result_json(outlook_document(plan, missing))
            return
        console.result_table(*outlook_table(plan))
        for part in missing:
            console.result(f"missing: {part}")
        console.say(f"{steps_left(plan):,} steps are left to train")
        return
    results = reproduce_table(plan)
    write_markdown(plan, results)
    if json:
        console.result_json(result_document(plan, results))
    else:
        console.result_table(*result_table(plan, results))
        console.result(str(plan.markdown))
