"""What there is to download, and what a download would do; nothing is fetched."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from refseg_cli.errors import DataError

from .assets import asset_names, base_of, files_of, find_asset, known_files, missing
from .install import is_installed, left_to_fetch
from .manifest import Asset, RemoteFile, manifest
from .photos import looks_right, photos_of
from .request import Request, check_request
from .vectors import sliced_path

__all__ = ["Offer", "Step", "offers", "steps"]


@dataclass(frozen=True)
class Offer:
    """A line of `refseg download --list`.

    Attributes:
        name: what is typed.
        title, licence: for people.
        size: bytes to fetch, roughly, as far as they are known.
        size_known: whether they are.
        present: "yes", "no", or "partly".
        by_hand: whether a person must fetch some of it.
    """

    name: str
    title: str
    licence: str
    size: int
    size_known: bool
    present: str
    by_hand: bool


@dataclass(frozen=True)
class Step:
    """A line of `refseg download --dry-run`.

    Attributes:
        what: the file, or how many photos.
        size: bytes that would be fetched, roughly; 0 when nobody knows.
        lands: where it would be.
        state: "there", "given", "to fetch", "begun" or "by hand".
    """

    what: str
    size: int
    lands: str
    state: str


def offers(root: Path) -> Iterator[Offer]:
    """List all assets, and what of them is in the data folder.

    Args:
        root: the data folder.
    """
    for asset in map(find_asset, asset_names()):
        files = known_files(asset)
        lacking = missing(asset.name, root)
        expected = sum(len(file.wanted) for file in files) + bool(asset.photos)
        whole = not lacking and _n_photos(asset, root) >= asset.n_photos
        present = "yes" if whole else "no" if len(lacking) == expected else "partly"
        size = sum(file.bytes for file in files) + asset.n_photos * manifest().photos.about
        by_hand = any(file.by_hand for file in files)
        size_known = all(file.bytes for file in files) and not asset.generated
        yield Offer(asset.name, asset.title, asset.licence, size, size_known, present, by_hand)


def steps(request: Request) -> Iterator[Step]:
    """List what a download would do.

    Args:
        request: what was asked for.

    Raises:
        UsageError: if the download itself would refuse it.
    """
    assets, given = check_request(request)
    for asset in assets:
        for file in files_of(asset):
            yield _step(file, request, given)
        if asset.photos:
            yield _photo_step(asset, request, given)


def _n_photos(asset: Asset, root: Path) -> int:
    """Counts the photos of COCO that are there, at most as many as are needed; which they are takes long."""
    folder = root / manifest().photos.to
    if not asset.photos or not folder.is_dir():
        return 0
    with os.scandir(folder) as entries:
        return sum(
            1 for _ in islice((entry for entry in entries if entry.name.endswith(".jpg")), asset.n_photos)
        )


def _step(file: RemoteFile, request: Request, given: Mapping[str, Path]) -> Step:
    base = base_of(file, request.root)
    paths = file.wanted
    if file.vectors and request.vocabulary:
        paths = tuple(sliced_path(text, request.vocabulary) for text in paths)
    lands = ", ".join(str(base / path) for path in paths)
    if file.name in given:
        return Step(file.name, 0, lands, "given")
    if not request.force and is_installed(file, base):
        return Step(file.name, 0, lands, "there")
    if file.by_hand:
        return Step(file.name, 0, lands, "by hand")
    left = left_to_fetch(file, base)
    return Step(file.name, left, lands, "begun" if left < file.bytes else "to fetch")


def _photo_step(asset: Asset, request: Request, given: Mapping[str, Path]) -> Step:
    source = manifest().photos
    if request.whole_zip:
        return _step(manifest().files[source.zip], request, given)
    folder, n_photos = request.root / source.to, asset.n_photos
    try:
        photos = photos_of(request.root / asset.photos)
        n_photos = sum(not looks_right(folder / photo.name, photo) for photo in photos)
    except DataError:  # the annotations that name them are yet to be fetched
        pass
    state = "to fetch" if n_photos else "there"
    return Step(f"{n_photos:,} photos", n_photos * source.about, str(folder), state)
