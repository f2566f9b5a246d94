"""Reads all that was downloaded, and compares it with what it should be."""

from collections.abc import Iterator
from pathlib import Path

from .assets import asset_names, base_of, find_asset, is_there, known_files
from .digests import Expected, digest_file
from .manifest import Asset, RemoteFile, manifest
from .photos import is_whole, photos_of
from .records import read_record

__all__ = ["damages"]


def damages(names: tuple[str, ...], root: Path) -> Iterator[tuple[str, list[str]]]:
    """Check what is there of some assets, or of all.

    Args:
        names: of the assets; empty for all of which anything is there.
        root: the data folder.

    Yields:
        for each file of the manifest that is there, and for the photos of each dataset: what was checked, and
        what is wrong with it, a line each.

    Raises:
        UsageError: if a name is unknown.
    """
    checked = set()
    for asset in map(find_asset, names or asset_names()):
        for file in known_files(asset):
            base = base_of(file, root)
            if file.name not in checked and any(is_there(base / path) for path in file.wanted):
                checked.add(file.name)
                yield _check(file, base)
        if asset.photos and is_there(root / asset.photos) and is_there(root / manifest().photos.to):
            yield _check_photos(asset, root)


def _check(file: RemoteFile, base: Path) -> tuple[str, list[str]]:
    record = read_record(base, file.name)
    if record is not None and record.files:
        return file.name, record.damaged(base)
    # put there by hand: only what the manifest itself says can be checked
    known = dict(file.unpacked)
    if file.kind == "file":
        known[file.to] = file.sha256
    faults = [
        f"{base / path}: {complaint}"
        for path, sha256 in known.items()
        if is_there(base / path)
        and (complaint := Expected(sha256=sha256).complaint(digest_file(base / path)))
    ]
    faults += [f"{base / path}: is missing" for path in file.wanted if not is_there(base / path)]
    return f"{file.name} (not fetched by refseg)", faults


def _check_photos(asset: Asset, root: Path) -> tuple[str, list[str]]:
    folder = root / manifest().photos.to
    photos = photos_of(root / asset.photos)
    faults = [
        f"{folder / photo.name}: is not whole" for photo in photos if not is_whole(folder / photo.name, photo)
    ]
    return f"{len(photos):,} photos of {asset.name}", faults
