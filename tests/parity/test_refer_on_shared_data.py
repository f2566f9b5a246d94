"""The two datasets in REFER's layout beside the repository: counts as their README says, masks as COCO's."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask as coco
import pytest

from refseg_cli.data.index import indexed
from refseg_cli.data.readers.refer import ReferReader
from refseg_cli.data.samples import Sample

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pycocotools 2.0.11 with NumPy 2


def counts(samples: Iterable[Sample]) -> dict[str, int]:
    """How many references, sentences, masks and photos there are."""
    samples = list(samples)
    return {
        "refs": len({sample.ref_id for sample in samples}),
        "expressions": len({sample.sample_id for sample in samples}),
        "masks": len({sample.ann_id for sample in samples}),
        "images": len({sample.image_id for sample in samples}),
    }


def decoded(annotation: dict[str, Any], height: int, width: int) -> np.ndarray:
    """What the library itself makes of a segmentation, as its own example programs do it."""
    segmentation = annotation["segmentation"]
    if isinstance(segmentation, list):
        merged = coco.merge(coco.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        merged = coco.frPyObjects(segmentation, height, width)
    else:
        merged = segmentation
    return coco.decode(merged).astype(bool)


def check_masks(folder: Path, samples: Iterable[Sample]) -> Counter[str]:
    """Compare the mask of every annotation that is spoken of, and count the forms they have."""
    instances = json.loads((folder / "instances.json").read_text())
    annotations = {annotation["id"]: annotation for annotation in instances["annotations"]}
    sizes = {image["id"]: (image["height"], image["width"]) for image in instances["images"]}
    forms: Counter[str] = Counter()
    for sample in {sample.ann_id: sample for sample in samples}.values():
        annotation = annotations[sample.ann_id]
        assert sample.annotation == annotation
        assert np.array_equal(sample.mask(), decoded(annotation, *sizes[annotation["image_id"]]))
        forms[type(annotation["segmentation"]).__name__] += 1
    return forms


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("name", "refs", "expected"),
    [
        ("refcoco", "refs(unc).p", {"refs": 151, "expressions": 430, "masks": 151, "images": 62}),
        ("refcoco+", "refs(unc).p", {"refs": 151, "expressions": 425, "masks": 151, "images": 62}),
        ("refcocog", "refs(umd).p", {"refs": 118, "expressions": 226, "masks": 118, "images": 61}),
    ],
)
def test_the_human_sentences_are_all_there(
    name: str, refs: str, expected: dict[str, int], shared: Path
) -> None:
    folder = shared / "data" / "refcoco_human" / name
    reader = ReferReader(name, folder, refs)
    samples = reader.read("val")
    assert counts(samples) == expected
    assert list(indexed(reader, "val")) == samples
    assert all(sample.image_path.is_file() for sample in samples)
    assert check_masks(folder, samples) == {"dict": expected["masks"]}


def test_the_made_phrases_are_all_there(shared: Path) -> None:
    folder = shared / "data" / "coco_phrases"
    reader = ReferReader("coco_phrases", folder, "refs(templated).p", kind="template")
    train, val = reader.read("train"), reader.read("val")
    assert (counts(train)["refs"], counts(train)["images"]) == (920, 343)
    assert (counts(val)["refs"], counts(val)["images"]) == (212, 85)
    together = counts(train + val)
    assert (together["refs"], together["expressions"], together["images"]) == (1132, 2494, 428)
    assert list(indexed(reader, "train")) == train
    assert all(sample.image_path.is_file() for sample in train + val)
    forms = check_masks(folder, indexed(reader, "train")[:]) + check_masks(folder, val)
    assert forms["list"] + forms["dict"] == together["masks"]
    instances = json.loads((folder / "instances.json").read_text())
    assert len(instances["annotations"]) == 4234
    assert len(instances["images"]) == 487
