"""Reads all that was downloaded, and compares it with what it should be."""

from collections.abc import Iterator
from pathlib import Path

from .assets import asset_names, base_of, find_asset, is_there, known_files
from .content import Expected, digest_file
from .manifest import Asset, RemoteFile, manifest
from .photos import is_whole, photos_of
from .records import read_record, unfinished_mark

__all__ = ["MISSING", "damages"]

MISSING = "is missing"  # end of what is said of something that the plain command would fetch


def damages(names: tuple[str, ...], root: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Check what is there of some assets, or of all.

    Args:
        names: of the assets; empty for all of which anything is there.
        root: the data folder.

    Yields:
        for each file of the manifest that is there, and for the photos of each dataset: the asset, what was
        checked, and what is wrong with it, a line each. Of assets that were named, what is not there is told.

    Raises:
        UsageError: if a name is unknown.
    """
    checked: set[str] = set()
    for asset in map(find_asset, names or asset_names()):
        for file in known_files(asset):
            base = base_of(file, root)
            if file.name in checked or not (names or any(is_there(base / path) for path in file.wanted)):
                continue
            checked.add(file.name)
            yield asset.name, *_check(file, base)
        if (
            asset.photos
            and is_there(root / asset.photos)
            and (names or is_there(root / manifest().photos.to))
        ):
            yield asset.name, *_check_photos(asset, root)


def _check(file: RemoteFile, base: Path) -> tuple[str, list[str]]:
    record = read_record(base, file.name)
    if unfinished_mark(base, file.name).exists():
        return file.name, [f"{base}: {file.name} was not unpacked to its end, so some of it {MISSING}"]
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
    absent = [path for path in file.wanted if not is_there(base / path)]
    faults += [f"{base / path}: {MISSING}" for path in absent]
    return file.name if len(absent) == len(file.wanted) else f"{file.name} (not fetched by refseg)", faults


def _check_photos(asset: Asset, root: Path) -> tuple[str, list[str]]:
    folder = root / manifest().photos.to
    photos = photos_of(root / asset.photos)
    faults = [
        f"{folder / photo.name}: {'is not whole' if (folder / photo.name).exists() else MISSING}"
        for photo in photos
        if not is_whole(folder / photo.name, photo)
    ]
    return f"{len(photos):,} photos of {asset.name}", faults
