"""What an evaluation is asked to score: a split of a dataset, or a part of its photos."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

from refseg_cli.data.datasets import find_dataset, read_samples, references_reader
from refseg_cli.data.look.categories import categories_of
from refseg_cli.data.readers.base import Reader
from refseg_cli.data.readers.refer import ReferReader, images_folder, read_instances
from refseg_cli.data.samples import Sample
from refseg_cli.data.splits import (
    HUMAN_SETS,
    Part,
    hash_order,
    human_parts,
    is_choice,
    named_by_coco,
    read_human,
)
from refseg_cli.data.swap_pairs import SwapPair, swap_pairs
from refseg_cli.errors import DataError, UsageError

PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class Wanted:
    """What to score, as it was typed.

    Attributes:
        dataset: A name, a folder or file, or the folder of the three sets of human sentences.
        refs: The pickle of references, where the folder holds several or it lies elsewhere.
        split: Such as val, testA.
        images: Folder of the photos, where it is not found beside the dataset.
        only_images: "train", "choices", "final", or a file with one photo number a line.
        limit: Score at most so many sentences.
        frames_per_video: Score each sentence on so many of its clip's frames, evenly spread; all if None.
        data: Folder under which named datasets lie.
    """

    dataset: str
    refs: Path | None = None
    split: str = "val"
    images: Path | None = None
    only_images: str | None = None
    limit: int | None = None
    data: Path = Path("data")
    frames_per_video: int | None = None


@dataclass(frozen=True)
class Selection:
    """What is scored.

    Attributes:
        name: Of the dataset.
        split: Of the dataset.
        part: Which of its photos, or None for all.
        reader: Of the dataset; None for the three sets of human sentences.
        samples: What to ask and what would be right; of clips each sentence on each frame that is scored.
        n_available: How many sentences there were before a limit.
        frames_per_video: See `Wanted`.
        categories: The names of categories by number, as far as they are known.
    """

    name: str
    split: str
    part: str | None
    reader: Reader | None
    samples: list[Sample] = field(repr=False)
    n_available: int
    categories: Mapping[int, str] = field(default_factory=dict, repr=False)
    frames_per_video: int | None = None

    @property
    def images_from(self) -> str | None:
        """The collection that the photos come from: COCO where they are named its way, else not known."""
        from_coco = all(named_by_coco(sample.image_path) for sample in self.samples)
        return "COCO" if from_coco else None

    @property
    def pseudo_masks(self) -> bool:
        """Whether machine-made masks are among those that count as the truth."""
        return any(sample.annotation.get("pseudo_mask") for sample in self.samples)

    @property
    def partial(self) -> bool:
        """Whether a limit left sentences out."""
        return self.n_sentences < self.n_available

    @property
    def n_sentences(self) -> int:
        """How many sentences are scored; of clips perhaps on several frames each."""
        return len({sample.sentence_id for sample in self.samples})

    @property
    def are_clips(self) -> bool:
        """Whether frames of clips are scored, and not photos."""
        return self.samples[0].frame is not None

    @property
    def image_ids(self) -> frozenset[int]:
        """The photos or clips."""
        return frozenset(sample.image_id for sample in self.samples)

    def swap_pairs(self) -> list[SwapPair]:
        """The pairs of the swap test on these photos.

        Raises:
            DataError: If there is no pair.
        """
        pairs: list[SwapPair] = []
        if isinstance(self.reader, ReferReader):
            instances = read_instances(self.reader.folder / "instances.json")
            pairs = swap_pairs(
                instances, images_folder(self.reader.folder, self.reader.images), image_ids=self.image_ids
            )
        if not pairs:
            raise DataError(
                f"{self.name}: no photo has two objects annotated with one category to swap words for; "
                "leave out --swap"
            )
        return pairs


def select(wanted: Wanted) -> Selection:
    """Read what is to be scored.

    Args:
        wanted: As typed.

    Returns:
        The samples in the order of the file; with a limit, those of the photos that their hash puts first.

    Raises:
        DataError: If a file or photo is missing or unreadable, or nothing is left to score.
        UsageError: If photos are asked for that the dataset does not set apart.
    """
    reader, all_samples = read_wanted(wanted)
    folder = reader.folder if isinstance(reader, ReferReader) else Path(wanted.dataset)
    kept = _chosen(folder, wanted.only_images, {sample.image_id for sample in all_samples})
    samples = [sample for sample in all_samples if sample.image_id in kept]
    if not samples:
        raise DataError(
            f"{wanted.dataset}: no sentence is left to score; choose other photos with --only-images"
        )
    return Selection(
        name=folder.resolve().name if reader is None else reader.name,
        split=wanted.split,
        part=wanted.only_images and Path(wanted.only_images).stem,
        reader=reader,
        samples=_on_frames(_limited(samples, wanted.limit), wanted.frames_per_video),
        n_available=len(samples),
        frames_per_video=wanted.frames_per_video,
        categories={} if reader is None else categories_of(reader, [wanted.split]),
    )


def read_wanted(wanted: Wanted) -> tuple[Reader | None, Sequence[Sample]]:
    """Read all samples of the split, and tell who has read them.

    Raises:
        DataError: If a file is missing or broken.
        UsageError: If frames are asked for of photos, or pictures elsewhere than the dataset says.
    """
    if _holds_human_sets(Path(wanted.dataset)):
        return None, _read_human(wanted)
    reader = _find(wanted)
    samples = read_samples(reader, wanted.split)
    if samples[0].clip is None and wanted.frames_per_video is not None:
        raise UsageError(f"{wanted.dataset} holds photos, which have no frames: leave out --frames-per-video")
    return reader, samples


def _on_frames(samples: Sequence[Sample], most: int | None) -> list[Sample]:
    """Photos as they are, and the sentences on clips once for each frame that they are scored on.

    Raises:
        DataError: If a sentence has no mask to be scored against.
    """
    units = []
    for sample in samples:
        frames = _frames(sample, most)
        if not frames:
            raise DataError(
                f"{sample.sample_id} has no mask to be scored against: its makers keep them to themselves; "
                "write masks for their server with --submission DIR, or choose another --split"
            )
        units += [sample if frame is None else sample.at(frame) for frame in frames]
    return units


def _frames(sample: Sample, most: int | None) -> Sequence[int | None]:
    """The frames of a clip that its sentence is scored on: all, or the middles of as many equal parts."""
    if sample.clip is None:
        return (None,)
    asked = sample.clip.asked
    if most is None or most >= len(asked):
        return asked
    return [asked[(2 * part + 1) * len(asked) // (2 * most)] for part in range(most)]


def _find(wanted: Wanted) -> Reader:
    refs = wanted.refs.resolve() if wanted.refs and wanted.refs.is_file() else wanted.refs
    reader = (
        find_dataset(wanted.dataset, wanted.data)
        if refs is None
        else references_reader(Path(wanted.dataset), str(refs))
    )
    if wanted.images is None:
        return reader
    if not isinstance(reader, ReferReader):
        raise UsageError(f"{wanted.dataset} says itself where its pictures are: leave out --images")
    return replace(reader, images=wanted.images)


def _read_human(wanted: Wanted) -> list[Sample]:
    if wanted.split != "val" or wanted.refs or wanted.images:
        raise UsageError(f"{wanted.dataset} holds three sets of one split, val: name one of them instead")
    return [sample for part in PARTS for sample in read_human(Path(wanted.dataset), part)]


def _chosen(folder: Path, only_images: str | None, image_ids: Collection[int]) -> Collection[int]:
    """Those photos that are wanted; parts are the ones that training keeps to (see `data.splits`)."""
    if only_images is None:
        return image_ids
    if only_images not in PARTS:
        return _read_ids(Path(only_images))
    human = next((place for place in (folder, folder.parent) if _holds_human_sets(place)), None)
    if human is not None:
        return human_parts(human)[only_images]
    if only_images == "final":
        raise UsageError(
            f"{folder} has no part final: its photos are train or choices; choose a --split instead"
        )
    return {image for image in image_ids if is_choice(image) == (only_images == "choices")}


def _holds_human_sets(folder: Path) -> bool:
    return all((folder / name / "instances.json").is_file() for name, _ in HUMAN_SETS)


def _read_ids(path: Path) -> frozenset[int]:
    try:
        return frozenset(int(line) for line in path.read_text(encoding="utf-8").split())
    except (OSError, ValueError) as error:
        parts = ", ".join(PARTS)
        raise UsageError(
            f"--only-images takes {parts} or a file of photo numbers, not {path} ({error})"
        ) from None


def _limited(samples: Sequence[Sample], limit: int | None) -> list[Sample]:
    if limit is None or limit >= len(samples):
        return list(samples)
    by_hash = sorted(samples, key=lambda sample: (hash_order(sample.image_id), sample.sample_id))
    kept = {sample.sample_id for sample in by_hash[:limit]}
    return [sample for sample in samples if sample.sample_id in kept]
