"""Writes the generated benchmark in REFER's layout, so that other programs can use it."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pycocotools.mask as rle
from PIL import Image

from refseg_cli import console
from refseg_cli.data.drawn import SHAPES as RECIPE
from refseg_cli.data.samples import Sample
from refseg_cli.data.write import write_references

from .reader import ShapesReader, category_id, draw_image, scene_masks, things_of
from .vocabulary import CANVAS, SHAPES
from .whole_folder import folder_written_whole

REFERENCES: Final = "refs(shapes).p"
"""Name of the pickle of references in the folder."""


def write_shapes(folder: Path, size: int, seed: int = 0, replace: bool = False) -> None:
    """Write all splits, whole or not at all, with the pictures, masks and sentences of `ShapesReader`.

    All objects of a scene have an annotation, with the mask as run lengths. Sentences have two keys that
    REFER does not know: "kind", their group, and "word_types", one a word.

    Args:
        folder: to be made.
        size: how many scenes train has.
        seed: of all scenes.
        replace: whether one that is there, and that refseg wrote, is replaced.

    Raises:
        UsageError: the folder is there, or size or seed are out of range.
        DataError: it cannot be written.
    """
    reader = ShapesReader(size, seed)
    with folder_written_whole(folder, {"name": "shapes", "size": size, "seed": seed}, replace) as made:
        samples = [sample for split in reader.splits() for sample in reader.read(split)]
        write_references(made / REFERENCES, list(_references(samples)))
        (made / "images").mkdir()
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        scenes = {sample.image_id: sample for sample in samples}
        for sample in console.track(scenes.values(), "pictures", len(scenes)):
            images.append(_image(sample, made / "images"))
            annotations.extend(_annotations(sample))
        categories = [{"id": category_id(shape), "name": shape, "supercategory": "shape"} for shape in SHAPES]
        instances = {"images": images, "annotations": annotations, "categories": categories}
        (made / "instances.json").write_text(json.dumps(instances), encoding="utf-8")


def _file_name(sample: Sample) -> str:
    return f"{sample.split}_{sample.image_path.name}"


def _image(sample: Sample, folder: Path) -> dict[str, Any]:
    """Write the picture of a scene, and describe it as COCO does."""
    Image.fromarray(draw_image(sample.annotation[RECIPE])).save(folder / _file_name(sample))
    return {"id": sample.image_id, "file_name": _file_name(sample), "width": CANVAS, "height": CANVAS}


def _annotations(sample: Sample) -> Iterator[dict[str, Any]]:
    """Describe all objects of a scene as COCO does."""
    recipe = sample.annotation[RECIPE]
    first = sample.ann_id - recipe["thing"]
    for index, (thing, mask) in enumerate(zip(things_of(recipe), scene_masks(recipe), strict=True)):
        runs = rle.encode(np.asfortranarray(mask, dtype=np.uint8))
        yield {
            "id": first + index,
            "image_id": sample.image_id,
            "category_id": category_id(thing.shape),
            "segmentation": {"size": runs["size"], "counts": runs["counts"].decode("ascii")},
            "area": int(mask.sum()),
            "bbox": rle.toBbox(runs).tolist(),
            "iscrowd": 0,
        }


def _references(samples: Sequence[Sample]) -> Iterator[dict[str, Any]]:
    """Gather the sentences about each named object, as REFER's pickles do."""
    ordered = sorted(samples, key=attrgetter("ref_id"))
    for ref_id, group in groupby(ordered, key=attrgetter("ref_id")):
        named = list(group)
        sentences = [_sentence(sample) for sample in named]
        yield {
            "ref_id": ref_id,
            "ann_id": named[0].ann_id,
            "image_id": named[0].image_id,
            "category_id": named[0].category_id,
            "file_name": _file_name(named[0]),
            "split": named[0].split,
            "sent_ids": [sentence["sent_id"] for sentence in sentences],
            "sentences": sentences,
        }


def _sentence(sample: Sample) -> dict[str, Any]:
    return {
        "sent_id": int(sample.sample_id.rpartition("/")[2]),
        "sent": sample.expression,
        "raw": sample.expression,
        "tokens": sample.expression.split(),
        "kind": sample.kind,
        "word_types": list(sample.word_types),
    }
