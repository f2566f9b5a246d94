"""Reads a COCO file of one's own: annotations with sentences, and the masks of what these name."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from refseg.models.images import MAX_PIXELS
from refseg_cli.data.masks import plain_annotation
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .base import NoSuchSplit
from .own_masks import short
from .records import check_records, fits
from .refer import read_instances

UNMARKED: Final = "train"
"""The split of what is not marked with one."""


@dataclass(frozen=True)
class CocoReader:
    """A COCO file whose annotations have a further key `text`: the sentence that names it, or several.

    An image may have the key `split`, such as "val"; one without belongs to train. Annotations without
    `text` are passed over.

    Attributes:
        path: the file, such as `instances.json`.
        images: folder of the photos; `images` beside the file, or the file's own, when not given.
    """

    path: Path
    images: Path | None = None

    def __post_init__(self) -> None:
        beside = self.path.parent / "images"
        found = self.images or (beside if beside.is_dir() else self.path.parent)
        object.__setattr__(self, "images", found)  # an index is kept under the `repr`

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def splits(self) -> tuple[str, ...]:
        """Those that images with sentences are marked with, in the order of the file."""
        with suppress(DataError):  # whoever reads a split is told what is wrong
            return tuple(dict.fromkeys(_split_of(photo) for _, photo in self._spoken()))
        return ()

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - all splits lie in one file
        """The file."""
        return (self.path,)

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample per sentence, in the order of the file; photos need not be there.

        Raises:
            DataError: the file is missing or broken, has no sentences, or has no such split.
        """
        spoken = self._spoken()
        chosen = [(each, photo) for each, photo in spoken if _split_of(photo) == split]
        if not chosen:
            raise NoSuchSplit(self.path, split, Counter(_split_of(photo) for _, photo in spoken))
        return [sample for each, photo in chosen for sample in self._samples(each, photo)]

    def _spoken(self) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """The annotations that have sentences, each with its photo."""
        instances = _checked(self.path)
        photos = {image["id"]: image for image in instances["images"]}
        spoken = [each for each in instances["annotations"] if self._sentences(each)]
        if not spoken:
            raise DataError(
                f"{self.path}: no annotation has a sentence under the key text; make some: "
                f"refseg data phrases {self.path} --images {self.images} --out {self.name}-phrases"
            )
        unknown = [each["id"] for each in spoken if each["image_id"] not in photos]
        if unknown:
            raise DataError(
                f"{self.path}: annotation {unknown[0]} is of an image that it lacks; add it to images"
            )
        return [(each, photos[each["image_id"]]) for each in spoken]

    def _sentences(self, annotation: Mapping[str, Any]) -> list[str]:
        """The sentences of an annotation; none where it has no text."""
        text = annotation.get("text", [])
        sentences = [text] if isinstance(text, str) else text
        if isinstance(sentences, list) and all(isinstance(each, str) and each.strip() for each in sentences):
            return sentences
        raise DataError(
            f"{self.path}: the text of annotation {annotation['id']} is neither a sentence nor a list of "
            "sentences; mend it"
        )

    def _samples(self, annotation: Mapping[str, Any], photo: Mapping[str, Any]) -> Iterator[Sample]:
        for place, sentence in enumerate(self._sentences(annotation)):
            yield Sample(
                sample_id=f"{self.name}/{annotation['id']}.{place}",
                image_id=photo["id"],
                image_path=(self.images or Path()) / photo["file_name"],
                expression=sentence,
                annotation=annotation,
                height=photo["height"],
                width=photo["width"],
                category_id=annotation.get("category_id", -1),
                ann_id=annotation["id"],
                ref_id=annotation["id"],
                dataset=self.name,
                split=_split_of(photo),
            )


def _split_of(photo: Mapping[str, Any]) -> str:
    return UNMARKED if photo.get("split") is None else str(photo["split"])


def read_coco(path: Path) -> dict[str, Any]:
    """Read a COCO file and check that each annotation has a box, and a category that has a name.

    Raises:
        DataError: the file is missing or broken, or something is not as it should be.
    """
    instances = _checked(path)
    if not instances.get("categories"):
        raise DataError(f"{path}: has no categories, so nothing has a name; add them as COCO files do")
    check_records(path, "category", instances["categories"], {"id": int, "name": str})
    check_records(path, "annotation", instances["annotations"], {"id": int, "category_id": int, "bbox": list})
    return instances


def _checked(path: Path) -> dict[str, Any]:
    """Read a COCO file and check what its records say; annotations come without keys of refseg's own."""
    instances = read_instances(path)
    for image in instances["images"]:
        _check_image(f"{path}: image {image['id']}", image)
    for annotation in instances["annotations"]:
        _check_annotation(f"{path}: annotation {annotation['id']}", annotation)
    return {**instances, "annotations": [plain_annotation(each) for each in instances["annotations"]]}


def _check_image(name: str, image: Mapping[str, Any]) -> None:
    width, height = image["width"], image["height"]
    if width * height > MAX_PIXELS:
        raise DataError(f"{name} is said to be {width}x{height}, which is too large; mend it")
    if not isinstance(image.get("split"), str | None):
        raise DataError(f"{name} has the split {short(image['split'])}, which is not text; mend it")


def _check_annotation(name: str, annotation: Mapping[str, Any]) -> None:
    category = annotation.get("category_id", -1)
    if isinstance(category, bool) or not fits(category):
        raise DataError(
            f"{name} has the category_id {short(category)}, which is not the number of a category; mend it"
        )
    if not _is_size(annotation.get("area", 0)):
        raise DataError(f"{name} has the area {short(annotation['area'])}, which is not pixels; mend it")
    if "bbox" in annotation and not _is_box(annotation["bbox"]):
        raise DataError(
            f"{name} has the bbox {short(annotation['bbox'])}, which is not four numbers; "
            "write it as left, top, width, height"
        )


def _is_box(box: Any) -> bool:
    if not isinstance(box, list) or len(box) != 4 or not all(type(side) in (int, float) for side in box):
        return False
    return all(_is_size(side) for side in (abs(box[0]), abs(box[1]), box[2], box[3]))


def _is_size(size: Any) -> bool:
    return type(size) in (int, float) and 0 <= size < 2**63
