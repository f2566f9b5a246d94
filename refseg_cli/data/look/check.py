"""`refseg data check`: what of a dataset is there, what is missing, and the command that gets it."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from refseg_cli.data.datasets import DATASET_NAMES, find_dataset, missing_pictures
from refseg_cli.data.download.assets import asset_names
from refseg_cli.data.download.assets import missing as missing_assets
from refseg_cli.data.mask_files import FILE_FORMS
from refseg_cli.data.readers.base import NoSuchSplit, Reader
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .choose import one_each
from .deep import Broken, broken_files
from .reading import all_sources, likely_splits, missing_sources, read_split

State = Literal["complete", "partly there", "missing"]


@dataclass(frozen=True)
class Part:
    """Files of one kind.

    Attributes:
        what: such as "main files" or "images of val".
        n_needed: how many there should be.
        missing: those that are not there.
    """

    what: str
    n_needed: int
    missing: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Check:
    """What there is of a dataset.

    Attributes:
        name: of the dataset, as it was asked for.
        parts: the files that it consists of, as far as they are known; none of a generated one.
        broken: what is there and no good.
        deep: whether pictures were opened and masks decoded to find that out.
    """

    name: str
    parts: tuple[Part, ...]
    broken: tuple[Broken, ...] = ()
    deep: bool = False

    @property
    def missing(self) -> list[Path]:
        """Every file that is not there."""
        return [path for part in self.parts for path in part.missing]

    @property
    def state(self) -> State:
        """Whether all is there, or some of it, or nothing."""
        if not self.missing and not self.broken:
            return "complete"
        nothing = len(self.missing) == sum(part.n_needed for part in self.parts) and not self.broken
        return "missing" if nothing else "partly there"

    @property
    def next_command(self) -> str:
        """What to type next."""
        if self.state == "complete":
            return f"refseg data stats {shlex.quote(self.name)}"
        if self.name in DATASET_NAMES:
            return f"refseg download {self.name}"
        todo = ["put there what is missing"] if self.missing else []
        todo += ["mend what is no good"] if self.broken else []
        return f"{' and '.join(todo)}, then look again: refseg data check {shlex.quote(self.name)}"

    def document(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "dataset": self.name,
            "state": self.state,
            "deep": self.deep,
            "parts": [
                {"what": part.what, "needed": part.n_needed, "missing": [str(path) for path in part.missing]}
                for part in self.parts
            ],
            "broken": [vars(each) for each in self.broken],
            "next": self.next_command,
        }


def check_all(root: Path) -> list[Check]:
    """Look for the main files of every known dataset; nothing is read, and pictures are not counted."""
    return [_glance(name, root) for name in DATASET_NAMES]


def _glance(name: str, root: Path) -> Check:
    sources = all_sources(find_dataset(name, root))
    if not sources:  # all is drawn when it is needed
        return Check(name, ())
    absent = [path for path in sources if not path.exists()]
    absent += missing_assets(name, root) if name in asset_names() else []
    part = Part("files", len({*sources, *absent}), tuple(dict.fromkeys(absent)))
    return Check(name, (part,))


def check_dataset(name: str, root: Path, deep: bool = False) -> Check:
    """Look for every file of a dataset.

    Args:
        name: a known name, or the path of a dataset.
        root: folder under which known datasets lie.
        deep: also open every picture and decode every mask, which can take an hour.

    Raises:
        DataError: there is no dataset of this name.
    """
    reader = find_dataset(name, root)
    sources = all_sources(reader)
    parts: list[Part] = []
    readable, broken = _read(name, reader) if sources or deep else ({}, [])
    if sources:  # else all is drawn when it is needed
        parts += [Part("main files", len(sources), tuple(path for path in sources if not path.exists()))]
        parts += [part for split, samples in readable.items() for part in _parts_of(samples, split)]
    if deep:
        opened = (broken_files(samples, f"opening {split}") for split, samples in readable.items())
        broken += [each for found in opened for each in found]
    return Check(name, tuple(parts), tuple(broken), deep)


def _read(name: str, reader: Reader) -> tuple[dict[str, Sequence[Sample]], list[Broken]]:
    """Read the splits whose annotations are there, and say what is wrong with those that cannot be read.

    Only a known dataset must have all its splits.
    """
    readable: dict[str, Sequence[Sample]] = {}
    refusals: dict[str, DataError] = {}  # by what they say: a broken file is so for every split
    try:
        splits = likely_splits(reader)
    except DataError as error:
        is_there = all(path.exists() for path in all_sources(reader))
        return {}, [Broken(name, str(error))] if is_there else []
    for split in splits:
        if not missing_sources(reader, [split]):
            try:
                readable[split] = read_split(reader, split)
            except DataError as error:
                refusals.setdefault(str(error), error)
    whole = name in DATASET_NAMES or not readable
    told = [error for error in refusals.values() if whole or not isinstance(error, NoSuchSplit)]
    return readable, [Broken(name, str(error)) for error in told]


def _parts_of(samples: Sequence[Sample], split: str) -> Iterator[Part]:
    """The pictures of a split and the files of its masks."""
    named = list(one_each(samples).values())
    what = "clips" if any(sample.clip for sample in named) else "images"
    pictures = {sample.image_path for sample in named}
    masks = dict.fromkeys(path for sample in named for path in _mask_files(sample))
    parts = (
        Part(f"{what} of {split}", len(pictures), tuple(missing_pictures(named))),
        _frames(named, split),
        Part(f"masks of {split}", len(masks), tuple(path for path in masks if not path.is_file())),
    )
    yield from (part for part in parts if part.n_needed)


def _frames(samples: Iterable[Sample], split: str) -> Part:
    """The pictures in folders of frames; a folder that is missing has been counted as a clip."""
    folders = {sample.clip.path: sample.clip.names for sample in samples if sample.clip and sample.clip.names}
    there = {folder: {entry.name for entry in folder.iterdir()} for folder in folders if folder.is_dir()}
    return Part(
        f"frames of {split}",
        sum(len(folders[folder]) for folder in there),
        tuple(
            folder / name for folder, found in there.items() for name in folders[folder] if name not in found
        ),
    )


def _mask_files(sample: Sample) -> Iterator[Path]:
    """The files that a mask is read from (see `mask_files`); none where the annotation holds it."""
    for place, form in _places(sample.annotation):
        if sample.clip is None or Path(place).suffix:
            yield Path(place)
        else:  # a folder with a file for each annotated frame
            yield from (Path(place, f"{sample.clip.stem(frame)}.{form}") for frame in sample.clip.annotated)


def _places(annotation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The files or folders that an annotation and its parts name, each with its form."""
    yield from ((annotation[form], form) for form in FILE_FORMS if form in annotation)
    for part in (*annotation.get("union", ()), *annotation.get("frames", {}).values()):
        yield from _places(part)
