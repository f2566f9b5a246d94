"""Videos as folders of pictures, with sentences on numbered objects: what two datasets have in common."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from refseg_cli import console
from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.data.stamps import note
from refseg_cli.errors import DataError

from .sources import get, picture_size


@dataclass(frozen=True)
class Description:
    """A sentence on an object.

    Attributes:
        number: of the sentence in its video, as the dataset counts.
        text: the sentence.
        thing: number of the object, which is its value in the masks; None where it is kept secret.
    """

    number: str
    text: str
    thing: int | None


@dataclass(frozen=True)
class DescribedVideo:
    """A video and what is said of it.

    Attributes:
        name: of the video.
        pictures: folder with a picture `<frame>.jpg` for each frame.
        masks: folder with a palette picture `<frame>.png` for some or all frames.
        frames: names of the frames, in order.
        descriptions: the sentences.
        categories: of all objects by number; None where the dataset does not say.
    """

    name: str
    pictures: Path
    masks: Path
    frames: tuple[str, ...]
    descriptions: tuple[Description, ...]
    categories: Mapping[int, str] | None = None


def make_samples(
    videos: Iterable[DescribedVideo], dataset: str, split: str, provenance: str
) -> Iterator[Sample]:
    """Make a sample of each sentence. One picture of each video is opened, to see how large it is.

    The annotated frames are those that have masks; an object that is out of sight has an empty one there.

    Args:
        videos: of the split.
        dataset: its name.
        split: its name.
        provenance: of the samples.

    Raises:
        DataError: a picture is missing or broken, or an object has no mask.
    """
    listed, references = list(videos), count()
    known = dataset if provenance else ""  # one's own cannot be downloaded
    for number, video in enumerate(console.track(listed, f"videos of {dataset} {split}")):
        height, width = picture_size(video.pictures / f"{video.frames[0]}.jpg", known)
        names = tuple(f"{frame}.jpg" for frame in video.frames)
        hidden = Clip(video.pictures, len(names), (), names)
        shown = replace(hidden, annotated=_annotated(video))
        things = sorted({described.thing for described in video.descriptions if described.thing is not None})
        ref_ids = dict(zip(things, references, strict=False))
        for described in video.descriptions:
            secret = described.thing is None
            yield Sample(
                sample_id=f"{dataset}/{video.name}/{described.number}",
                image_id=number,
                image_path=video.pictures,
                expression=described.text,
                annotation=_annotation(video, shown, described.thing, known),
                height=height,
                width=width,
                ann_id=-1 if described.thing is None else described.thing,
                ref_id=-1 if described.thing is None else ref_ids[described.thing],
                dataset=dataset,
                split=split,
                provenance=provenance,
                clip=hidden if secret else shown,
            )


def _annotated(video: DescribedVideo) -> tuple[int, ...]:
    note(video.masks)
    drawn = {path.stem for path in video.masks.glob("*.png")}
    return tuple(number for number, frame in enumerate(video.frames) if frame in drawn)


def _annotation(video: DescribedVideo, clip: Clip, thing: int | None, dataset: str) -> dict[str, Any]:
    """Where the masks of an object are."""
    if thing is None:
        return {}
    if not clip.annotated:
        raise DataError(f"{video.masks}: has no masks, no .png files; {get(dataset)}")
    annotation = {"png": str(video.masks), "value": thing}
    if video.categories is None:
        return annotation
    if thing not in video.categories:
        raise DataError(f"meta.json has no object {thing} of video {video.name}; {get(dataset)}")
    return {**annotation, "category": video.categories[thing]}
