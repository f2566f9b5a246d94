"""How many sentences, objects and pictures others say that a dataset has, each with who says so."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

ALL = "all"
"""Stands for all splits of a dataset together."""


@dataclass(frozen=True)
class Published:
    """What one source says of one thing that can be counted.

    Attributes:
        what: "expressions", "references" or "pictures".
        source: who says so.
        counts: by split; the key "all" is the whole dataset, and "valid+test" is two splits together.
    """

    what: str
    source: str
    counts: Mapping[str, int]


def published_counts(name: str) -> list[Published]:
    """List what is published of a dataset; nothing for one that has no name here."""
    tables = tomllib.loads(files(__package__).joinpath("published.toml").read_text(encoding="utf-8"))
    return [
        Published(what, source["source"], counts)
        for source in tables.get(name, [])
        for what, counts in source.items()
        if what != "source"
    ]
