"""A run's configuration as TOML that reads back to the same configuration, and what differs between two."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import tomli_w

from .run_config import RunConfig


def to_toml(config: RunConfig) -> str:
    """Write every value of a configuration, so that a later refseg with other defaults reads the same."""
    return tomli_w.dumps(_plain(asdict(config)))


def differences(one: RunConfig, other: RunConfig) -> list[tuple[str, Any, Any]]:
    """The values in which two configurations differ: key, the one's value, the other's."""
    first, second = (dict(_flat(_plain(asdict(config)), "")) for config in (one, other))
    keys = dict.fromkeys([*first, *second])
    return [(key, first.get(key), second.get(key)) for key in keys if first.get(key) != second.get(key)]


def _plain(value: Any) -> Any:
    """Values as TOML has them: it has no null, so the word "none" stands for it (see `run_config`)."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return "none" if value is None else value


def _flat(table: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", value
