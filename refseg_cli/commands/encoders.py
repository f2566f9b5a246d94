"""`refseg encoders`: which text encoders there are, what one is, and whether it keeps its promises."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Json, Quiet

__all__ = ["app"]

app = typer.Typer(
    help="List, show and test text encoders.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Encoder = Annotated[
    str, typer.Argument(metavar="NAME[:REFERENCE]", help="As refseg train --encoder takes it.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Such as text.options.width=64; repeatable."),
]
Data = Annotated[Path, typer.Option(metavar="DIR", envvar="REFSEG_DATA", help="Of datasets and weights.")]


@app.callback()
def encoders() -> None:
    """List, show and test text encoders."""


@app.command("list")
def list_(*, json: Json = False, quiet: Quiet = False) -> None:  # noqa: ARG001 - it has told the console
    """List the text encoders that there are, and whether they are found; none of them is imported.

    Others come from installed packages, and while you write one, from REFSEG_ENCODERS=name=module:Class.

    Example:

    \b
        $ refseg encoders list
        name         from                 status
        lstm-glove   refseg               found
        transformer  refseg               found
        char         char-encoder 0.1.0   found
        mine         REFSEG_ENCODERS      there is no module my_encoder
    """
    from refseg.encoders.catalogue import catalogue, states

    heads = ("name", "from", "status")
    entries = catalogue()
    rows = [(entry.name, entry.origin, state) for entry, state in zip(entries, states(entries), strict=True)]
    if json:
        console.result_json({"encoders": [dict(zip(heads, row, strict=True)) for row in rows]})
    else:
        console.result_table(heads, rows)


@app.command()
def show(
    encoder: Encoder,
    *,
    settings: Settings = None,
    data: Data = Path("data"),
    json: Json = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Show what a text encoder is: its class, sizes and configuration, and how to train with it.

    Example:

    \b
        $ refseg encoders show char
        name        char
        class       char_encoder:CharEncoder
        from        char-encoder 0.1.0
        width       128 numbers a word
        …
        train with  refseg train --dataset unc --encoder char
    """
    from refseg_cli.engine.encoder_report import describe_encoder, encoder_lines, encoder_to_look_at

    description = describe_encoder(encoder, encoder_to_look_at(encoder, settings or (), data))
    if json:
        console.result_json(description)
    else:
        console.result("\n".join(encoder_lines(description)))


@app.command("test")
def check(
    encoder: Encoder,
    *,
    settings: Settings = None,
    data: Data = Path("data"),
    json: Json = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Test that a text encoder keeps what every encoder promises, on 500 sentences hard to get right.

    Such as: padding and the other sentences of a batch change no vector, every word has one, what is cut is
    told, a checkpoint brings the same encoder back. Exit code 5 if a promise is broken.

    Example:

    \b
        $ refseg encoders test char
        promise                                 result
        width and max_words are told            kept
        …
        one finite vector per kept word         500 of 500 sentences, the first 'a': a number is not finite
        the same alone and in a batch           kept
    """
    from refseg.encoders.contract import check_encoder
    from refseg_cli.engine.encoder_report import encoder_to_look_at
    from refseg_cli.errors import PartlyFailed

    checks = check_encoder(encoder_to_look_at(encoder, settings or (), data))
    if json:
        told = [{"promise": one.name, "kept": not one.failure, "found": one.failure} for one in checks]
        console.result_json({"encoder": encoder, "checks": told})
    else:
        rows = [(one.name, one.failure or "kept") for one in checks]
        console.result_table(("promise", "result"), rows)
    if broken := sum(one.failure is not None for one in checks):
        raise PartlyFailed(
            f"text encoder {encoder} breaks {broken} of {len(checks)} promises; mend it, then: "
            f"refseg encoders test {encoder}"
        )
