"""Word vectors: keeps those of a vocabulary while the published text streams by, a line at a time in memory.

The archive itself is fetched first, because only so can an interrupted download go on; its text, almost three
times as large, never touches the disk.
"""

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from refseg_cli import console
from refseg_cli.errors import DataError
from refseg_cli.files import written_whole

from .content import Digest, digest_file
from .disk import locked
from .install import Means, obtained
from .manifest import RemoteFile
from .members import FAULTS, Refused, opened_archive
from .records import STATE, Record, read_record, stamp_of, write_record
from .unpack import BadArchive, limit_of

__all__ = ["Vocabulary", "install_slices", "read_vocabulary", "slice_text", "sliced_path"]

UNUSABLE: tuple[type[Exception], ...] = (Refused, *FAULTS)


@dataclass(frozen=True)
class Vocabulary:
    """Words whose vectors are wanted, in UTF-8, where they were read, and the digest of what was read."""

    path: Path
    words: frozenset[bytes]
    digest: Digest


def sliced_path(text: str, vocabulary: Path) -> str:
    """Returns where a slice goes: `glove/glove.6B.50d.txt` → `glove/glove.6B.50d.<vocabulary>.txt`."""
    return f"{text.removesuffix('.txt')}.{vocabulary.stem}.txt"


def install_slices(file: RemoteFile, base: Path, means: Means, vocabulary: Vocabulary) -> None:
    """Make the slices of a file of word vectors, from the unpacked texts where they are there.

    Args:
        file: of the manifest, with `vectors`.
        base: the folder that its paths are relative to.
        means: how things are fetched.
        vocabulary: the words.

    Raises:
        DownloadError: if the vectors cannot be had, or are not in the published form.
    """
    outs = {text: base / sliced_path(text, vocabulary.path) for text in file.wanted}
    with locked(base / STATE / "locks" / file.name, file.name):
        for text, out in [*outs.items()]:
            record = read_record(base, out.name)
            if record and record.digest == vocabulary.digest and record.untouched(base) and not means.force:
                console.say(f"{out}: is there already")
                del outs[text]
        if not outs:
            return
        with _texts(file, base, means) as texts:
            for text, stream in texts:
                if text in outs:
                    _slice(stream, vocabulary.words, outs[text])
                    stamp = stamp_of(outs[text], digest_file(outs[text]).sha256)
                    files = {sliced_path(text, vocabulary.path): stamp}
                    record = Record(str(vocabulary.path), vocabulary.digest, files)
                    write_record(base, outs[text].name, record)


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a text file with one word a line, once: it may be a pipe.

    Raises:
        DataError: if there is none, or nothing is in it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: no such vocabulary ({error.strerror}); give one word a line") from None
    lines = (line.strip() for line in content.removeprefix(codecs.BOM_UTF8).split(b"\n"))
    words = frozenset(line for line in lines if line and b" " not in line)
    if not words:
        raise DataError(f"{path}: has no words in it; give one word a line")
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return Vocabulary(path, words, Digest(len(content), hashlib.sha256(content).hexdigest(), md5))


def slice_text(stream: IO[bytes], words: frozenset[bytes], out: IO[bytes]) -> int:
    """Copy the lines of the words that are wanted.

    Some words of the 840B file hold blanks (". . ."), so numbers are counted from the right; such a word is
    never wanted, as no expression has one.

    Args:
        stream: lines of "word number number …".
        words: that are wanted.
        out: where they go, in the order and form of the stream.

    Returns:
        how many were found.

    Raises:
        ValueError: if the lines are something else.
    """
    n_found = width = 0
    for line in stream:
        width = width or line.count(b" ")
        word, *numbers = line.rstrip(b"\n").rsplit(b" ", width)
        if width < 2 or len(numbers) != width:
            raise ValueError(f"the line {line[:40]!r} is no word with {width} numbers")
        if word in words:
            out.write(line.rstrip(b"\n") + b"\n")
            n_found += 1
    return n_found


def _slice(stream: IO[bytes], words: frozenset[bytes], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as target:
        n_found = slice_text(stream, words, target)
    console.say(f"{out}: {n_found:,} of {len(words):,} words have a vector")


@contextmanager
def _texts(file: RemoteFile, base: Path, means: Means) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Hand out the texts of vectors, each with a stream of its lines."""
    if all((base / text).is_file() for text in file.wanted) and not means.force:
        with _faults_told(file):
            yield _unpacked_texts(file, base)
        return
    with obtained(file, base, means) as (path, source, digest):
        with _faults_told(file), opened_archive(path, file.kind, limit_of(path)) as members:
            yield (
                (place, stream)
                for member in members
                for take in file.take
                if (place := take.place(member.name)) and (stream := member.open()) is not None
            )
        write_record(base, file.name, Record(source, digest))


@contextmanager
def _faults_told(file: RemoteFile) -> Iterator[None]:
    try:
        yield
    except UNUSABLE as error:
        raise BadArchive(
            f"{file.name}: the vectors are damaged ({error}); add --force to fetch them anew"
        ) from error


def _unpacked_texts(file: RemoteFile, base: Path) -> Iterator[tuple[str, IO[bytes]]]:
    for text in file.wanted:
        with (base / text).open("rb") as stream:
            yield text, stream
