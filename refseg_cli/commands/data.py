"""`refseg data`: makes sentences for annotated photos."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Force, Quiet, Seed

__all__ = ["app"]

app = typer.Typer(
    help="Look at datasets and make sentences for them.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def data() -> None:
    """Look at datasets and make sentences for them."""


@app.command()
def phrases(
    instances_json: Annotated[
        Path, typer.Argument(metavar="INSTANCES_JSON", help="COCO annotations of the photos.")
    ],
    *,
    images: Annotated[Path, typer.Option("--images", metavar="DIR", help="Folder of the photos.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT.p", help="The file for the sentences.")],
    complete: Annotated[
        str, typer.Option(metavar="NAME,…", help="Categories of which every object is annotated.")
    ] = "",
    exclude_images: Annotated[str, typer.Option(metavar="ID,…", help="Numbers of photos to leave out.")] = "",
    split: Annotated[str, typer.Option(metavar="NAME", help="The split to mark them with.")] = "train",
    seed: Seed = 0,
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Make sentences such as "left dog" from the masks of a COCO file, in the format of REFER.

    Each sentence names one object and no other. They are templates, not what a person wrote.

    Example:

    \b
        $ refseg data phrases instances.json --images images -o "refs(phrases).p"
        position  2253
        size       689
        refs(phrases).p
    """
    from refseg_cli.data.phrases.make import PhrasesRequest, make_phrases

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
    counts = make_phrases(request)
    for kind, count in sorted(counts.items(), key=lambda item: -item[1]):
        console.say(f"{kind:<10}{count:>6}")
    console.result(str(out))


def _numbers(text: str) -> list[int]:
    """Read whole numbers divided by commas."""
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter(f"not whole numbers divided by commas: {text!r}") from None
