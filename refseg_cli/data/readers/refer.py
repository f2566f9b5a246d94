"""Reads a dataset in REFER's layout: sentences in `refs(<split>).p`, masks in `instances.json`.

The layout is that of RefCOCO, RefCOCO+, RefCOCOg and RefClef. Two traps are taken care of here: the
`file_name` of a reference carries a suffix and is not the photo's name, and `testA` means every
reference whose mark contains the letter A.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refseg_cli.data.masks import plain_annotation
from refseg_cli.data.pickles import read_plain_pickle
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

from .base import NoSuchSplit
from .records import check_additions, check_distinct, check_records, fits, how_to_get, read_json, short

_COCO_IMAGES = Path("images", "mscoco", "images", "train2014")
_REFCLEF_IMAGES = Path("images", "saiapr_tc-12")
_SPLITS = {
    "refs(unc).p": ("train", "val", "testA", "testB"),
    "refs(google).p": ("train", "val"),
    "refs(umd).p": ("train", "val", "test"),
    "refs(berkeley).p": ("train", "val", "test"),
}
_IMAGE = {"id": int, "file_name": str, "width": int, "height": int}
_ANNOTATION = {"id": int, "image_id": int}
_REFERENCE = {"ref_id": int, "image_id": int, "split": str, "sentences": list}
_SENTENCE = {"sent_id": int, "sent": str}


@dataclass(frozen=True)
class ReferReader:
    """A dataset in REFER's layout.

    Attributes:
        name: of the dataset; its samples are called `<name>/<number of the sentence>`.
        folder: holds `instances.json` and the pickle of references.
        refs: name of that pickle, such as `refs(unc).p`.
        images: folder of the photos; looked for beside and inside `folder` when not given.
        provenance: what is known of where photos, sentences and masks come from.
        kind: of sentences that do not say their own, as generated ones do.
    """

    name: str
    folder: Path
    refs: str
    images: Path | None = None
    provenance: str = ""
    kind: str = "human"

    def __post_init__(self) -> None:
        # an index is kept under the `repr` of its reader, which therefore says where the photos are
        object.__setattr__(self, "images", images_folder(self.folder, self.images))

    def splits(self) -> tuple[str, ...]:
        """Names of the public splits; of references of one's own, those that the file has."""
        known = _SPLITS.get(Path(self.refs).name)
        if known is None:
            with suppress(DataError):  # whoever reads a split is told what is wrong
                references = read_references(self.folder / self.refs)
                return tuple(dict.fromkeys(reference["split"] for reference in references))
            return ()
        return (*known, "testC") if self.folder.name == "refclef" and "testB" in known else known

    def sources(self, split: str) -> tuple[Path, ...]:  # noqa: ARG002 - all splits lie in one file
        """The pickle of references and `instances.json`."""
        return self.folder / self.refs, self.folder / "instances.json"

    def read(self, split: str) -> list[Sample]:
        """Read a split, one sample per sentence, in the order of the file; photos need not be there.

        Raises:
            DataError: a file is missing or broken, or there is no such split.
        """
        refs, instances = self.sources(split)
        references = of_split(read_references(refs), split, refs)
        photos = images_folder(self.folder, self.images)
        return build_samples(
            read_instances(instances), references, photos, self.name, self.kind, split, self.provenance
        )


def read_refer(
    folder: Path, refs: str, split: str, images: Path | None = None, kind: str = "human"
) -> list[Sample]:
    """Read a split of a folder in REFER's layout, with all photos that it needs.

    Args:
        folder: see `ReferReader`, whose name is the folder's.
        refs: see there.
        split: such as train, val, test, testA.
        images: see there.
        kind: see there.

    Raises:
        DataError: a file, photo or annotation is missing or unreadable, or there is no such split.
    """
    samples = ReferReader(folder.name, folder, refs, find_images(folder, images), kind=kind).read(split)
    for photo in dict.fromkeys(sample.image_path for sample in samples):
        if not photo.is_file():
            raise DataError(f"{photo}: the photo is missing; {how_to_get(photo.parent)}")
    return samples


def build_samples(
    instances: Mapping[str, Any],
    references: Iterable[Mapping[str, Any]],
    images: Path,
    dataset: str,
    kind: str = "human",
    split: str | None = None,
    provenance: str = "",
) -> list[Sample]:
    """Join references with their photos and annotations, one sample per sentence.

    Args:
        instances: content of an `instances.json`.
        references: dicts as in a pickle of references; `ann_id` is one number or, as in gRefCOCO, a list
            of them, which is [-1] for a sentence that names nothing.
        images: folder of the photos, which are not looked for.
        dataset: name that starts each sample's id.
        kind: of sentences that do not say their own.
        split: of the samples; when not given, each reference's own mark.
        provenance: of the samples.

    Raises:
        DataError: a reference names an unknown photo or annotation, or two sentences have the same number.
    """
    photos = {image["id"]: image for image in instances["images"]}
    annotations = {annotation["id"]: annotation for annotation in instances["annotations"]}
    paths = {number: images / photo["file_name"] for number, photo in photos.items()}
    samples: list[Sample] = []
    for reference in references:
        photo = _joined(photos, reference["image_id"], reference, "photo")
        annotation = _named(annotations, reference)
        samples.extend(
            Sample(
                sample_id=f"{dataset}/{sentence['sent_id']}",
                image_id=photo["id"],
                image_path=paths[photo["id"]],
                expression=sentence["sent"],
                annotation=annotation,
                height=photo["height"],
                width=photo["width"],
                category_id=_number(annotation, "category_id"),
                ann_id=_number(annotation, "id"),
                ref_id=reference["ref_id"],
                kind=sentence.get("kind", kind),
                dataset=dataset,
                split=reference["split"] if split is None else split,
                provenance=provenance,
                word_types=tuple(sentence.get("word_types", ())),
            )
            for sentence in reference["sentences"]
        )
    _check_ids(samples)
    return samples


