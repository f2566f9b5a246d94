"""The samples of a split from an index: made once, kept in the cache, made again when a source changes.

An index lies under the name of the dataset, the split and all that its reader depends on. It is fresh
while each source has the size and time that it had, or else the same content; so a source that is edited
in place to the same size and then given its old time back is not noticed. The pictures, clips and masks that
were opened while indexing must have the size and time that they had. A source changed within two
seconds before it was indexed is compared by content the next time, as a later change might not show in
its time. Readers that come to read differently must raise `_FORMAT`.
"""

import gc
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from refseg_cli import console
from refseg_cli.errors import DataError
from refseg_cli.files import cache_folder, written_whole

from .readers.base import Reader
from .stamps import Notes, Stamp, fingerprint, noting, stamps, unchanged
from .stored_samples import Arrays, StoredSamples, pack

_FORMAT = "refseg sample index 3"
_ABOUT = "refseg"  # one entry, as safetensors would write several in any order
_LARGE = 10 * 2**20  # bytes of sources that take a moment to read
_ARRAYS = ("rows", "offsets", "pieces")
_NOTES = "notes"  # as bytes of JSON among the arrays: the header of a file must not get that long


class Index(StoredSamples):
    """The samples of a split, made when they are asked for. Pickled, it is no more than its file's path.

    Args:
        arrays: of the samples.
        sources: what was read when they were made.
        notes: the pictures, clips and masks that were opened.
        file: where they are kept, or None where they cannot be.
    """

    def __init__(self, arrays: Arrays, sources: Sequence[Stamp], notes: Notes, file: Path | None) -> None:
        super().__init__(arrays)
        self.arrays, self.sources, self.notes, self.file = arrays, list(sources), notes, file

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content of the sources."""
        return fingerprint(self.sources)

    @cached_property
    def digest(self) -> str:
        """A hash of the samples and of what they were made from, but not of when: times may be refreshed."""
        digest = hashlib.sha256(self.fingerprint.encode())
        for name in _ARRAYS:
            array = self.arrays[name]
            digest.update(f"{name} {array.dtype} {array.shape} ".encode())
            digest.update(np.ascontiguousarray(array).reshape(-1).data)
        return digest.hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        if self.file is None:
            return Index, (self.arrays, self.sources, self.notes, None)
        return _reopened, (self.file, self.digest)


def indexed(reader: Reader, split: str) -> Index:
    """Give the samples of a split, from its index if that is fresh, else by reading and indexing it.

    Args:
        reader: of the dataset.
        split: one of its splits.

    Returns:
        What `reader.read(split)` returns, as a sequence that holds no sample in memory. Each annotation
        is decoded when it is first looked into.

    Raises:
        DataError: a source is missing or broken, or there is no such split.
    """
    file = _file(reader, split)
    kept = _load(file)
    now = stamps(reader.sources(split), () if kept is None else kept.sources)
    if kept is not None and kept.fingerprint == fingerprint(now) and unchanged(kept.notes):
        return kept if kept.sources == now else _save(Index(kept.arrays, now, kept.notes, file), file)
    if sum(source.size for source in now) > _LARGE:
        console.say(f"indexing {reader.name} {split}; this is done once")
    with _without_collector(), noting() as notes:
        arrays = pack(reader.read(split))
    return _save(Index(arrays, now, notes, file), file)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Make many small objects in half the time: they are in no cycle that a collector need look for."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _file(reader: Reader, split: str) -> Path:
    """Where the index of a split lies: readable names, and a hash of what it depends on."""
    sources = [str(source.absolute()) for source in reader.sources(split)]
    key = "\n".join([_FORMAT, version("refseg"), repr(reader), split, *sources])
    name = re.sub(r"[^\w.+-]", "-", f"{reader.name}-{split}", flags=re.ASCII)[:80]
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return cache_folder() / "index" / f"{name}-{digest[:16]}.safetensors"


def _save(index: Index, file: Path) -> Index:
    """Keep an index if its folder can be written to."""
    listed = [astuple(source) for source in index.sources]
    about = json.dumps({"format": _FORMAT, "sources": listed, "digest": index.digest})
    notes = np.frombuffer(json.dumps(index.notes).encode("ascii"), dtype=np.uint8)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as stream:
            stream.write(save({**index.arrays, _NOTES: notes}, {_ABOUT: about}))
    except (OSError, DataError):
        _warn(file.parent)
        return Index(index.arrays, index.sources, index.notes, None)
    return index


@cache
def _warn(folder: Path) -> None:
    """Say once that nothing can be kept."""
    console.warn(
        f"cannot write {folder}, so datasets are read anew each time; "
        "name another folder: export REFSEG_HOME=FOLDER"
    )


def _load(file: Path) -> Index | None:
    """Open an index; anything but a whole one of this format is as good as none."""
    try:
        with safe_open(file, "np") as tensors:
            about = json.loads(tensors.metadata()[_ABOUT])
            arrays = {name: tensors.get_tensor(name) for name in _ARRAYS}
            notes = json.loads(tensors.get_tensor(_NOTES).tobytes())
        index = Index(arrays, [Stamp(*source) for source in about["sources"]], notes, file)
        return index if (about["format"], about["digest"]) == (_FORMAT, index.digest) else None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _reopened(file: Path, digest: str) -> Index:
    """Open the index that another process pickled."""
    index = _load(file)
    if index is None or index.digest != digest:
        raise DataError(f"{file}: this index was changed or removed while in use; run the same command again")
    return index
