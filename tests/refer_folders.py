"""A dataset in REFER's layout made in the tests: two photos of two dogs each, and sentences about them."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 40, 60
DOG = 18
# image id → the boxes (left, top, width, height) of its two dogs, left before right
DOGS = {1: ((4, 10, 20, 20), (40, 12, 12, 12)), 2: ((2, 4, 10, 10), (30, 8, 24, 28))}
SIDES = ("left dog", "right dog")


def ann_id(image_id: int, side: int) -> int:
    """The annotation of a photo's left (0) or right (1) dog."""
    return 10 * image_id + side


def write_refer_folder(folder: Path, refs: str = "refs(unc).p", **keys: Any) -> Path:
    """Write photos, annotations (each with `keys` added) and the references of the split val."""
    (folder / "images").mkdir(parents=True)
    for image_id in DOGS:
        pixels = np.random.default_rng(image_id).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / photo(image_id))
    (folder / "instances.json").write_text(json.dumps(_instances(keys)))
    references = [_reference(image_id, side) for image_id in DOGS for side in (0, 1)]
    (folder / refs).write_bytes(pickle.dumps(references, 2))
    return folder


def photo(image_id: int) -> str:
    """The file of a photo, named as COCO names it."""
    return f"COCO_train2014_{image_id:012}.jpg"


def _instances(keys: dict[str, Any]) -> dict[str, Any]:
    images = [{"id": i, "file_name": photo(i), "width": WIDTH, "height": HEIGHT} for i in DOGS]
    annotations = [_annotation(image_id, side) | keys for image_id in DOGS for side in (0, 1)]
    dog = {"id": DOG, "name": "dog", "supercategory": "animal"}
    return {"images": images, "annotations": annotations, "categories": [dog]}


def _annotation(image_id: int, side: int) -> dict[str, Any]:
    left, top, width, height = DOGS[image_id][side]
    right, bottom = left + width, top + height
    return {
        "id": ann_id(image_id, side),
        "image_id": image_id,
        "category_id": DOG,
        "bbox": [left, top, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": [[left, top, right, top, right, bottom, left, bottom]],
    }


def _reference(image_id: int, side: int) -> dict[str, Any]:
    number = ann_id(image_id, side)
    sentence = {"sent_id": number, "sent": SIDES[side], "raw": SIDES[side], "tokens": SIDES[side].split()}
    return {
        "ref_id": number,
        "ann_id": number,
        "image_id": image_id,
        "category_id": DOG,
        "file_name": photo(image_id),
        "split": "val",
        "sent_ids": [number],
        "sentences": [sentence],
    }
