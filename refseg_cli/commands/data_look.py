"""`refseg data check`, `stats` and `show`: what is there of a dataset, how much, and what it looks like."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Force, Json, Quiet, Seed

__all__ = ["check", "show", "stats"]

_NAME = "A dataset's name, its folder, or a .p, .jsonl or .json file."
Name = Annotated[str, typer.Argument(metavar="NAME|PATH", help=_NAME)]
Data = Annotated[
    Path, typer.Option("--data", metavar="DIR", envvar="REFSEG_DATA", help="Where named datasets are.")
]


def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME|PATH", help=_NAME)] = None,
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Also open every picture, decode every mask.")] = False,
    data: Data = Path("data"),
    json: Json = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """See what of a dataset is there, what is missing, and the command that gets it.

    Without a name all known datasets are listed. Ends with 3 where something of a named one is missing or
    broken.

    Example:

    \b
        $ refseg data check unc
        unc: partly there
          main files                2 of 2
          images of train      16,992 of 16,994  missing: data/images/mscoco/… and 1 more
          images of val         1,500 of 1,500
          images of testA         750 of 750
          images of testB         750 of 750
        refseg: unc: 2 missing; refseg download unc
    """
    from refseg_cli.data.look.check import check_all, check_dataset
    from refseg_cli.data.look.check_text import check_text, complaint, overview_text
    from refseg_cli.errors import DataError

    checks = [check_dataset(name, data, deep) for name in names] if names else check_all(data)
    if json:
        console.result_json({"datasets": [found.document() for found in checks]})
    else:
        console.result("\n".join(map(check_text, checks)) if names else overview_text(checks))
    if names and any(found.state != "complete" for found in checks):
        raise DataError(complaint(checks))
    console.say(f"next: {checks[0].next_command}")


def stats(
    name: Name,
    *,
    split: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this split; repeatable.")
    ] = None,
    data: Data = Path("data"),
    json: Json = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Count sentences, objects and pictures, beside what others have published, and draw histograms.

    Sources differ by one or two. Pictures need not be there.

    Example:

    \b
        $ refseg data stats unc
        unc                        train         val       testA       testB         all
        sentences                120,624      10,834       5,657       5,095     142,210
          published [1]          120,624      10,834       5,657       5,095
          published [2]                                                          142,209
            difference                                                                +1
        …
        [1] FlagEval (BAAI), page of RefCOCO
        [2] CMPC paper, section 4.1.1
    """
    from refseg_cli.data.look.stats import count_dataset
    from refseg_cli.data.look.stats_text import stats_text

    counted = count_dataset(name, data, split or ())
    if json:
        console.result_json(counted.document())
    else:
        console.result(stats_text(counted))


def show(
    name: Name,
    *,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its split; by default val if it has one.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=200, help="How many sentences.")] = 12,
    match: Annotated[str, typer.Option(metavar="TEXT", help="Only sentences with this text in them.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.png", help="By default NAME-SPLIT.png.")
    ] = None,
    data: Data = Path("data"),
    seed: Seed = 0,
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Draw a sheet of pictures, each with a sentence and the mask of what the sentence names.

    Of a clip some frames are drawn in a row.

    Example:

    \b
        $ refseg data show shapes --count 8 --match "left of" -o left.png
        left.png
    """
    from refseg_cli.data.look.sheet import SheetRequest, show_dataset

    request = SheetRequest(name, split, out, count, seed, match, force)
    console.result(str(show_dataset(request, data)))
