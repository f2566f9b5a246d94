"""Masks as the server of Refer-YouTube-VOS takes them: a folder, or its zip, with one picture for each frame.

    Annotations/<video>/<number of the sentence>/<frame>.png

in grey or with a palette, of the video's own size, 0 where the thing is not and 255 or 1 where it is. Every
frame that `meta_expressions.json` lists has its mask for every sentence, also where nothing is found.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal, get_args
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refseg.models.images import DAMAGED
from refseg_cli.console import track
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError
from refseg_cli.files import written_whole

from .outputs import write_mask

TOP: Final = "Annotations"
"""The folder that all masks are in."""

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # the first date that a zip knows
_PLAIN_FILE: Final = 0o100644 << 16
_BROKEN = (*DAMAGED, BadZipFile, Image.DecompressionBombError)

Sizes = Mapping[str, tuple[int, int]]
"""Height and width of each mask by its name in the submission."""
Kind = Literal["missing", "extra", "of another size", "not binary", "unreadable"]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file of a submission.

    Attributes:
        kind: Of which kind it is.
        name: Of the file in the submission.
        reason: More than the kind says, or nothing.
    """

    kind: Kind
    name: str
    reason: str = ""


def mask_name(sample: Sample, frame: int) -> str:
    """Name the mask of a sentence in a frame, which is counted from 0, by its place in the submission.

    Raises:
        ValueError: If the sample is a photo.
    """
    if sample.clip is None:
        raise ValueError(f"{sample.sample_id} is a photo; a submission is of videos")
    video = sample.image_path.name if sample.clip.names else sample.image_path.stem  # a folder, or a file
    number = sample.sample_id.rpartition("/")[2]
    return f"{TOP}/{video}/{number}/{sample.clip.stem(frame)}.png"


def wanted_masks(samples: Iterable[Sample]) -> dict[str, tuple[int, int]]:
    """List all masks that a submission must have: of every frame of every sentence, with their sizes.

    Raises:
        DataError: If two would have one name, or one would not lie in its folder.
    """
    wanted: dict[str, tuple[int, int]] = {}
    for sample in samples:
        for frame in range(sample.clip.n_frames if sample.clip else 0):
            name = mask_name(sample, frame)
            if name in wanted or {"", ".", ".."} & set(name.split("/")):
                raise DataError(
                    f"{sample.sample_id}: {name} is no name of its own for a mask; fetch the dataset "
                    "again, or look at it with: refseg data check"
                )
            wanted[name] = sample.height, sample.width
    return wanted


def write_submitted(folder: Path, sample: Sample, frame: int, mask: NDArray[np.bool_]) -> None:
    """Write one mask (H, W) to its place below a folder.

    Raises:
        DataError: If it cannot be written.
    """
    path = folder / mask_name(sample, frame)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mask(mask, path)


def pack(folder: Path, archive: Path) -> None:
    """Write the zip of a submission's folder; the same masks give the same bytes, whenever and wherever.

    Nothing is compressed, as PNG already is; names are in order, and dates and rights are always the same.

    Args:
        folder: That holds `Annotations`.
        archive: The file.

    Raises:
        DataError: If there is nothing to pack, or it cannot be written.
    """
    names = sorted(_files(folder / TOP))
    if not names:
        raise DataError(f"{folder / TOP}: has no masks to pack; look at it with: ls -R {folder}")
    with written_whole(archive) as stream, ZipFile(stream, "w", ZIP_STORED) as packed:
        for name in track(names, "packing masks"):
            info = ZipInfo(f"{TOP}/{name}", _EARLIEST)
            info.create_system, info.external_attr = 3, _PLAIN_FILE  # as on Unix, also on Windows
            packed.writestr(info, (folder / TOP / name).read_bytes())


def check_submission(source: Path, wanted: Sizes) -> list[Fault]:
    """Look for everything that is wrong with a submission; nothing is unpacked.

    Args:
        source: The folder that holds `Annotations`, or a zip.
        wanted: See `wanted_masks`.

    Returns:
        The faults, by kind and then by name; none for a submission that is whole.

    Raises:
        DataError: If there is no such folder or zip.
    """
    with _opened(source) as (names, read):
        faults = [Fault("missing", name) for name in sorted(wanted.keys() - set(names))]
        faults += [Fault("extra", name) for name in sorted(set(names) - wanted.keys())]
        faults += [Fault("extra", name, "is there twice") for name, n in Counter(names).items() if n > 1]
        there = sorted(wanted.keys() & set(names))
        found = [_look(name, read, wanted[name]) for name in track(there, "checking masks")]
    faults += [fault for fault in found if fault is not None]
    return sorted(faults, key=lambda fault: (get_args(Kind).index(fault.kind), fault.name))


def refuse_faulty(source: Path, faults: Sequence[Fault]) -> None:
    """Say in one line what is wrong with a submission, if anything is.

    Raises:
        DataError: Says how many faults of each kind there are, and names the first of each.
    """
    if not faults:
        return
    told = []
    for kind in get_args(Kind):
        some = [fault for fault in faults if fault.kind == kind]
        if some:
            reason = f" {some[0].reason}" if some[0].reason else ""
            told.append(f"{len(some)} {kind} (such as {some[0].name}{reason})")
    look = "ls -R" if source.is_dir() else "unzip -l"
    raise DataError(
        f"{source} cannot be submitted: masks {', '.join(told)}; look at it with: {look} {source}"
    )


_Open = Callable[[str], IO[bytes]]


@contextmanager
def _opened(source: Path) -> Iterator[tuple[list[str], _Open]]:
    """Give the names of all files of a folder or zip, and what opens one of them."""
    if source.is_dir():
        yield _files(source), lambda name: (source / name).open("rb")
        return
    if not source.is_file():
        raise DataError(f"{source}: no such folder or zip; look with: ls {source.parent}")
    try:
        archive = ZipFile(source)
    except (BadZipFile, OSError, ValueError) as error:
        raise DataError(f"{source}: not a zip that can be read ({error}); pack it again") from None
    with archive:
        yield [entry.filename for entry in archive.infolist() if not entry.is_dir()], archive.open


def _files(folder: Path) -> list[str]:
    """The files below a folder, with slashes on every system."""
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _look(name: str, read: _Open, size: tuple[int, int]) -> Fault | None:
    """Say what is wrong with a mask, if anything is; one of another size is not decoded."""
    try:
        with warnings.catch_warnings(), read(name) as stream:
            warnings.simplefilter("ignore")  # on large sizes, which are told below
            with Image.open(stream, formats=("PNG",)) as picture:
                if (picture.height, picture.width) != size:
                    sizes = f"{picture.width}x{picture.height} and not {size[1]}x{size[0]}"
                    return Fault("of another size", name, f"is {sizes}")
                if picture.mode not in ("1", "L", "P"):
                    return Fault("not binary", name, f"is coloured or see-through ({picture.mode})")
                values = set(np.unique(np.asarray(picture)).tolist())
    except _BROKEN as error:
        return Fault("unreadable", name, f"({(str(error).splitlines() or [type(error).__name__])[0]})")
    if values <= {0, 1} or values <= {0, 255}:
        return None
    return Fault("not binary", name, f"has the values {', '.join(map(str, sorted(values)[:4]))}, …")
