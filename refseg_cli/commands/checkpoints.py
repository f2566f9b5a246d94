"""`refseg checkpoints`: brings checkpoints in from elsewhere, and shows what is in one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from refseg_cli import console
from refseg_cli.options import Force, Json, Quiet

__all__ = ["app"]

app = typer.Typer(
    help="Bring in checkpoints from elsewhere.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def checkpoints() -> None:
    """Bring in checkpoints from elsewhere."""


@app.command("import")
def import_(
    prefix: Annotated[
        Path, typer.Argument(metavar="PREFIX", help="A TensorFlow checkpoint: its path without .index.")
    ],
    *,
    vocabulary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The words that it was trained with, one a line.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The .safetensors file to write.")],
    backbone: Annotated[
        Path | None,
        typer.Option(metavar="PREFIX", help="A checkpoint of DeepLab, if the first has no backbone."),
    ] = None,
    backbone_only: Annotated[
        bool, typer.Option("--backbone-only", help="Take the backbone alone, for refseg train --backbone.")
    ] = False,
    preset: Annotated[  # noqa: ARG001 - there is one so far
        Literal["official"], typer.Option(help="Which model it holds: that of the authors' released code.")
    ] = "official",
    force: Force = False,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Bring in a checkpoint that the authors' TensorFlow code wrote.

    TensorFlow itself is needed only for files of its old form (V1), such as deeplab_resnet_init.ckpt.

    Example:

    \b
        $ refseg checkpoints import unc.tfmodel --vocabulary vocabulary_Gref.txt -o unc.safetensors
        unc.safetensors
        $ refseg checkpoints import deeplab_resnet_init.ckpt --backbone-only -o deeplab.safetensors
        deeplab.safetensors
    """
    from refseg_cli.engine.checkpoint_import import ImportRequest, import_checkpoint
    from refseg_cli.engine.checkpoint_report import describe_checkpoint, report_lines

    import_checkpoint(ImportRequest(prefix, vocabulary, backbone, out, force, backbone_only))
    for line in report_lines(describe_checkpoint(out)):
        console.say(line)
    console.result(str(out))


@app.command()
def show(
    checkpoint: Annotated[
        str, typer.Argument(metavar="NAME|PATH", help="A bundled checkpoint or a .safetensors file.")
    ],
    *,
    json: Json = False,
) -> None:
    """Show what a checkpoint holds: its parts and their sizes, what it was made of, what it has seen.

    Example:

    \b
        $ refseg checkpoints show unc.safetensors
        file           unc.safetensors, 474.9 MB, written by refseg 0.1.0
        backbone       deeplab-resnet101; 42,605,504 weights
        text encoder   lstm-glove (embedding_width 300, …, width 1000, n_words 12112); 8,841,600 weights
        head           preset official; 67,218,008 weights
        canvas         antialias False, fit pad, size 320
        backbone saw   MS-COCO (…), PASCAL VOC (…); contains RefCOCO images: yes
        source         imported from TensorFlow checkpoint unc.tfmodel
        …
    """
    from refseg_cli.engine.checkpoint_report import describe_checkpoint, report_lines

    description = describe_checkpoint(checkpoint)
    if json:
        console.result_json(description)
    else:
        console.result("\n".join(report_lines(description)))
