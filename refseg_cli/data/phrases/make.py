"""From a COCO file to a dataset that can be trained on: what `refseg data phrases` does.

The dataset is a folder in REFER's layout: `refs(phrases).p`, an `instances.json` of the photos that have
phrases, in which plurals have annotations of their own, and `images`, a link to the folder of the photos.
"""

import json
import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refseg_cli.data.readers.coco import read_coco
from refseg_cli.data.splits import hash_order
from refseg_cli.data.write import write_references
from refseg_cli.errors import DataError, UsageError
from refseg_cli.files import refuse_to_replace, write_text

from .generate import as_reference, generate
from .groups import groups_of
from .scene import read_scenes

REFERENCES = "refs(phrases).p"
"""Name of the pickle of references in the folder that is made."""

_OF_VAL = 1 / 8


@dataclass(frozen=True)
class PhrasesRequest:
    """What to make phrases from, and where to put them.

    Attributes:
        instances_json: COCO annotations.
        images: folder of the photos; None for `images` beside the annotations.
        output: the folder to make.
        complete: categories of which every object is annotated; empty for all of them.
        exclude_images: numbers of photos to leave out.
        split: what all phrases are marked with; "" to divide the photos into train and val.
        seed: the same number gives the same phrases.
        force: replace what is there.
    """

    instances_json: Path
    output: Path
    images: Path | None = None
    complete: tuple[str, ...] = ()
    exclude_images: frozenset[int] = frozenset()
    split: str = ""
    seed: int = 0
    force: bool = False


def make_phrases(request: PhrasesRequest) -> list[dict[str, Any]]:
    """Make the phrases and write the dataset.

    Returns:
        Its references; see `generate`.

    Raises:
        UsageError: the output exists and is not to be replaced.
        DataError: the annotations or photos are missing or broken, a category is unknown, or nothing
            can be named without doubt.
    """
    _refuse_to_replace(request)
    instances = read_coco(request.instances_json)
    photos = request.images or request.instances_json.parent / "images"
    if not photos.is_dir():
        raise DataError(f"{photos}: no such folder of photos; name it with --images")
    chosen = {image["id"] for image in instances["images"]} - request.exclude_images
    complete = _known_categories(request, instances)
    references = generate(
        instances,
        photos,
        request.seed,
        image_ids=chosen,
        complete_categories=complete,
        size_order=True,
    )
    united = _add_groups(references, instances, request.seed, chosen, complete)
    if not references:
        raise DataError(
            f"{request.instances_json}: nothing in it can be named without doubt; give another file"
        )
    _mark_splits(references, request.split)
    _write(request, _restricted(instances, references, united), references, photos)
    return references


def summary(references: Sequence[dict[str, Any]]) -> list[str]:
    """Say how many sentences of which kind there are, and how many in each split."""
    kinds = Counter(sentence["kind"] for reference in references for sentence in reference["sentences"])
    splits = []
    for split in sorted({reference["split"] for reference in references}):
        chosen = [reference for reference in references if reference["split"] == split]
        n_sentences = sum(len(reference["sentences"]) for reference in chosen)
        n_photos = len({reference["image_id"] for reference in chosen})
        splits.append(f"{split}: {n_sentences} sentences on {n_photos} photos")
    return [*(f"{kind:<10}{count:>6}" for kind, count in kinds.most_common()), ", ".join(splits)]


def _known_categories(request: PhrasesRequest, instances: dict[str, Any]) -> tuple[str, ...] | None:
    known = {str(category["name"]) for category in instances["categories"]}
    unknown = sorted(set(request.complete) - known)
    if unknown:
        raise DataError(
            f"{request.instances_json}: no category {', '.join(unknown)}; "
            f"give --complete from {', '.join(sorted(known))}"
        )
    return request.complete or None


def _add_groups(
    references: list[dict[str, Any]],
    instances: dict[str, Any],
    seed: int,
    chosen: Collection[int],
    complete: Collection[str] | None,
) -> list[dict[str, Any]]:
    """Add references to groups, and return the annotations that these need."""
    united: list[dict[str, Any]] = []
    n_sentences = sum(len(reference["sentences"]) for reference in references)
    first_id = max((annotation["id"] for annotation in instances["annotations"]), default=0) + 1
    for scene in read_scenes(instances, chosen, complete):
        for group, phrases in groups_of(scene, seed, first_id + len(united)):
            references.append(as_reference(scene, group, phrases, "", len(references), n_sentences))
            united.append(dict(group.annotation))
            n_sentences += len(phrases)
    return united


def _mark_splits(references: list[dict[str, Any]], split: str) -> None:
    """Mark all references with one split, or those of an eighth of the photos, by hash, with val."""
    photos = sorted({reference["image_id"] for reference in references}, key=hash_order)
    n_val = max(round(len(photos) * _OF_VAL), 1) if len(photos) > 1 else 0
    val = frozenset(photos[:n_val])
    for reference in references:
        reference["split"] = split or ("val" if reference["image_id"] in val else "train")


def _restricted(
    instances: dict[str, Any], references: list[dict[str, Any]], united: list[dict[str, Any]]
) -> dict[str, Any]:
    """The photos that have references, with all their annotations."""
    photos = {reference["image_id"] for reference in references}
    images = [image for image in instances["images"] if image["id"] in photos]
    annotations = [each for each in instances["annotations"] if each["image_id"] in photos]
    return {
        "info": {"description": "phrases made by refseg data phrases: templates, not people's sentences"},
        "licenses": instances.get("licenses", []),
        "images": sorted(images, key=lambda image: image["id"]),
        "annotations": sorted(annotations, key=lambda annotation: annotation["id"]) + united,
        "categories": instances["categories"],
    }


def _refuse_to_replace(request: PhrasesRequest) -> None:
    """Stop before any work is done when something is in the way that is not to be replaced."""
    output, link = request.output, request.output / "images"
    if output.is_dir() and request.instances_json.resolve().parent == output.resolve():
        raise UsageError(f"{output}: holds the annotations themselves; give another folder with --out")
    if link.is_dir() and not link.is_symlink():
        raise UsageError(f"{link}: is a folder, not a link to one; give another folder with --out")
    for path in (output / REFERENCES, output / "instances.json", link):
        refuse_to_replace(path, request.force)


def _write(
    request: PhrasesRequest, instances: dict[str, Any], references: list[dict[str, Any]], photos: Path
) -> None:
    folder = request.output
    link, photos = folder / "images", photos.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make {folder} ({error.strerror}); give another folder with --out") from None
    write_text(folder / "instances.json", json.dumps(instances))
    write_references(folder / REFERENCES, references, request.force)
    near = photos.anchor == folder.resolve().anchor  # on Windows, on the same disk
    target = os.path.relpath(photos, folder.resolve()) if near else photos
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(target, target_is_directory=True)
    except OSError as error:
        raise DataError(f"cannot link {link} to {photos} ({error.strerror}); copy the photos there") from None
