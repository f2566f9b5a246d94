"""`refseg config`: shows what a run would be made of, and what differs between two."""

from pathlib import Path
from typing import Annotated

import typer

from refseg_cli import console
from refseg_cli.options import Quiet

__all__ = ["app"]

app = typer.Typer(
    help="Show and compare the settings of runs.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Preset = Annotated[
    str, typer.Argument(metavar="PRESET", help="A preset, or several with commas: later ones over earlier.")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One value over it; repeatable.")
]


@app.callback()
def config() -> None:
    """Show and compare the settings of runs."""


@app.command()
def show(
    preset: Preset = "official",
    *,
    settings: Settings = None,
    file: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="Values over it.")
    ] = None,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Print every setting of a preset as TOML, ready for `refseg train --config`.

    Example:

    \b
        $ refseg config show official,ablations/table10-g2 | grep graph_layers
        graph_layers = 2
    """
    from refseg_cli.engine.config_text import to_toml
    from refseg_cli.engine.run_config import read_run_config

    console.result(to_toml(read_run_config(preset, file, settings or ())).rstrip())


@app.command()
def diff(
    one: Annotated[str, typer.Argument(metavar="A", help="A preset, or a TOML file.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    *,
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Print the settings in which two presets or files differ: key, A's value, B's value.

    Example:

    \b
        $ refseg config diff official paper
        head.level_width  500  1000
        …
    """
    from refseg_cli.engine.config_text import differences
    from refseg_cli.engine.run_config import read_preset_or_file

    found = differences(read_preset_or_file(one), read_preset_or_file(other))
    widths = [max((len(str(row[column])) for row in found), default=0) for column in (0, 1)]
    for key, first, second in found:
        console.result(f"{key:<{widths[0]}}  {first!s:<{widths[1]}}  {second}")
    if not found:
        console.say(f"{one} and {other} are the same")


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="A configuration of a run.")],
    *,
    preset: Annotated[str, typer.Option(metavar="PRESET", help="What it is laid over.")] = "official",
    quiet: Quiet = False,  # noqa: ARG001 - its callback has told the console
) -> None:
    """Check a configuration file: unknown keys, wrong types, values out of range or against each other.

    Example:

    \b
        $ refseg config validate mine.toml
        mine.toml is a valid configuration
    """
    from refseg_cli.engine.run_config import read_run_config

    read_run_config(preset, file)
    console.result(f"{file} is a valid configuration")


@app.command("list")
def list_(quiet: Quiet = False) -> None:  # noqa: ARG001 - its callback has told the console
    """List the presets, those of the paper's ablations among them.

    Example:

    \b
        $ refseg config list
        official                  What the authors' released code computes; …
        ablations/table5-row01    Table 5, row 1: baseline: …
    """
    from refseg_cli.engine.run_config import describe_presets

    described = describe_presets()
    width = max(map(len, described))
    for name, what in described.items():
        console.result(f"{name:<{width}}  {what}")
