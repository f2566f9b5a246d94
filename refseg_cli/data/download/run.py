"""What `refseg download` does for each name that it is given."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from refseg_cli import console
from refseg_cli.errors import DownloadError, PartlyFailed, RefsegError

from .assets import ENCODER, base_of, files_of
from .disk import disk_fault, require_room
from .generated import write_generated
from .hub import fetch_encoder
from .install import Means, install, is_installed, left_to_fetch
from .manifest import Asset, RemoteFile, manifest
from .persist import Patience
from .photos import fetch_photos, photos_of
from .request import Request, check_request
from .transport import new_client
from .vectors import Vocabulary, install_slices, read_vocabulary, sliced_path

__all__ = ["download"]


def download(request: Request, patience: Patience | None = None) -> Iterator[Path]:
    """Download what was asked for, one asset after the other; one that fails does not keep the others back.

    Args:
        request: what was asked for.
        patience: how often, how long to try; as usual if None.

    Yields:
        files and folders that are there now.

    Raises:
        UsageError: if a name, a mirror or a file makes no sense; before anything is fetched.
        DownloadError: if nothing could be downloaded, or a person must fetch a file.
        PartlyFailed: if some of it could not.
    """
    assets, given = check_request(request)
    vocabulary = read_vocabulary(request.vocabulary) if request.vocabulary else None
    failed, stop = [], Event()
    with new_client(request.jobs) as client:
        for asset in assets:
            means = Means(
                client=client,
                patience=patience or Patience(sleep=stop.wait),
                mirrors=request.mirrors,
                given=given,
                force=request.force,
                command=request.command(asset.name),
                stop=stop,
            )
            try:
                with _disk_faults_told(request.root):
                    yield from _get(asset, request, means, vocabulary)
            except RefsegError as error:
                if len(assets) == 1:
                    raise
                console.error(f"{asset.name}: {error}")
                failed.append(asset.name)
    if failed:
        kind = DownloadError if len(failed) == len(assets) else PartlyFailed
        raise kind(f"not downloaded: {', '.join(failed)}; type again: {request.command(*failed)}")


@contextmanager
def _disk_faults_told(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_fault(str(error.filename or root), error) from error


def _get(asset: Asset, request: Request, means: Means, vocabulary: Vocabulary | None) -> Iterator[Path]:
    """Download one asset, and say what is there of it now."""
    if asset.name.startswith(ENCODER):
        yield fetch_encoder(asset.name.removeprefix(ENCODER))
        return
    if asset.generated:
        write_generated(
            asset.name, request.root / asset.name, request.size, request.force, request.command(asset.name)
        )
        yield request.root / asset.name
        return
    files = files_of(asset)
    by_hand = [file for file in files if _is_left_to_a_person(file, request.root, means)]
    for folder, needed in _needed([file for file in files if file not in by_hand], request).items():
        require_room(folder, needed, asset.name)
    for file in files:
        if file not in by_hand:
            yield from _get_file(file, request, means, vocabulary)
    if by_hand:
        raise DownloadError(_told_by_hand(asset, by_hand, means.command))
    if asset.photos:
        yield from _get_photos(asset, request, means)


def _is_left_to_a_person(file: RemoteFile, root: Path, means: Means) -> bool:
    elsewhere = file.name in means.given or bool(means.mirrors)
    return bool(file.by_hand) and not elsewhere and not is_installed(file, base_of(file, root))


def _needed(files: list[RemoteFile], request: Request) -> dict[Path, int]:
    """Returns how many bytes must be free in which folder: an archive and what is in it are there at once."""
    needed: dict[Path, int] = {}
    for file in files:
        base = base_of(file, request.root)
        if request.force or not is_installed(file, base):
            unpacked = 0 if file.kind == "file" or (file.vectors and request.vocabulary) else file.bytes
            needed[base] = needed.get(base, 0) + left_to_fetch(file, base) + unpacked
    return needed


def _get_file(
    file: RemoteFile, request: Request, means: Means, vocabulary: Vocabulary | None = None
) -> Iterator[Path]:
    base = base_of(file, request.root)
    if file.vectors and vocabulary:
        install_slices(file, base, means, vocabulary)
        yield from (base / sliced_path(text, vocabulary.path) for text in file.wanted)
    else:
        install(file, base, means)
        yield from (base / path for path in file.wanted)


def _get_photos(asset: Asset, request: Request, means: Means) -> Iterator[Path]:
    source = manifest().photos
    folder = request.root / source.to
    if request.whole_zip:
        yield from _get_file(manifest().files[source.zip], request, means)
        return
    mirrors = tuple(f"{mirror.rstrip('/')}/{folder.name}/" for mirror in request.mirrors)
    photos = photos_of(request.root / asset.photos)
    fetch_photos(photos, (*mirrors, *source.addresses), folder, means, request.jobs)
    yield folder


def _told_by_hand(asset: Asset, files: list[RemoteFile], command: str) -> str:
    steps = "; ".join(f"{file.name}: {file.by_hand}" for file in files)
    given = " ".join(f"--from-file {shlex.quote(file.name)}" for file in files)
    return f"{asset.name}: a person must fetch the rest ({steps}); when that is done, type: {command} {given}"
