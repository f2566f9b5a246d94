"""Reads a dataset in REFER's layout: sentences in `refs(<split>).p`, masks in `instances.json`.

The layout is that of RefCOCO, RefCOCO+ and RefCOCOg. Two traps are taken care of here: the `file_name`
of a reference carries a suffix and is not the photo's name, and `testA` means every reference whose
split contains the letter A.
"""

import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from refseg_cli.data.pickles import read_plain_pickle
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

_COCO_IMAGES = Path("images", "mscoco", "images", "train2014")
_NEEDED = ("ref_id", "ann_id", "image_id", "split", "sentences")


def read_refer(
    folder: Path,
    refs: str,
    split: str,
    images: Path | None = None,
    exclude_images: Collection[int] = (),
    kind: str = "human",
) -> list[Sample]:
    """Read one split of a dataset in REFER's layout, one sample per sentence.

    Args:
        folder: holds `instances.json` and the pickle of references.
        refs: name of the pickle in it, such as `refs(unc).p`.
        split: such as train, val, test, testA.
        images: folder of the photos; found beside or inside `folder` when not given.
        exclude_images: ids of photos to leave out.
        kind: of sentences that do not say their own, as generated ones do.

    Returns:
        The samples, in the order of the file.

    Raises:
        DataError: a file, photo or annotation is missing or unreadable, or there is no such split.
    """
    references = read_references(folder / refs)
    chosen = _of_split(references, split, folder / refs)
    kept = [reference for reference in chosen if int(reference["image_id"]) not in exclude_images]
    return build_samples(
        read_instances(folder / "instances.json"), kept, find_images(folder, images), folder.name, kind
    )


def build_samples(
    instances: Mapping[str, Any],
    references: Iterable[Mapping[str, Any]],
    images: Path,
    dataset: str,
    kind: str = "human",
) -> list[Sample]:
    """Join references with their photos and annotations, one sample per sentence.

    Args:
        instances: content of an `instances.json`.
        references: dicts as in a pickle of references.
        images: folder of the photos.
        dataset: name that starts each sample's id.
        kind: of sentences that do not say their own.

    Raises:
        DataError: a photo is not in the folder, or a reference names an unknown photo or annotation.
    """
    photos = {int(image["id"]): image for image in instances["images"]}
    annotations = {int(annotation["id"]): annotation for annotation in instances["annotations"]}
    there = _file_names(images)
    samples: list[Sample] = []
    for reference in references:
        photo = _joined(photos, reference, "image_id")
        annotation = _joined(annotations, reference, "ann_id")
        if photo["file_name"] not in there:
            raise DataError(f"{images / photo['file_name']}: the photo is missing; {_fetch(images)}")
        samples.extend(_samples_of(reference, photo, annotation, images, dataset, kind))
    return samples


def _samples_of(
    reference: Mapping[str, Any],
    photo: Mapping[str, Any],
    annotation: Mapping[str, Any],
    images: Path,
    dataset: str,
    kind: str,
) -> Iterator[Sample]:
    for sentence in reference["sentences"]:
        yield Sample(
            sample_id=f"{dataset}/{sentence['sent_id']}",
            image_id=int(photo["id"]),
            image_path=images / photo["file_name"],
            expression=sentence["sent"],
            annotation=annotation,
            height=int(photo["height"]),
            width=int(photo["width"]),
            category_id=int(annotation.get("category_id", -1)),
            ann_id=int(annotation["id"]),
            ref_id=int(reference["ref_id"]),
            kind=sentence.get("kind", kind),
        )


def _joined(table: Mapping[int, Any], reference: Mapping[str, Any], key: str) -> Any:
    """Look up what a reference points to."""
    if int(reference[key]) not in table:
        what = {"image_id": "photo", "ann_id": "annotation"}[key]
        raise DataError(
            f"reference {reference['ref_id']}: {what} {reference[key]} is not in instances.json; "
            "both files must come from the same release, fetch them together"
        )
    return table[int(reference[key])]


def read_references(path: Path) -> list[dict[str, Any]]:
    """Read a pickle of references and check that each has what a reader needs.

    Raises:
        DataError: missing, unreadable, or not a list of references.
    """
    references = read_plain_pickle(path)
    if not isinstance(references, list) or not references:
        raise DataError(f"{path}: not a list of references; fetch the file again")
    for reference in references:
        lacking = [key for key in _NEEDED if not isinstance(reference, dict) or key not in reference]
        if lacking:
            raise DataError(f"{path}: a reference lacks {', '.join(lacking)}; fetch the file again")
    return references


def read_instances(path: Path) -> dict[str, Any]:
    """Read a COCO `instances.json`.

    Raises:
        DataError: missing, not JSON, or without images or annotations.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; {_fetch(path.parent)}")
    try:
        instances = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not JSON ({error}); fetch the file again") from error
    if not isinstance(instances, dict) or not {"images", "annotations"} <= instances.keys():
        raise DataError(f"{path}: has no images and annotations as COCO files do; fetch the file again")
    return instances


def find_images(folder: Path, images: Path | None = None) -> Path:
    """Find the photos of a dataset: as told, inside its folder, or where REFER keeps COCO's.

    Raises:
        DataError: none of these folders exists.
    """
    places = [images] if images else [folder / "images", folder.parent / _COCO_IMAGES]
    for place in places:
        if place.is_dir():
            return place
    looked = " or ".join(str(place) for place in places)
    raise DataError(f"{looked}: no such folder of photos; {_fetch(places[-1])}")


def _of_split(references: list[dict[str, Any]], split: str, path: Path) -> list[dict[str, Any]]:
    chosen = [reference for reference in references if in_split(reference["split"], split)]
    if not chosen:
        counts = Counter(reference["split"] for reference in references)
        known = ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))
        raise DataError(f"{path}: no split {split!r}; it has {known}: choose one with --split")
    return chosen


def in_split(found: str, wanted: str) -> bool:
    """Tell whether a reference marked `found` belongs to the split `wanted`, as REFER decides it.

    `testA` wants the letter A anywhere in the mark (`testAB` has it), `test` wants the word test in it;
    everything else must be equal.
    """
    if wanted in ("testA", "testB", "testC"):
        return wanted[-1] in found
    if wanted == "test":
        return "test" in found
    return found == wanted


def _file_names(folder: Path) -> frozenset[str]:
    with os.scandir(folder) as entries:
        return frozenset(entry.name for entry in entries)


def _fetch(place: Path) -> str:
    return f"fetch the dataset, then check with: ls {place}"
