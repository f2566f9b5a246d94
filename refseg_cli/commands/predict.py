"""`refseg predict`: find what sentences name in photos and videos."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from refseg_cli import console
from refseg_cli.options import Checkpoint, Device, Force, Json, Precision, Quiet, WordTypes

__all__ = ["predict"]


def predict(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="An image, a folder, a quoted pattern, - for stdin; or a video."
        ),
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
    set_type: Annotated[
        list[str] | None,
        typer.Option(
            "--set-type", metavar="WORD=TYPE", help="What if this word were of that type? Repeatable."
        ),
    ] = None,
    show_words: Annotated[
        bool, typer.Option("--show-words", help="Also print each word with its type and probability.")
    ] = False,
    video: Annotated[
        bool, typer.Option("--video", help="SOURCE is a video: a folder with a picture for each frame.")
    ] = False,
    frames: Annotated[
        str | None,
        typer.Option("--frames", metavar="A:B", help="Of a video: frames A up to, without, B; from 0."),
    ] = None,
    every: Annotated[
        int | None, typer.Option("--every", min=1, metavar="N", help="Of a video: every N-th frame.")
    ] = None,
    max_size: Annotated[
        int | None,
        typer.Option("--max-size", min=16, metavar="PX", help="Of a video: reduce its frames to this side."),
    ] = None,
    masks: Annotated[
        Literal["png", "rle"] | None,
        typer.Option(
            "--masks", help="Of a video: a folder of PNG, or a file of lines (rle).  [default: png]"
        ),
    ] = None,
    checkpoint: Checkpoint = "small",
    device: Device = "auto",
    precision: Precision = "float32",
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Find what sentences name in photos or a video, and write a mask (255 inside, 0 outside) for each.

    Existing files are kept unless --force is given. Of several images, one that cannot be read is passed
    over (exit code 5). With --json, every image and sentence gives one object on a line of its own.
    Images above 2000 pixels are reduced for --crf, and above 2048 for the overlay. With --explain one more
    picture has a row for each sentence: its words and their types, where each makes the network look, the
    steps from the entities alone to the whole sentence, and the masks under random types of words. Change
    one word and compare. Types of words: entity, attribute, relation, unnecessary, and action in checkpoints
    for videos; --show-words prints them below the first picture's files (--json always has them),
    --word-types and --set-type change them.

    Of a video (mp4, webm, mkv, avi, moving gif …) each sentence gets a folder of masks and a video that shows
    them; with --json, every frame and sentence gives a line. What actions look like is seen by checkpoints
    for videos; others look at each frame by itself. To those for videos, nothing moves in a photo.

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
        $ refseg predict photo.jpg "man holding frisbee" --set-type holding=unnecessary --show-words
        refseg-out/photo--man-holding-frisbee.mask.png
        refseg-out/photo--man-holding-frisbee.overlay.png
          man      entity       1.00
          holding  unnecessary  1.00
          frisbee  entity       1.00
    \b
        $ refseg predict "photos/*.jpg" "the dog" --json | jq -c '[.source, .box, .score]'
        ["photos/park.jpg",[214,80,97,140],0.8731]
    \b
        $ refseg predict clip.mp4 "the girl in white shirt bouncing on the ball" --frames 0:250 --max-size 640
        refseg-out/clip--the-girl-in-white-shirt-bouncing-on-the-ball.masks
        refseg-out/clip--the-girl-in-white-shirt-bouncing-on-the-ball.overlay.mp4
    """
    from refseg_cli.engine.plan import Request
    from refseg_cli.engine.predict import predict_images
    from refseg_cli.engine.predict_video import predict_video
    from refseg_cli.engine.video_options import VideoOptions, is_video

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
        set_types=set_type or (),
        force=force,
        video=VideoOptions(video, frames, every, max_size, masks),
    )
    moves = is_video(source, video)
    records = predict_video(request) if moves else predict_images(request, sys.stdin.buffer)
    if json:
        for record in records:
            console.result_json(record)
    elif moves:
        _tell_video(records, show_words)
    else:
        _tell_images(records, show_words)


def _tell_images(records: Iterable[Mapping[str, Any]], show_words: bool) -> None:
    """Name the files of each image as they come, and the types of words once for all of them."""
    shown: str | None = None  # all sentences about an image share one explanation
    told: set[str] = set()  # and all images the types of words
    for record in records:
        explanation = None if record["explanation"] == shown else record["explanation"]
        console.result("\n".join(filter(None, (explanation, record["mask"], record["overlay"]))))
        shown = record["explanation"]
        if show_words and record["expression"] not in told:
            told.add(record["expression"])
            _tell_words(record)


def _tell_video(records: Iterable[Mapping[str, Any]], show_words: bool) -> None:
    """Name the files of each sentence when all of them are there."""
    for record in {record["expression"]: record for record in records}.values():
        console.result("\n".join(filter(None, (record["masks"], record["overlay"]))))
        if show_words:
            _tell_words(record)


def _tell_words(record: Mapping[str, Any]) -> None:
    from refseg_cli.engine.words_table import words_table

    console.result(words_table(record["words"]))
