"""COCO's photos one by one: only those that a dataset is about, which is a quarter of the whole archive."""

import io
import json
import re
import struct
import time
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image, UnidentifiedImageError

from refseg_cli import console
from refseg_cli.errors import DataError, DownloadError, PartlyFailed

from .disk import disk_fault, in_words, require_room
from .install import Means
from .manifest import manifest
from .persist import Exhausted, WrongContent, try_all
from .transport import TryElsewhere, opened, steadily

__all__ = ["Photo", "fetch_photos", "is_whole", "looks_right", "photos_of"]

MOST_BYTES = 32 << 20  # of one photo; the largest of COCO's have less than 1 MB
TOLD = 10  # failures that are told one by one
HOPELESS = 20  # failures in a row, after which the rest is not tried
SILENCE = 10.0  # seconds without a byte: a photo comes at once or not at all, and Ctrl-C waits for it
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


@dataclass(frozen=True)
class Photo:
    """A photo as the annotations have it: name of its file, width and height in pixels."""

    name: str
    width: int
    height: int


def photos_of(instances: Path) -> list[Photo]:
    """Returns the photos that COCO annotations are about.

    Raises:
        DataError: if the annotations cannot be read, or name photos that are not COCO's.
    """
    try:
        with instances.open(encoding="utf-8") as stream:
            images = json.load(stream)["images"]
        photos = [
            Photo(str(image["file_name"]), int(image["width"]), int(image["height"])) for image in images
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{instances} is damaged ({error!r}); fetch it anew with --force") from error
    for photo in photos:
        if not re.fullmatch(r"COCO_train2014_\d{12}\.jpg", photo.name):
            raise DataError(f"{instances}: {photo.name!r} is no photo of COCO train2014; look at the file")
    return photos


def looks_right(path: Path, photo: Photo) -> bool:
    """Tells from its beginning whether a file is the photo; what refseg wrote is whole."""
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            return image.size == (photo.width, photo.height)
    except _BROKEN:
        return False


def is_whole(path: Path, photo: Photo) -> bool:
    """Tells from all of it whether a file is the photo."""
    try:
        return not _fault(path.read_bytes(), photo)
    except OSError:
        return False


def fetch_photos(
    photos: Iterable[Photo], addresses: Sequence[str], folder: Path, means: Means, jobs: int = 8
) -> None:
    """Fetch the photos that are not there.

    Args:
        photos: that are needed.
        addresses: folders on the web, in the order in which they are tried.
        folder: where the photos go; there is never anything but whole photos under their names.
        means: how things are fetched; with `force` those that are there are read to their end.
        jobs: how many are fetched at once.

    Raises:
        PartlyFailed: if some could not be had; they have been named.
        DownloadError: if none could be had, or they cannot be written.
    """
    there = is_whole if means.force else looks_right
    listed = console.track(list({photo.name: photo for photo in photos}.values()), "looking at photos")
    absent = [photo for photo in listed if not there(folder / photo.name, photo)]
    if not absent:
        console.say(f"{folder}: all photos are there already")
        return
    require_room(folder, len(absent) * manifest().photos.about, f"{len(absent):,} photos")
    folder.mkdir(parents=True, exist_ok=True)
    n_fetched, failures = _fetch_all(absent, addresses, folder, means, jobs)
    for name, reason in failures[:TOLD]:
        console.warn(f"{name}: {reason}")
    if failures:
        raise (PartlyFailed if n_fetched else DownloadError)(
            f"{len(absent) - n_fetched:,} of {len(absent):,} photos could not be fetched; "
            f"type again: {means.command}; if their server is down, add --mirror URL"
        )


def _fetch_all(
    photos: Sequence[Photo], addresses: Sequence[str], folder: Path, means: Means, jobs: int
) -> tuple[int, list[tuple[str, str]]]:
    """Fetch photos in several threads.

    Returns:
        how many came, and the names of those that failed, each with the reason.
    """
    failures: list[tuple[str, str]] = []
    n_bytes, n_fetched, in_a_row, started = 0, 0, 0, time.monotonic()
    with ThreadPoolExecutor(jobs) as pool, console.progress(len(photos), "photos") as advance:
        tasks: dict[Future[int], Photo] = {
            pool.submit(_fetch_one, photo, addresses, folder, means): photo for photo in photos
        }
        try:
            for task in as_completed(tasks):
                try:
                    n_bytes += task.result()
                    n_fetched, in_a_row = n_fetched + 1, 0
                except Exhausted as reasons:
                    failures.append((tasks[task].name, str(reasons)))
                    in_a_row += 1
                advance(note=f"{in_words(int(n_bytes / (time.monotonic() - started)))}/s")
                if in_a_row >= HOPELESS:
                    console.warn(f"{HOPELESS} photos failed in a row; the rest is not tried")
                    means.stop.set()
                    break
        except BaseException:  # also Ctrl-C: threads that go on would keep the process alive
            means.stop.set()
            console.say("stopping")
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return n_fetched, failures


def _fetch_one(photo: Photo, addresses: Sequence[str], folder: Path, means: Means) -> int:
    """Fetch a photo, and return how many bytes it has."""

    def attempt(address: str) -> bytes:
        if means.stop.is_set():
            raise TryElsewhere("stopped")
        with opened(means.client, address, {}, SILENCE) as response:
            body = _body(response, means)
        if fault := _fault(body, photo):
            raise WrongContent(fault)
        return body

    body = try_all([address + photo.name for address in addresses], attempt, means.patience)
    require_room(folder, len(body), photo.name)
    # a name of its own: another process, perhaps on another machine, may be fetching the same photo
    part = folder / f".refseg-{uuid.uuid4().hex}.part"
    try:
        with part.open("xb") as stream:
            stream.write(body)
        part.replace(folder / photo.name)
    except OSError as error:
        raise disk_fault(f"{folder / photo.name} cannot be written", error) from error
    finally:
        part.unlink(missing_ok=True)
    return len(body)


def _body(response: httpx.Response, means: Means) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise TryElsewhere(f"it answers {response.status_code} to a plain request")
    body = bytearray()
    for chunk in steadily(response.iter_bytes()):
        body += chunk
        if means.stop.is_set():
            raise TryElsewhere("stopped")
        if len(body) > MOST_BYTES:
            raise TryElsewhere(f"it sends more than {in_words(MOST_BYTES)} for a photo")
    return bytes(body)


def _fault(body: bytes, photo: Photo) -> str:
    """Returns what is wrong with a photo, decoding it to its end; empty when nothing is."""
    try:
        with Image.open(io.BytesIO(body), formats=["JPEG"]) as image:
            if image.size != (photo.width, photo.height):
                return f"it is {image.size[0]}×{image.size[1]}, not {photo.width}×{photo.height} pixels"
            small = (max(1, photo.width // 8), max(1, photo.height // 8))
            image.draft("L", small)  # reads all of it, but draws a small picture
            image.load()
    except UnidentifiedImageError:  # its message is about our buffer
        return "it is no JPEG"
    except _BROKEN as error:
        return f"it is no whole JPEG ({error})"
    return ""
