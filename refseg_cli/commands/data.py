"""`refseg data`: makes sentences for annotated photos."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Force, Quiet, Seed

from .data_look import check, show, stats

__all__ = ["app"]

app = typer.Typer(
    help="Look at datasets and make sentences for them.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def data() -> None:
    """Look at datasets and make sentences for them."""


for _command in (check, stats, show):
    app.command()(_command)


@app.command()
def phrases(
    instances_json: Annotated[
        Path, typer.Argument(metavar="INSTANCES_JSON", help="COCO annotations of the photos.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The dataset to make, a folder.")],
    images: Annotated[
        Path | None,
        typer.Option("--images", metavar="DIR", help="Folder of the photos; by default images beside it."),
    ] = None,
    complete: Annotated[
        str, typer.Option(metavar="NAME,…", help="Categories of which every object is annotated.")
    ] = "",
    exclude_images: Annotated[str, typer.Option(metavar="ID,…", help="Numbers of photos to leave out.")] = "",
    split: Annotated[
        str, typer.Option(metavar="NAME", help="Mark all with one split; by default train, an eighth val.")
    ] = "",
    seed: Seed = 0,
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Make sentences such as "left dog" or "both cups" from the masks of a COCO file: a dataset to train on.

    Each sentence names one object, or all of a kind, and nothing else. They are templates, not what a
    person wrote. The dataset is a folder in REFER's layout, with a link to the photos.

    Example:

    \b
        $ refseg data phrases instances.json --images photos --out mydata
        position    2862
        category    1698
        size        1066
        relation     889
        plural       600
        ordinal      369
        colour       228
        train: 6797 sentences on 396 photos, val: 915 sentences on 56 photos
        mydata
        $ refseg train --dataset mydata
    """
    from refseg_cli.data.phrases.make import PhrasesRequest, make_phrases, summary

    request = PhrasesRequest(
        instances_json=instances_json,
        images=images,
        output=out,
        complete=tuple(name.strip() for name in complete.split(",") if name.strip()),
        exclude_images=frozenset(_numbers(exclude_images)),
        split=split,
        seed=seed,
        force=force,
    )
    for line in summary(make_phrases(request)):
        console.say(line)
    console.result(str(out))


def _numbers(text: str) -> list[int]:
    """Read whole numbers divided by commas."""
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter(f"not whole numbers divided by commas: {text!r}") from None
