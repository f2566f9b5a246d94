"""`refseg predict`: find what sentences name in photos."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Checkpoint, Device, Force, Json, Precision, Quiet, WordTypes

__all__ = ["predict"]


def predict(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="An image, a folder, a quoted pattern, or - for stdin.")
    ],
    expressions: Annotated[
        list[str], typer.Argument(metavar="EXPRESSION...", help="What to find, one sentence each.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the results.")] = Path(
        "refseg-out"
    ),
    json: Json = False,
    overlay: Annotated[
        bool, typer.Option("--overlay/--no-overlay", help="Also write a picture that shows the mask.")
    ] = True,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also draw how the network came from the words to the mask.")
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", help="From which probability on a pixel belongs.  [default: 0.5]"),
    ] = None,
    crf: Annotated[bool, typer.Option("--crf", help="Redraw the mask along the image's edges.")] = False,
    word_types: WordTypes = "learned",
    checkpoint: Checkpoint = "small",
    device: Device = "auto",
    precision: Precision = "float32",
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Find what sentences name in photos, and write a mask (255 inside, 0 outside) for each.

    Existing files are kept unless --force is given. Of several images, one that cannot be read is passed
    over (exit code 5). With --json, every image and sentence gives one object on a line of its own.
    Images above 2000 pixels are reduced for --crf, and above 2048 for the overlay. With --explain one more
    picture has a row for each sentence: its words and their types, where each makes the network look, the
    steps from the entities alone to the whole sentence, and the masks under random types of words. Change
    one word and compare.

    Example:

    \b
        $ refseg predict photo.jpg "man holding white frisbee" "the dog"
        refseg-out/photo--man-holding-white-frisbee.mask.png
        refseg-out/photo--man-holding-white-frisbee.overlay.png
        refseg-out/photo--the-dog.mask.png
        refseg-out/photo--the-dog.overlay.png
    \b
        $ refseg predict photo.jpg "left dog" "right dog" --no-overlay --explain
        refseg-out/photo--left-dog-and-1-more.explain.png
        refseg-out/photo--left-dog.mask.png
        refseg-out/photo--right-dog.mask.png
    \b
        $ refseg predict "photos/*.jpg" "the dog" --json | jq -c '[.source, .box, .score]'
        ["photos/park.jpg",[214,80,97,140],0.8731]
    """
    from refseg_cli.engine.plan import Request
    from refseg_cli.engine.predict import predict_images

    request = Request(
        source=source,
        expressions=expressions,
        out=out,
        checkpoint=checkpoint,
        device=device,
        precision=precision,
        threshold=threshold,
        crf=crf,
        overlay=overlay,
        explain=explain,
        word_types=word_types,
        force=force,
    )
    shown: str | None = None  # all sentences about an image share one explanation
    for record in predict_images(request, sys.stdin.buffer):
        if json:
            console.result_json(record)
            continue
        explanation = None if record["explanation"] == shown else record["explanation"]
        console.result("\n".join(filter(None, (explanation, record["mask"], record["overlay"]))))
        shown = record["explanation"]
