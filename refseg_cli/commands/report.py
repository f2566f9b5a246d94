"""`refseg report`: shows what runs are and what they have reached, and compares them."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Force, Quiet

__all__ = ["report"]


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Folders of runs, or reports of refseg eval.")
    ],
    *,
    compare: Annotated[
        bool, typer.Option("--compare", help="Tell by how much the first is better than the second.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE.html", help="The page; default: report.html in the one run's folder."
        ),
    ] = None,
    curve: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the curves alone, into an .svg or .png.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", envvar="REFSEG_DATA", help="Where datasets are; default: as they were in training."
        ),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Show runs on one page: scores, curves, the best and worst answers, the paper's figures beside.

    The page needs no other file. The same tables are printed, and written as Markdown and as CSV beside it.
    Runs that differ in their seed alone are also shown as mean ± standard deviation. With --compare, two
    runs, or two configurations with as many seeds each, are compared on the same sentences, all and by
    group, with 95 % intervals over photos; name reports of one run to compare two ways of asking.

    Example:

    \b
        $ refseg report runs/unc/official
        …
        runs/unc/official/report.html
        runs/unc/official/report.md
        runs/unc/official/report.csv
        $ refseg report runs/unc/official runs/unc/mine --compare --out both.html
        …
        $ refseg report runs/unc/a-seed{0,1,2} runs/unc/b-seed{0,1,2} --compare
        …
    """
    from refseg_cli.engine.reporting.make import ReportRequest, make_report

    console.result(make_report(ReportRequest(runs, compare, out, curve, data, force)))
