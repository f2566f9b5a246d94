"""Reads Ref-DAVIS17 as its makers give it: the videos of DAVIS 2017, and text files of sentences."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from refseg_cli.data.samples import Sample
from refseg_cli.data.stamps import note
from refseg_cli.errors import DataError

from .base import Reader
from .described_videos import DescribedVideo, Description, make_samples
from .refvos import RefVosReader
from .sources import check_split, get, read_lines, whole_number

_PROVENANCE = (
    "videos and masks of DAVIS 2017; sentences written by two people on each object, by its first frame "
    "and by the whole video, for Ref-DAVIS17 (Khoreva et al., 2018)"
)
_SPLITS = ("train", "val")
_TEXTS = (
    ("Davis17_annot1.txt", "utf-8"),
    ("Davis17_annot1_full_video.txt", "utf-8"),
    ("Davis17_annot2.txt", "latin-1"),
    ("Davis17_annot2_full_video.txt", "latin-1"),
)
_RENAMED = {"clasic-car": "classic-car", "dog-scale": "dogs-scale", "motor-bike": "motorbike"}
"""Slips of the pen in the text files."""


def ref_davis17(folder: Path) -> Reader:
    """The reader that fits: of the original files, or of what others have converted."""
    if (folder / "meta_expressions").is_dir():
        return RefVosReader(RefDavisReader.name, folder, _SPLITS, _PROVENANCE)
    return RefDavisReader(folder)


@dataclass(frozen=True)
class RefDavisReader:
    """Ref-DAVIS17 in its original files.

    Attributes:
        folder: holds `davis_text_annotations` and `DAVIS`.
    """

    folder: Path

    name: ClassVar[str] = "ref-davis17"

    def splits(self) -> tuple[str, ...]:
        """Those of DAVIS 2017."""
        return _SPLITS

    def sources(self, split: str) -> tuple[Path, ...]:
        """The list of videos, the four files of sentences, and the folders of pictures and masks."""
        davis, texts = self.folder / "DAVIS", self.folder / "davis_text_annotations"
        return (
            davis / "ImageSets" / "2017" / f"{split}.txt",
            *(texts / name for name, _ in _TEXTS),
            davis / "JPEGImages" / "480p",
            self._masks(),
        )

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample a sentence; as published val has 244 on 61 objects of 30 videos.

        The sentences of a video are numbered as others number them when they convert the dataset: object
        after object, and of each the first annotator's by the first frame and by the whole video, then the
        second's.

        Raises:
            DataError: a file is missing or broken, or there is no such split.
        """
        check_split(self, split)
        return list(make_samples(self._videos(split), self.name, split, _PROVENANCE))

    def _videos(self, split: str) -> Iterator[DescribedVideo]:
        listed, sentences = self.sources(split)[0], self._read()
        for name in filter(None, map(str.strip, read_lines(listed, self.name))):
            pictures = self.folder / "DAVIS" / "JPEGImages" / "480p" / name
            note(pictures)
            frames = tuple(sorted(path.stem for path in pictures.glob("*.jpg")))
            if not frames:
                raise DataError(f"{pictures}: has no pictures; {get(self.name)}")
            if name not in sentences:
                raise DataError(f"{listed}: nothing is said of video {name}; {get(self.name)}")
            yield DescribedVideo(
                name, pictures, self._masks() / name, frames, tuple(_numbered(sentences[name]))
            )

    def _masks(self) -> Path:
        """Those of the unsupervised track, which others score on, or else those of the first release."""
        places = [
            self.folder / "DAVIS" / name / "480p" for name in ("Annotations_unsupervised", "Annotations")
        ]
        return next((place for place in places if place.is_dir()), places[0])

    def _read(self) -> dict[str, dict[str, list[str]]]:
        """The sentences by video and object, in the order of the files."""
        sentences: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name, encoding in _TEXTS:
            path = self.folder / "davis_text_annotations" / name
            for number, line in enumerate(read_lines(path, self.name, encoding), 1):
                video, thing, text = (*line.split(maxsplit=2), "", "", "")[:3]
                if not video:
                    continue
                if whole_number(thing) is None or not text.strip(' "'):
                    raise DataError(
                        f'{path}: line {number} is not: video object "sentence"; {get(self.name)}'
                    )
                sentences[_RENAMED.get(video, video)][thing].append(text.strip().strip('"').strip())
        return sentences


def _numbered(sentences: Mapping[str, list[str]]) -> Iterator[Description]:
    things = sorted(sentences)  # as texts, like those who convert it
    said = ((thing, text) for thing in things for text in sentences[thing])
    for number, (thing, text) in enumerate(said):
        yield Description(str(number), text, int(thing))
