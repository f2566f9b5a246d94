"""Options that several commands share, so that each has one name, one help text and one default everywhere.

A command uses them as annotations: `def predict(…, device: Device = "auto", quiet: Quiet = False)`.
"""

from typing import Annotated, Literal

import typer

from refseg_cli import console

__all__ = ["Checkpoint", "Device", "Force", "Json", "Precision", "Quiet", "Seed", "WordTypes"]


def _set_quiet(quiet: bool) -> bool:
    """Tell the console at once, so that no command has to."""
    console.set_quiet(quiet)
    return quiet


Checkpoint = Annotated[
    str,
    typer.Option(
        "--checkpoint", "-c", metavar="NAME|PATH", help="A bundled checkpoint or a .safetensors file."
    ),
]
Device = Annotated[
    str,
    typer.Option("--device", metavar="DEVICE", help="Where the network runs: auto, cpu, cuda, cuda:1, mps."),
]
Precision = Annotated[
    Literal["float32", "bfloat16"],
    typer.Option("--precision", help="What the network computes in; bfloat16 is faster and less exact."),
]
WordTypes = Annotated[
    Literal["learned", "random", "uniform", "pos"],
    typer.Option(
        "--word-types", help="Learned, by parts of speech (pos), or as a floor random or the same for all."
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same number gives the same result.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of text.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is already there.")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", callback=_set_quiet, help="Say nothing but results, warnings and errors."),
]
