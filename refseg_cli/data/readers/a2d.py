"""Reads A2D Sentences: sentences on short clips, with masks of what they name in a few frames of each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from refseg_cli import console
from refseg_cli.data.clips import Clip, count_frames
from refseg_cli.data.mask_files import InstanceMasks
from refseg_cli.data.samples import Sample
from refseg_cli.data.stamps import note
from refseg_cli.errors import DataError

from .records import short
from .sources import check_split, get, present, read_lines, read_table, whole_number

_PROVENANCE = (
    "clips of YouTube videos and masks drawn by people, both of the Actor-Action Dataset (A2D); "
    "sentences written by people for A2D Sentences (Gavrilyuk et al., 2018)"
)
_SPLITS = {"train": "0", "test": "1"}
_COLUMNS = ("video", "label", "start", "end", "height", "width", "num_frames", "num_labeled_frames", "split")
_COPY = "1 (copy)"  # what one row of the published file has in place of the number of its thing
_LEFT_OUT = frozenset({"e7Kjy13woXg"})  # has two sentences, and is left out by the public readers


@dataclass(frozen=True)
class Row:
    """A line of `a2d_annotation.txt`.

    Attributes:
        number: of the row, from 0.
        video: that the sentence is about.
        instance: number of the thing that it names; None where the file has no number.
        query: the sentence.
    """

    number: int
    video: str
    instance: int | None
    query: str


@dataclass(frozen=True)
class _Video:
    """A line of `videoset.csv`: the number of the line, and what is needed of it."""

    number: int
    name: str
    n_frames: int
    split: str


def read_rows(path: Path) -> list[Row]:
    """Read `a2d_annotation.txt`; as published it has 6,655 rows on 3,754 videos.

    Raises:
        DataError: missing or broken.
    """
    rows = read_table(path, "a2d", ("video_id", "instance_id", "query"))
    return [
        Row(number, video, _instance(path, video, instance), query.strip())
        for number, (video, instance, query) in enumerate(rows)
    ]


def _instance(path: Path, video: str, text: str) -> int | None:
    if text == _COPY:
        return None
    number = whole_number(text)
    if number is None:
        raise DataError(
            f"{path}: video {video} has the instance {short(text)}, which is no number; {get('a2d')}"
        )
    return number


@dataclass(frozen=True)
class A2dReader:
    """A2D Sentences in its original files.

    Attributes:
        folder: holds `a2d_annotation.txt`, `a2d_missed_videos.txt`, `a2d_annotation_with_instances` and
            `Release` with `videoset.csv` and `clips320H`.
        protocol: in which frames a sentence has a mask. "cmpc", as CMPC's authors have it: where its thing
            is marked, and where only one thing is marked, whichever it is. "mttr", as later work has it
            (3,800 pairs of sentence and frame in test): only where its own thing is marked.
    """

    folder: Path
    protocol: Literal["cmpc", "mttr"] = "cmpc"

    name: ClassVar[str] = "a2d"

    def splits(self) -> tuple[str, ...]:
        """As the makers of A2D divided it."""
        return tuple(_SPLITS)

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - all splits lie in the same files
        """The sentences, the videos left out, the list of videos, and the folders of masks and of clips."""
        names = ("a2d_annotation.txt", "a2d_missed_videos.txt", "a2d_annotation_with_instances")
        release = self.folder / "Release"
        needed = (*(self.folder / name for name in names), release / "videoset.csv")
        return *needed, *present(release / "clips320H")

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample a sentence. The masks are opened, to see which frames have one.

        A sentence whose thing has no number, or a mask nowhere, gives no sample.

        Raises:
            DataError: a file is missing or broken, or there is no such split.
        """
        check_split(self, split)
        videos = self._videos()
        by_video = self._rows(split, videos)
        samples: list[Sample] = []
        for name, rows in console.track(by_video.items(), f"masks of a2d {split}", len(by_video)):
            samples.extend(self._of_video(videos[name], rows, split))
        n_rows = sum(map(len, by_video.values()))
        if len(samples) < n_rows:
            console.say(
                f"a2d {split}: left out {n_rows - len(samples)} of {n_rows} sentences, "
                "without a number or a mask"
            )
        return samples

    def _videos(self) -> dict[str, _Video]:
        path = self.folder / "Release" / "videoset.csv"
        videos = {}
        for number, row in enumerate(read_table(path, "a2d", _COLUMNS, header=False)):
            name, n_frames, split = row[0], whole_number(row[6]), row[8]
            if n_frames is None or split not in _SPLITS.values():
                raise DataError(f"{path}: line {number + 1} has no number of frames or split; {get('a2d')}")
            videos[name] = _Video(number, name, n_frames, split)
        return videos

    def _rows(self, split: str, videos: Mapping[str, _Video]) -> dict[str, list[Row]]:
        """The sentences of a split by video."""
        left_out = _LEFT_OUT.union(read_lines(self.folder / "a2d_missed_videos.txt", "a2d"))
        path = self.folder / "a2d_annotation.txt"
        by_video: dict[str, list[Row]] = defaultdict(list)
        for row in read_rows(path):
            if row.video in left_out:
                continue
            if row.video not in videos:
                raise DataError(f"{path}: video {row.video} is not in Release/videoset.csv; {get('a2d')}")
            if videos[row.video].split == _SPLITS[split]:
                by_video[row.video].append(row)
        return dict(by_video)

    def _of_video(self, video: _Video, rows: Sequence[Row], split: str) -> Iterator[Sample]:
        """The samples of a video, of which at least one frame has masks."""
        masks = self.folder / "a2d_annotation_with_instances" / video.name
        clip = self.folder / "Release" / "clips320H" / f"{video.name}.mp4"
        frames = _read_frames(masks)
        n_frames = _count(clip, video, max(frames))
        # not those of videoset.csv: what is scored are these masks
        height, width = _one_size(masks, frames.values())
        for row in rows:
            annotated = tuple(number for number, things in frames.items() if self._marks(things, row))
            if row.instance is None or not annotated:
                continue
            yield Sample(
                sample_id=f"a2d/{video.name}/{row.instance}",
                image_id=video.number,
                image_path=clip,
                expression=row.query,
                annotation={"h5": str(masks), "instance": row.instance},
                height=height,
                width=width,
                ann_id=row.instance,
                ref_id=row.number,
                dataset=self.name,
                split=split,
                provenance=_PROVENANCE,
                clip=Clip(clip, n_frames, annotated),
            )

    def _marks(self, things: InstanceMasks, row: Row) -> bool:
        """Whether a frame has a mask for a sentence, which is not empty."""
        if row.instance is None or (self.protocol == "mttr" and row.instance not in things.ids):
            return False
        return bool(things.of(row.instance).any())


