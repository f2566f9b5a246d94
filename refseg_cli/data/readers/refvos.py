"""Reads Refer-YouTube-VOS, and what others have converted to its layout, such as Ref-DAVIS17."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .described_videos import DescribedVideo, Description, make_samples
from .records import read_json, short
from .sources import check_split, get, present, whole_number

_PROVENANCE = (
    "videos of YouTube and masks from YouTube-VOS, where every fifth frame is a picture and has masks; "
    "sentences written by people for Refer-YouTube-VOS (Seo et al., 2020)"
)


@dataclass(frozen=True)
class RefVosReader:
    """A dataset in the layout of Refer-YouTube-VOS.

    Attributes:
        name: of the dataset.
        folder: holds `meta_expressions` and a folder for each split.
        split_names: its splits; val lies in the folder valid.
        provenance: what is known of where videos, sentences and masks come from.
    """

    name: str
    folder: Path
    split_names: tuple[str, ...] = ("train", "valid", "test")
    provenance: str = _PROVENANCE

    def splits(self) -> tuple[str, ...]:
        """As given."""
        return self.split_names

    def sources(self, split: str) -> tuple[Path, ...]:
        """The sentences and, as far as they are there, those of test, the categories, pictures and masks."""
        part = _part(split)
        others = [self._sentences("test")] if part == "valid" else []
        others += [self.folder / part / name for name in ("meta.json", "JPEGImages", "Annotations")]
        return self._sentences(part), *present(*others)

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample a sentence.

        The sentences of valid and test do not say which object they name, so they come without masks. The
        file of valid lists the videos of test as well; they are left to test where it has a file of its own.

        Raises:
            DataError: a file is missing or broken, or there is no such split.
        """
        check_split(self, split)
        return list(make_samples(self._videos(_part(split)), self.name, split, self.provenance))

    def _videos(self, part: str) -> Iterator[DescribedVideo]:
        path, test = self._sentences(part), self._sentences("test")
        left_out = self._listed(test) if part == "valid" and test.is_file() else {}
        meta = self.folder / part / "meta.json"
        objects = self._listed(meta) if meta.is_file() else None
        for name, video in self._listed(path).items():
            if name in left_out:
                continue
            frames, described = self._frames(path, name, video), self._described(path, name, video)
            known = any(each.thing is not None for each in described)
            place = self.folder / part
            if part == "test" and not (place / "JPEGImages" / name).is_dir():
                place = self.folder / "valid"  # where the public archive has the pictures of both
            yield DescribedVideo(
                name,
                place / "JPEGImages" / name,
                place / "Annotations" / name,
                frames,
                described,
                self._categories(meta, name, objects) if known and objects is not None else None,
            )

    def _get(self) -> str:
        """How to get what is missing; of one's own videos, of which nothing is known, nobody else has it."""
        return get(self.name if self.provenance else "")

    def _sentences(self, part: str) -> Path:
        return self.folder / "meta_expressions" / part / "meta_expressions.json"

    def _listed(self, path: Path) -> Mapping[str, Any]:
        """The videos of a file by name."""
        if not path.is_file():
            raise DataError(f"{path}: no such file; {self._get()}")
        content = read_json(path)
        videos = content.get("videos") if isinstance(content, dict) else None
        if not isinstance(videos, dict) or not videos:
            raise DataError(f"{path}: lists no videos; {self._get()}")
        return videos

    def _frames(self, path: Path, name: str, video: Any) -> tuple[str, ...]:
        frames = video.get("frames") if isinstance(video, dict) else None
        if not isinstance(frames, list) or not frames or not all(isinstance(frame, str) for frame in frames):
            raise DataError(f"{path}: video {name} has no list of frames; {self._get()}")
        return tuple(frames)

    def _described(self, path: Path, name: str, video: Mapping[str, Any]) -> tuple[Description, ...]:
        expressions = video.get("expressions")
        if not isinstance(expressions, dict):
            raise DataError(f"{path}: video {name} has no expressions; {self._get()}")
        described = []
        for number, record in expressions.items():
            what = f"{path}: expression {number} of video {name}"
            if not isinstance(record, dict) or not isinstance(record.get("exp"), str):
                raise DataError(f"{what} lacks exp; {self._get()}")
            thing = record.get("obj_id")
            if thing is not None and whole_number(str(thing)) is None:
                raise DataError(f"{what} has the obj_id {short(thing)}, which is no number; {self._get()}")
            described.append(
                Description(number, record["exp"].strip(), None if thing is None else int(thing))
            )
        return tuple(described)

    def _categories(self, meta: Path, name: str, objects: Mapping[str, Any]) -> dict[int, str]:
        """The category of each object of a video."""
        try:
            listed = objects[name]["objects"].items()
            return {int(thing): str(record["category"]) for thing, record in listed}
        except (KeyError, TypeError, AttributeError, ValueError):
            raise DataError(
                f"{meta}: does not say what the objects of video {name} are; {self._get()}"
            ) from None


def _part(split: str) -> str:
    """The folder of a split."""
    return "valid" if split == "val" else split