def _check_ids(samples: Iterable[Sample]) -> None:
    seen: dict[str, int] = {}
    for sample in samples:
        if sample.sample_id in seen:
            raise DataError(
                f"{sample.sample_id}: references {seen[sample.sample_id]} and {sample.ref_id} both have a "
                "sentence of this number; mend the references, or fetch them again"
            )
        seen[sample.sample_id] = sample.ref_id


def _named(annotations: Mapping[int, Any], reference: Mapping[str, Any]) -> Mapping[str, Any]:
    """The annotation that a reference names: one, or the union of several or of none."""
    numbers = reference["ann_id"] if isinstance(reference["ann_id"], list) else [reference["ann_id"]]
    if numbers == [-1]:
        return {"union": []}
    named = [plain_annotation(_joined(annotations, number, reference, "annotation")) for number in numbers]
    return named[0] if len(named) == 1 else {"union": named}


def _joined(table: Mapping[int, Any], number: object, reference: Mapping[str, Any], what: str) -> Any:
    """Look up what a reference points to."""
    if not isinstance(number, int) or number not in table:
        raise DataError(
            f"reference {reference['ref_id']}: {what} {short(number)} is not in instances.json; "
            "both files must come from the same release, fetch them together"
        )
    return table[number]


def _number(annotation: Mapping[str, Any], key: str) -> int:
    value = annotation.get(key, -1)
    return value if fits(value) else -1


def read_references(path: Path) -> list[dict[str, Any]]:
    """Read a pickle of references.

    Raises:
        DataError: missing, unreadable, or not a list of references with all their keys.
    """
    return checked_references(path, read_plain_pickle(path), {"ann_id": int})


def checked_references(path: Path, references: Any, keys: Mapping[str, type]) -> list[dict[str, Any]]:
    """Check that references, and their sentences, have the keys that are needed and `keys`.

    Raises:
        DataError: there are none, or something is missing.
    """
    checked = list(check_records(path, "reference", references, {**_REFERENCE, **keys}))
    if not checked:
        raise DataError(f"{path}: there is no reference in it; mend it, or fetch it again")
    for reference in checked:
        what = f"reference {reference['ref_id']}: sentence"
        for sentence in check_records(path, what, reference["sentences"], _SENTENCE):
            check_additions(path, f"{what} {sentence['sent_id']}", sentence)
    return checked


def read_instances(path: Path) -> dict[str, Any]:
    """Read a COCO `instances.json`.

    Raises:
        DataError: missing, not JSON, an image or annotation lacks something, or two have the same number.
    """
    instances = read_json(path)
    if not isinstance(instances, dict) or not {"images", "annotations"} <= instances.keys():
        raise DataError(f"{path}: has no images and annotations as COCO files do; mend it, or fetch it again")
    for what, keys in (("image", _IMAGE), ("annotation", _ANNOTATION)):
        records = check_records(path, what, instances[f"{what}s"], keys)
        check_distinct(path, what, (record["id"] for record in records))
    for image in instances["images"]:
        if min(image["width"], image["height"]) < 1:
            raise DataError(
                f"{path}: image {image['id']} has no width or height; "
                "write its size in pixels, or fetch it again"
            )
    return instances


def find_images(folder: Path, images: Path | None = None) -> Path:
    """Find the photos of a dataset: as told, inside its folder, or where REFER keeps them beside it.

    Raises:
        DataError: none of these folders exists.
    """
    found = images_folder(folder, images)
    if not found.is_dir():
        looked = " or ".join(str(place) for place in _places(folder, images))
        raise DataError(f"{looked}: no such folder of photos; {how_to_get(found)}")
    return found


def images_folder(folder: Path, images: Path | None) -> Path:
    """The folder that holds the photos or, while there is none, the one that should."""
    places = _places(folder, images)
    return next((place for place in places if place.is_dir()), places[-1])


def _places(folder: Path, images: Path | None) -> Sequence[Path]:
    beside = _REFCLEF_IMAGES if folder.name == "refclef" else _COCO_IMAGES
    return [images] if images else [folder / "images", folder.parent / beside]


def of_split(references: Sequence[dict[str, Any]], split: str, path: Path) -> list[dict[str, Any]]:
    """The references of a split.

    Raises:
        DataError: there is none; the splits that there are get listed with their numbers of references.
    """
    chosen = [reference for reference in references if in_split(reference["split"], split)]
    if not chosen:
        counts = Counter(reference["split"] for reference in references)
        raise NoSuchSplit(path, split, dict(sorted(counts.items())))
    return chosen


def in_split(found: str, wanted: str) -> bool:
    """Tell whether a reference marked `found` belongs to the split `wanted`, as REFER decides it.

    `testA` wants the letter A anywhere in the mark (`testAB` has it), `test` takes test with any such
    letters after it; everything else must be equal.
    """
    if wanted in ("testA", "testB", "testC"):
        return wanted[-1] in found
    if wanted == "test":
        return re.fullmatch("test[A-Z]*", found) is not None
    return found == wanted