def _read_frames(folder: Path) -> dict[int, InstanceMasks]:
    """Read the masks of a video by number of the frame: from 0 here, from 1 in the names of the files."""
    files = sorted(folder.glob("*.h5"))
    note(folder, *files)
    if not files:
        raise DataError(f"{folder}: has no masks, no .h5 files; {get('a2d')}")
    for file in files:
        if not whole_number(file.stem):
            raise DataError(f"{file}: is not named after a frame, such as 00025.h5; {get('a2d')}")
    return {int(file.stem) - 1: InstanceMasks.read(file) for file in files}


def _one_size(folder: Path, frames: Iterable[InstanceMasks]) -> tuple[int, int]:
    """Height and width of the masks of a video."""
    sizes = {things.masks.shape[1:] for things in frames}
    if len(sizes) > 1:
        raise DataError(f"{folder}: its masks have different sizes, {sorted(sizes)}; {get('a2d')}")
    ((height, width),) = sizes
    return height, width


def _count(clip: Path, video: _Video, last: int) -> int:
    """How many frames a clip has: those of its file or, while there is none, as many as are listed."""
    note(clip)
    if not clip.is_file():
        return max(video.n_frames, last + 1)
    n_frames = count_frames(clip)
    if n_frames <= last:
        raise DataError(f"{clip}: has {n_frames} frames, but frame {last} (from 0) has masks; {get('a2d')}")
    return n_frames
