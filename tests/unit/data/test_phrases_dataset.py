import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scenes import SIZE, box, instances

from refseg_cli.data.masks import decode_mask
from refseg_cli.data.phrases.make import REFERENCES, PhrasesRequest, make_phrases, summary
from refseg_cli.data.readers.refer import ReferReader
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError, UsageError

N_PHOTOS = 20


def many_photos(folder: Path) -> dict[str, Any]:
    """Write photos of two dogs each, and return their annotations."""
    folder.mkdir(parents=True)
    images, annotations = [], []
    for number in range(1, N_PHOTOS + 1):
        Image.new("RGB", (SIZE, SIZE)).save(folder / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": SIZE, "height": SIZE})
        for place, left in enumerate((5, 70)):
            annotations.append({**box(2 * number + place, 18, left, 40, 20, 20), "image_id": number})
    return {**instances(*annotations), "images": images}


@pytest.fixture
def request_(tmp_path: Path) -> PhrasesRequest:
    coco = many_photos(tmp_path / "photos")
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    return PhrasesRequest(tmp_path / "coco.json", tmp_path / "made" / "dogs", tmp_path / "photos")


def read(folder: Path, split: str) -> list[Sample]:
    return ReferReader("dogs", folder, REFERENCES).read(split)


def test_the_dataset_can_be_read_at_once_with_photos_and_masks(request_: PhrasesRequest) -> None:
    references = make_phrases(request_)
    train, val = read(request_.output, "train"), read(request_.output, "val")
    assert len(train) + len(val) == sum(len(reference["sentences"]) for reference in references)
    assert {sample.kind for sample in train} == {"position", "plural"}
    assert all(sample.image().shape == (SIZE, SIZE, 3) for sample in val)
    masks = {sample.kind: sample.mask().sum() for sample in val}
    assert masks == {"position": 400, "plural": 800}
    assert len({sample.sample_id for sample in train + val}) == len(train) + len(val)


def test_no_photo_is_in_two_splits_and_an_eighth_is_val(request_: PhrasesRequest) -> None:
    make_phrases(request_)
    train, val = ({sample.image_id for sample in read(request_.output, split)} for split in ("train", "val"))
    assert not train & val
    assert (len(train), len(val)) == (18, 2)


def test_all_can_be_marked_with_one_split(request_: PhrasesRequest, tmp_path: Path) -> None:
    marked = PhrasesRequest(request_.instances_json, tmp_path / "other", request_.images, split="test")
    references = make_phrases(marked)
    assert {reference["split"] for reference in references} == {"test"}
    assert summary(references)[-1] == f"test: {len(read(marked.output, 'test'))} sentences on 20 photos"


def test_the_order_in_the_file_does_not_matter(request_: PhrasesRequest, tmp_path: Path) -> None:
    coco = json.loads(request_.instances_json.read_text())
    for key in ("images", "annotations", "categories"):
        random.shuffle(coco[key])
        coco[key] = [dict(reversed(each.items())) for each in coco[key]]
    (tmp_path / "shuffled.json").write_text(json.dumps(dict(reversed(coco.items()))))
    shuffled = PhrasesRequest(tmp_path / "shuffled.json", tmp_path / "other", request_.images)
    assert make_phrases(shuffled) == make_phrases(request_)
    assert make_phrases(PhrasesRequest(request_.instances_json, tmp_path / "third", request_.images, seed=1))
    assert (tmp_path / "other" / REFERENCES).read_bytes() != (tmp_path / "third" / REFERENCES).read_bytes()


def test_nothing_is_replaced_without_force(request_: PhrasesRequest) -> None:
    make_phrases(request_)
    before = (request_.output / REFERENCES).read_bytes()
    with pytest.raises(UsageError, match=r"exists already.*--force"):
        make_phrases(request_)
    make_phrases(
        PhrasesRequest(request_.instances_json, request_.output, request_.images, force=True, seed=9)
    )
    assert (request_.output / REFERENCES).read_bytes() != before
    assert {path.name for path in request_.output.iterdir()} == {REFERENCES, "instances.json", "images"}


def test_the_annotations_themselves_are_never_replaced(tmp_path: Path) -> None:
    coco = many_photos(tmp_path / "images")
    (tmp_path / "instances.json").write_text(json.dumps(coco))
    with pytest.raises(UsageError, match="holds the annotations themselves"):
        make_phrases(PhrasesRequest(tmp_path / "instances.json", tmp_path, force=True))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "images").mkdir()
    with pytest.raises(UsageError, match="is a folder, not a link"):
        make_phrases(PhrasesRequest(tmp_path / "instances.json", tmp_path / "other", force=True))
    assert make_phrases(PhrasesRequest(tmp_path / "instances.json", tmp_path / "made"))  # images beside it


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        ("[]", "no images and annotations"),
        ('{"images": [], "annotations": []}', "no categories"),
        ({"images": [{"id": 1, "width": 9, "height": 9}]}, "image 1 lacks file_name"),
        ({"images": [{"id": 1, "file_name": "1.png", "width": 0, "height": 9}]}, "no width or height"),
        ({"annotations": [{"id": 5, "image_id": 1, "bbox": [0, 0, 1, 1]}]}, "annotation 5 lacks category_id"),
        ({"annotations": [{"id": 5, "image_id": 1, "category_id": 18}]}, "annotation 5 lacks bbox"),
        (
            {"annotations": [{"id": 5, "image_id": 1, "category_id": 18, "bbox": [0, 0, -1, 1]}]},
            "annotation 5 has the bbox",
        ),
        ({"categories": [{"id": 18}]}, "category 18 lacks name"),
        ({"annotations": []}, "nothing in it can be named"),
    ],
)
def test_broken_annotations_are_told_in_one_line(
    request_: PhrasesRequest, content: str | dict[str, Any], message: str
) -> None:
    coco = json.loads(request_.instances_json.read_text())
    text = content if isinstance(content, str) else json.dumps(coco | content)
    request_.instances_json.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        make_phrases(request_)
    assert "coco.json" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not request_.output.exists()


def test_on_real_photos_a_plural_is_the_union_of_all_of_its_kind(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "coco_phrases"
    coco = json.loads((source / "instances.json").read_text(encoding="utf-8"))
    coco["images"] = sorted(coco["images"], key=lambda image: image["id"])[:80]
    kept = {image["id"] for image in coco["images"]}
    coco["annotations"] = [each for each in coco["annotations"] if each["image_id"] in kept]
    (tmp_path / "some.json").write_text(json.dumps(coco))
    make_phrases(PhrasesRequest(tmp_path / "some.json", tmp_path / "made", source / "images"))
    plurals = [
        sample
        for split in ("train", "val")
        for sample in read(tmp_path / "made", split)
        if sample.kind == "plural"
    ]
    assert len(plurals) > 30
    for sample in plurals:
        theirs = [
            decode_mask(each, sample.height, sample.width)
            for each in coco["annotations"]
            if (each["image_id"], each["category_id"]) == (sample.image_id, sample.category_id)
        ]
        np.testing.assert_array_equal(sample.mask(), np.any(theirs, axis=0))
