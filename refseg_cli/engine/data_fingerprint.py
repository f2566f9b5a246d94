"""Tells whether the data that a run trains on are those that it started with."""

import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from refseg_cli.data.clips import Clip
from refseg_cli.data.drawn import MOTION, SHAPES
from refseg_cli.data.samples import Sample
from refseg_cli.data.stored_samples import StoredMapping
from refseg_cli.errors import DataError

_TOLD = {
    "names": "the samples",
    "sentences": "the sentences",
    "pictures": "the pictures",
    "masks": "the masks",
    "word_types": "the types of words (told by the data, or by spaCy)",
}
_TOLD_OF_FILES = {"photo_files": "the files of the photos", "mask_files": "the files of the masks"}
_FILE_FORMS = ("png", "mat", "h5")  # of an annotation whose mask is a file, or a folder with one a frame
_END = 16 * 1024  # bytes


def data_fingerprint(samples: Sequence[Sample], root: Path) -> dict[str, Any]:
    """How many samples there are, and a SHA-256 of each side of them, wherever the data root lies.

    Of the files of photos and masks, what counts is the size and how the file begins and ends. It is seldom
    that other pixels change none of these (a PNG ends with a checksum of all of them), and reading all of
    every photo would take too long. Times do not count, which are others in a copy.

    Returns:
        JSON. Of the files of a side, None if one of them cannot be read: the step that needs it says so.
    """
    hashes = {side: sha256() for side in _TOLD}
    rooted = json.dumps(str(root))[1:-1]
    for sample in samples:
        mask = _written(sample.annotation).replace(rooted, "")
        picture = f"{sample.image_path} {sample.width} {sample.height}".replace(str(root), "")
        picture += _of_clip(sample)
        sides = (sample.sample_id, sample.expression, picture, mask, " ".join(sample.word_types))
        for side, text in zip(_TOLD, sides, strict=True):
            hashes[side].update(text.encode("utf-8", "surrogatepass") + b"\n")
    photos = dict.fromkeys(
        path for sample in samples if not _drawn(sample.annotation) for path in _picture_files(sample)
    )
    masks = dict.fromkeys(path for sample in samples for path in _mask_files(sample.annotation, sample.clip))
    files = {"photo_files": _content(photos), "mask_files": _content(masks)}
    return {"samples": len(samples)} | {side: digest.hexdigest() for side, digest in hashes.items()} | files


def until_mended(fingerprint: Mapping[str, Any]) -> dict[str, Any]:
    """The fingerprint without the files, one of which has to be mended before the run can go on."""
    return {**fingerprint, **dict.fromkeys(_TOLD_OF_FILES)}


def _drawn(annotation: Mapping[str, Any]) -> bool:
    """Whether picture and mask are drawn when they are needed, and lie in no files."""
    return _may_have(annotation, SHAPES, MOTION) and (SHAPES in annotation or MOTION in annotation)


def _of_clip(sample: Sample) -> str:
    """Which frames a clip has and which of them are asked about; nothing for a photo."""
    return "" if sample.clip is None else f" {sample.clip.n_frames} {sample.clip.asked}"


def _picture_files(sample: Sample) -> Iterator[Path]:
    """The photo, or the files of a clip."""
    if sample.clip is None or not sample.clip.names:
        yield sample.image_path
    else:
        yield from (sample.clip.path / name for name in sample.clip.names)


def _may_have(annotation: Mapping[str, Any], *keys: str) -> bool:
    """False if a stored annotation names none of some keys: decoding all would take longer than all else."""
    return not isinstance(annotation, StoredMapping) or any(
        f'"{key}"'.encode() in annotation.text for key in keys
    )


def _mask_files(annotation: Mapping[str, Any], clip: Clip | None) -> Iterator[Path]:
    """The files in which the mask of an annotation lies, if any."""
    if not _may_have(annotation, *_FILE_FORMS):
        return
    for part in annotation.get("union", ()):
        yield from _mask_files(part, clip)
    for form in _FILE_FORMS:
        if form in annotation and clip is not None and not Path(annotation[form]).suffix:
            yield from (Path(annotation[form], f"{clip.stem(frame)}.{form}") for frame in clip.annotated)
        elif form in annotation:
            yield Path(annotation[form])


def _content(paths: Iterable[Path]) -> str | None:
    """A SHA-256 of the sizes and ends of files; None if one cannot be read."""
    digest = sha256()
    try:
        for path in paths:
            digest.update(b"%d %d\n" % _ends(path))
    except OSError:
        return None
    return digest.hexdigest()


def _ends(path: Path) -> tuple[int, int]:
    """The size of a file in bytes, and a checksum of how it begins and ends."""
    with path.open("rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        checksum = zlib.crc32(stream.read(_END))
        if size > _END:
            stream.seek(max(_END, size - _END))
            checksum = zlib.crc32(stream.read(_END), checksum)
    return size, checksum


def _written(annotation: Mapping[str, Any]) -> str:
    """An annotation as text: as it lies in the index, or else written as JSON."""
    if isinstance(annotation, StoredMapping):
        return annotation.text.decode("ascii")
    return json.dumps(annotation, sort_keys=True, default=dict)


def check_data(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    """Make sure that a run goes on with the data that it started with.

    Raises:
        DataError: if the data has changed.
    """
    # older states know of no word types and of no files
    changed = [told for side, told in _TOLD.items() if before.get(side, now[side]) != now[side]]
    for side, told in _TOLD_OF_FILES.items():
        known = before.get(side) and now[side]
        changed += [told] if known and before[side] != now[side] else []
    if not changed:
        return
    counts = f" ({before.get('samples', 0):,} samples then, {now['samples']:,} now)"
    raise DataError(
        f"{folder}: {', '.join(changed)} changed since the run started{counts}: put the data back as it was, "
        "or start a new run: refseg train --name NAME"
    )
