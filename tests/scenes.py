"""Small scenes made in the tests: boxes with a category, as a COCO file has them."""

from typing import Any

SIZE = 100
"""Width and height of every photo here, so that one pixel is one percent."""


def box(
    ann_id: int, category_id: int, left: float, top: float, width: float, height: float
) -> dict[str, Any]:
    """An annotation whose mask is its box."""
    right, bottom = left + width, top + height
    return {
        "id": ann_id,
        "image_id": 1,
        "category_id": category_id,
        "bbox": [left, top, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": [[left, top, right, top, right, bottom, left, bottom]],
    }


def instances(*annotations: dict[str, Any]) -> dict[str, Any]:
    """A COCO file with one photo."""
    return {
        "images": [{"id": 1, "file_name": "photo.png", "width": SIZE, "height": SIZE}],
        "annotations": list(annotations),
        "categories": [
            {"id": 1, "name": "person", "supercategory": "person"},
            {"id": 2, "name": "bicycle", "supercategory": "vehicle"},
            {"id": 3, "name": "car", "supercategory": "vehicle"},
            {"id": 4, "name": "motorcycle", "supercategory": "vehicle"},
            {"id": 8, "name": "truck", "supercategory": "vehicle"},
            {"id": 18, "name": "dog", "supercategory": "animal"},
            {"id": 19, "name": "horse", "supercategory": "animal"},
            {"id": 1001, "name": "shirt", "supercategory": "clothing"},
        ],
    }


def sentences(references: list[dict[str, Any]]) -> dict[int, set[str]]:
    """The phrases of each annotation."""
    return {ref["ann_id"]: {sentence["sent"] for sentence in ref["sentences"]} for ref in references}
