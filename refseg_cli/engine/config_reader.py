"""Reads the tables of configurations, strictly, into dataclasses."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from refseg_cli.errors import ConfigError

Config = TypeVar("Config")


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: if it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is not a readable TOML file: {error}") from error


def read_setting(setting: str) -> dict[str, Any]:
    """The tables that `section.key=value` stands for.

    Raises:
        ConfigError: if it is of another form.
    """
    key, equals, value = (part.strip() for part in setting.partition("="))
    # A bare word is a string, so that `--set optimizer.name=adamw` needs no quotes within quotes.
    for written in (value, json.dumps(value, ensure_ascii=False)):
        with suppress(tomllib.TOMLDecodeError):
            if equals:
                return tomllib.loads(f"{key} = {written}")
    raise ConfigError(
        f"--set takes section.key=value, got {setting!r}: for example --set training.steps=1000"
    )


def laid_over(config: type, below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The values of two layers of a dataclass in one table: those above count where both have one.

    Sections and free tables are joined key by key; everything else, such as a list, is replaced whole.
    """
    joined = {**below, **above}
    hints = get_type_hints(config)
    for key in below.keys() & above.keys() & hints.keys():
        are_tables = isinstance(below[key], Mapping) and isinstance(above[key], Mapping)
        section = next((hint for hint in (hints[key], *get_args(hints[key])) if is_dataclass(hint)), None)
        if are_tables and section is not None:
            joined[key] = laid_over(section, below[key], above[key])  # type: ignore[arg-type]
        elif are_tables and hints[key] == dict[str, Any]:
            joined[key] = {**below[key], **above[key]}
    return joined


def updated(config: Config, values: Mapping[str, Any], where: str = "") -> Config:
    """A copy of a dataclass with the values of a table, each checked against its field's type.

    Args:
        config: what the table is laid over.
        values: of the table.
        where: what stands before its keys in an error, such as `training.`.

    Raises:
        ConfigError: for an unknown key, a wrong type or a value out of range, naming it and what is near.
    """
    hints = get_type_hints(type(config))
    names = [item.name for item in fields(config)]  # type: ignore[arg-type]
    changes = {}
    for key, value in values.items():
        if key not in names:
            raise ConfigError(f"unknown key {where}{key}{near(key, names)}")
        changes[key] = _converted(hints[key], getattr(config, key), value, f"{where}{key}")
    try:
        return replace(config, **changes)  # type: ignore[type-var]
    except ValueError as error:
        raise ConfigError(f"{where.rstrip('.') or 'configuration'}: {error}") from error


def _converted(hint: Any, present: Any, value: Any, where: str) -> Any:  # noqa: PLR0911 - one per type
    origin, choices = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _of_union(choices, present, value, where)
    if hint is Any:
        return value
    if is_dataclass(hint) and isinstance(value, Mapping):
        return updated(hint() if present is None else present, value, f"{where}.")  # type: ignore[operator]
    if origin is Literal and value in choices:
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(_converted(choices[0], None, each, f"{where}[{i}]") for i, each in enumerate(value))
    if origin is dict and isinstance(value, Mapping):
        return {key: _converted(choices[1], None, each, f"{where}.{key}") for key, each in value.items()}
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise ConfigError(f"{where} must be {_expected(hint)}, got {value!r}")


def _expected(hint: Any) -> str:
    """What a field takes, for a reader who knows TOML and no Python."""
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(repr, get_args(hint)))}"
    if is_dataclass(hint):
        return f"a section with some of the keys {', '.join(item.name for item in fields(hint))}"
    named = {tuple: "a list", dict: "a table"}
    return named.get(get_origin(hint)) or str(getattr(hint, "__name__", hint))


def _of_union(choices: Sequence[Any], present: Any, value: Any, where: str) -> Any:
    """`X | None`: TOML has no null, so the word "none" stands for it."""
    if value == "none":
        return None
    return _converted(next(choice for choice in choices if choice is not type(None)), present, value, where)


def near(name: str, names: Sequence[str]) -> str:
    """The end of an error about an unknown name: the one that was meant, or all there are."""
    found = get_close_matches(name, names, n=1)
    return f": did you mean {found[0]!r}?" if found else f": choose one of {', '.join(names)}"
