"""The bundled checkpoint was trained on generated phrases: what it saw can be made again, word for word."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from scenes import box, instances

from refseg_cli.data.phrases.generate import generate


def fingerprint(references: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(references, sort_keys=True).encode()).hexdigest()[:16]


def crowded_photo(number: int) -> list[dict[str, Any]]:
    """Two to eight objects of six categories, anywhere in a photo."""
    chance = random.Random(number)
    boxes = []
    for ann_id in range(chance.randint(2, 8)):
        width, height = chance.randint(4, 50), chance.randint(4, 50)
        left, top = chance.randint(0, 100 - width), chance.randint(0, 100 - height)
        boxes.append(box(ann_id, chance.choice([1, 2, 3, 8, 18, 18, 19]), left, top, width, height))
    return boxes


def test_phrases_of_made_up_photos_are_those_of_the_first_release() -> None:
    references = [
        reference
        for number in range(200)
        for reference in generate(instances(*crowded_photo(number)), None, number)
    ]
    assert (len(references), fingerprint(references)) == (836, "860653da63a9c62b")


@pytest.mark.parametrize(
    ("photos", "complete", "n_references", "expected"),
    [
        ("coco_phrases", None, 1294, "85b40fd8b92a727c"),
        ("more_masks/voc2007", None, 79, "5ae82ba98cc0dc51"),
        (
            "more_masks/coco_person_vehicle",
            ["person", "bicycle", "car", "motorcycle"],
            355,
            "4692efb7835a366d",
        ),
        ("more_masks/coco_one_person", ["person"], 152, "8515882e80150b98"),
    ],
)
def test_phrases_without_colours_are_those_of_the_first_release(
    shared: Path, photos: str, complete: list[str] | None, n_references: int, expected: str
) -> None:
    folder = shared / "data" / photos
    coco = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    references = generate(coco, None, 0, complete_categories=complete)
    assert (len(references), fingerprint(references)) == (n_references, expected)


def test_phrases_with_colours_are_those_of_the_first_release(shared: Path) -> None:
    folder = shared / "data" / "coco_phrases"
    coco = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    some = sorted(image["id"] for image in coco["images"])[:40]
    references = generate(coco, folder / "images", 0, image_ids=some)
    assert (len(references), fingerprint(references)) == (105, "a5cb0c24a28fe04f")
