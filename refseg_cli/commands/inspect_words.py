"""`refseg inspect-words`: what a network takes each word for, beside its part of speech."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli.options import Checkpoint, Device, Force, Json, Quiet

__all__ = ["inspect_words"]


def inspect_words(
    expressions: Annotated[
        list[str] | None,
        typer.Argument(metavar="[EXPRESSION]...", help="Sentences, or - for one a line on stdin."),
    ] = None,
    *,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="With one sentence a line; - for stdin.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME|PATH", help="Whose sentences to look at.")
    ] = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="Of the dataset.")] = "val",
    limit: Annotated[int | None, typer.Option(min=1, help="So many sentences, evenly spread.")] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Where named datasets are.")
    ] = Path("data"),
    checkpoint: Checkpoint = "small",
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Look at two checkpoints side by side instead."),
    ] = None,
    spacy_model: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="spaCy's pipeline for parts of speech.")
    ] = "en_core_web_sm",
    require_pos: Annotated[
        bool, typer.Option("--require-pos", help="Stop (exit code 3) where the pipeline is missing.")
    ] = False,
    gold: Annotated[
        bool, typer.Option("--gold", help="Compare with the true types, which drawn datasets know.")
    ] = False,
    json: Json = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE.csv|DIR", help="Write the words; in a folder, tables too.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw a heat map, and sentences in colour.")
    ] = None,
    device: Device = "auto",
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Show what a network takes each word for, beside the word's part of speech.

    Without sentences a few are looked at that come with refseg. Below each word stand its likeliest type
    with the probability, then spaCy's part of speech and dependency; ≠ marks a type that the part of speech
    would not let one expect. Then come the tables over all sentences. Where spaCy's pipeline is missing
    the types are shown without: refseg download spacy.

    Example:

    \b
        $ refseg inspect-words "man on the left"
        man on the left
          man          on             the               left
          entity 1.00  relation 1.00  unnecessary 1.00  attribute 1.00 ≠
          NOUN ROOT    ADP prep       DET det           NOUN pobj
        …
    \b
        $ refseg inspect-words --dataset shapes --gold --plot shapes.png
    """
    from refseg_cli.engine.inspecting.request import Request
    from refseg_cli.engine.inspecting.run import run_inspection

    request = Request(
        checkpoints=compare or (checkpoint,),
        expressions=expressions or (),
        file=file,
        dataset=dataset,
        split=split,
        limit=limit,
        data=data,
        pipeline=spacy_model,
        require_pos=require_pos,
        gold=gold,
        csv=csv,
        plot=plot,
        device=device,
        force=force,
    )
    run_inspection(request, json)
