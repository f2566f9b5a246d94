"""The assets by name: what there is, where it lands, and what of it is missing; no network is used."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path

from refseg_cli.errors import MissingExtra, UsageError
from refseg_cli.files import cache_folder

from .manifest import Asset, RemoteFile, manifest
from .records import unfinished_mark

__all__ = [
    "asset_names",
    "base_of",
    "describe",
    "files_of",
    "find_asset",
    "is_there",
    "known_files",
    "lacking",
    "missing",
]

ENCODER = "encoder:"
ALSO_CALLED = {
    "refcoco": ("unc",),
    "refcoco+": ("unc+",),
    "refcocog": ("gref", "gref-umd"),
    "a2d-sentences": ("a2d",),
    "jhmdb-sentences": ("jhmdb",),
    "j-hmdb": ("jhmdb",),
    "refer-davis17": ("ref-davis17",),
    "ref-youtube-vos": ("refer-youtube-vos",),
    "glove-840b": ("glove",),
}


def asset_names() -> list[str]:
    """Returns the names that can be asked for; beside them there is `encoder:NAME` for any text encoder."""
    return list(manifest().assets)


def find_asset(name: str) -> Asset:
    """Find an asset by its name.

    Raises:
        UsageError: if nothing is called so; with what was probably meant.
    """
    if name.startswith(ENCODER) and len(name) > len(ENCODER):
        encoder = name.removeprefix(ENCODER)
        homepage = f"https://huggingface.co/{encoder.partition('@')[0]}"
        return Asset(name, f"the text encoder {encoder} of Hugging Face", "see the homepage", homepage)
    found = manifest().assets.get(name)
    if found is None:
        folded = name.casefold()
        if here := ALSO_CALLED.get(folded):
            raise UsageError(f"{name} is called {' or '.join(here)} here: refseg download {here[0]}")
        near = get_close_matches(folded, manifest().assets, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            f"nothing to download is called {name!r}; {hint}see what there is: refseg download --list"
        )
    return found


def files_of(asset: Asset) -> tuple[RemoteFile, ...]:
    """Returns the files that an asset is made of: spaCy's pipeline must suit the spaCy that is installed.

    Raises:
        MissingExtra: if no pipeline is known for it.
    """
    if not asset.by_spacy:
        return asset.files
    try:
        installed = version("spacy")
    except PackageNotFoundError:
        installed = "none"
    file = asset.by_spacy.get(".".join(installed.split(".")[:2]))
    if file is None:
        known = ", ".join(asset.by_spacy)
        raise MissingExtra(
            f"no pipeline is known for the spaCy that is installed ({installed}), only for {known}; "
            f"type: pip install 'spacy~={max(asset.by_spacy)}.0'"
        )
    return (file,)


def known_files(asset: Asset) -> tuple[RemoteFile, ...]:
    """Returns the files that an asset is made of, or could be if another spaCy were installed."""
    try:
        return files_of(asset)
    except MissingExtra:
        return tuple(asset.by_spacy.values())


def base_of(file: RemoteFile, root: Path) -> Path:
    """Returns the folder that a file's paths are relative to.

    Args:
        file: of the manifest.
        root: the data folder.
    """
    if file.under == "cache":
        return cache_folder()
    if file.under == "torch":  # where torch.hub looks, found without importing it
        cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
        return Path(os.environ.get("TORCH_HOME", f"{cache}/torch")).expanduser() / "hub" / "checkpoints"
    return root


def missing(name: str, root: Path) -> list[Path]:
    """Returns the files and folders of an asset that are not there, or are empty.

    Of COCO's photos only the folder is looked at: which of them a dataset needs is known to its reader.

    Args:
        name: of the asset.
        root: the data folder.

    Raises:
        UsageError: if nothing is called so.
    """
    asset = find_asset(name)
    paths = [path for file in known_files(asset) for path in lacking(file, base_of(file, root))]
    return paths + [path for path in _expected_beside(asset, root) if not is_there(path)]


def lacking(file: RemoteFile, base: Path) -> list[Path]:
    """Returns what a file should have brought and is not there.

    Args:
        file: of the manifest.
        base: the folder that its paths are relative to.
    """
    paths = [base / path for path in file.wanted]
    if unfinished_mark(base, file.name).exists():
        return paths  # some of it is old, new or missing
    return [path for path in paths if not is_there(path, file.n_files)]


def is_there(path: Path, n_files: int = 0) -> bool:
    """Tells whether a file has content, or a folder has entries, at least as many as are said."""
    if path.is_dir():
        with os.scandir(path) as entries:
            shown = (entry for entry in entries if not entry.name.startswith("."))
            return sum(1 for _ in islice(shown, max(1, n_files))) >= max(1, n_files)
    return path.is_file() and path.stat().st_size > 0


def describe(name: str) -> str:
    """Returns what an asset is in one line that ends with the command that gets it.

    Raises:
        UsageError: if nothing is called so.
    """
    asset = find_asset(name)
    return f"{asset.title} ({asset.licence}); to get it, type: refseg download {name}"


def _expected_beside(asset: Asset, root: Path) -> Iterator[Path]:
    """Yields what must be there that is not of a file of the manifest."""
    if asset.name.startswith(ENCODER):
        from .hub import cached_config

        yield cached_config(asset.name.removeprefix(ENCODER))
    if asset.photos:
        yield root / manifest().photos.to
