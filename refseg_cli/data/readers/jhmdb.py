"""Reads J-HMDB Sentences: a sentence on each short clip of an acting person, masked in nearly every frame."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from refseg_cli import console
from refseg_cli.data.array_files import mat_shape
from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.data.stamps import note
from refseg_cli.errors import DataError

from .sources import check_split, get, read_table

_PROVENANCE = (
    "clips of films and YouTube videos from J-HMDB, masks made of puppets that people fitted to the actors; "
    "sentences written by people for J-HMDB Sentences (Gavrilyuk et al., 2018)"
)
_VARIABLE = "part_mask"


@dataclass(frozen=True)
class JhmdbReader:
    """J-HMDB Sentences in its original files; it is only tested on.

    Attributes:
        folder: holds `jhmdb_annotation.txt`, `Rename_Images` and `puppet_mask`.
    """

    folder: Path

    name: ClassVar[str] = "jhmdb"

    def splits(self) -> tuple[str, ...]:
        """Test alone."""
        return ("test",)

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - there is only one
        """The sentences, and the folder of pictures with a folder for each action."""
        return self.folder / "jhmdb_annotation.txt", self.folder / "Rename_Images"

    def read(self, split: str) -> list[Sample]:
        """Read the sentences, as published 928. Of the masks, only the shapes are read.

        The last frames of some clips have no mask; they are not among the annotated ones.

        Raises:
            DataError: a file is missing or broken, or there is no such split.
        """
        check_split(self, split)
        text, pictures = self.sources(split)
        rows = read_table(text, self.name, ("video_id", "query"))
        clips = {folder.name: folder for folder in sorted(pictures.glob("*/*")) if folder.is_dir()}
        samples = []
        for number, (video, query) in enumerate(console.track(rows, "clips of jhmdb")):
            if video not in clips:
                raise DataError(f"{text}: video {video} is not in {pictures}/*; {get(self.name)}")
            samples.append(self._sample(number, clips[video], query.strip()))
        return samples

    def _sample(self, number: int, pictures: Path, query: str) -> Sample:
        masks = self.folder / "puppet_mask" / pictures.parent.name / pictures.name / "puppet_mask.mat"
        note(pictures, masks)
        height, width, n_masks = (*mat_shape(masks, _VARIABLE), 1)[
            :3
        ]  # MATLAB drops the last side if it is 1
        names = _frame_names(pictures)
        return Sample(
            sample_id=f"jhmdb/{number}",
            image_id=number,
            image_path=pictures,
            expression=query,
            annotation={"mat": str(masks), "variable": _VARIABLE},
            height=height,
            width=width,
            ann_id=number,
            ref_id=number,
            dataset=self.name,
            split="test",
            provenance=_PROVENANCE,
            clip=Clip(pictures, len(names), tuple(range(min(n_masks, len(names)))), names),
        )


def _frame_names(folder: Path) -> tuple[str, ...]:
    """The pictures of a clip in order, which are numbered from 1 without a gap."""
    found = {path.name for path in folder.glob("*.png")}
    names = tuple(f"{number:05d}.png" for number in range(1, len(found) + 1))
    if not found or found != set(names):
        missing = next((name for name in names if name not in found), "00001.png")
        raise DataError(f"{folder}: its pictures are not all there, {missing} is missing; {get('jhmdb')}")
    return names
