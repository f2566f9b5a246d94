"""`refseg download`: gets datasets, word vectors, backbones and encoders, verified."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Json, Quiet

__all__ = ["download"]


def download(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="What to get, as --list shows it.")
    ] = None,
    *,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Where datasets and weights go.")
    ] = Path("data"),
    list_: Annotated[
        bool, typer.Option("--list", help="Show what there is, and what of it is here.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be fetched, and fetch nothing.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read all that is here, and compare its hashes.")
    ] = False,
    mirror: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="A folder on the web to look into first; repeatable."),
    ] = None,
    from_file: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="A file that you fetched yourself, or NAME=PATH; repeatable."),
    ] = None,
    vocabulary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the word vectors of these words only, one a line."),
    ] = None,
    whole_zip: Annotated[
        bool, typer.Option("--whole-zip", help="Fetch all of COCO's photos in one archive (13.5 GB).")
    ] = False,
    size: Annotated[int | None, typer.Option(min=1, metavar="N", help="How many scenes to draw.")] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=32, metavar="N", help="How many photos are fetched at once.")
    ] = 8,
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is here already.")] = False,
    json: Json = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Get datasets, word vectors, backbones and encoders.

    What is interrupted goes on where it stopped when the same command is typed again. A file is checked
    before it gets its name. The addresses are those that public code lists, not tried when this was
    written: when one is gone, --mirror and --from-file help. What a person must fetch (a form, a Drive
    folder) is told after the rest has been fetched, with exit code 6.

    Example:

    \b
        $ refseg download unc
        data/refcoco/refs(unc).p
        data/refcoco/instances.json
        data/images/mscoco/images/train2014
    """
    from refseg_cli.errors import UsageError

    if list_ + dry_run + verify > 1:
        raise UsageError("--list, --dry-run and --verify are three questions; type: refseg download --list")
    if list_ and names:
        raise UsageError("--list shows all there is and takes no names; type: refseg download --list")
    from refseg_cli.data.download.request import Request
    from refseg_cli.data.download.run import download as run
    from refseg_cli.data.download.tables import show_offers, show_steps, show_verified

    request = Request(
        names=tuple(names or ()),
        root=data,
        mirrors=tuple(mirror or ()),
        from_file=tuple(from_file or ()),
        vocabulary=vocabulary,
        whole_zip=whole_zip,
        size=size,
        jobs=jobs,
        force=force,
    )
    if list_:
        show_offers(data, json)
    elif dry_run:
        show_steps(request, json)
    elif verify:
        show_verified(request, json)
    elif json:
        console.result_json({"paths": [str(path) for path in run(request)]})
    else:
        for path in run(request):
            console.result(str(path))
