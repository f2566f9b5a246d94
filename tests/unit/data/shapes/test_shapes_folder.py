"""The generated benchmark written as files: the same pictures, masks and sentences as when it is drawn."""

import json

import numpy as np
import pytest

from refseg_cli.data.pickles import read_plain_pickle
from refseg_cli.data.readers.refer import build_samples, read_instances
from refseg_cli.data.shapes import folder as module
from refseg_cli.data.shapes import reader as reader_module
from refseg_cli.data.shapes.folder import REFERENCES, write_shapes
from refseg_cli.data.shapes.reader import ShapesReader
from refseg_cli.data.shapes.scene import SPLITS
from refseg_cli.errors import DataError, UsageError

SIZE, SEED = 2, 5


@pytest.fixture(scope="module", autouse=True)
def two_scenes():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "SCENES", 2)
        yield


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn") / "shapes"
    write_shapes(folder, SIZE, SEED)
    return folder


def test_what_is_written_is_what_is_drawn(written):
    references = read_plain_pickle(written / REFERENCES)
    instances = read_instances(written / "instances.json")
    types = {
        sentence["sent_id"]: tuple(sentence["word_types"])
        for reference in references
        for sentence in reference["sentences"]
    }
    for split in SPLITS:
        chosen = [reference for reference in references if reference["split"] == split]
        read = build_samples(instances, chosen, written / "images", "shapes", split=split)
        drawn = {sample.sample_id: sample for sample in ShapesReader(SIZE, SEED).read(split)}
        assert {sample.sample_id for sample in read} == set(drawn)
        for sample in read:
            same = drawn[sample.sample_id]
            for field in (
                "expression",
                "kind",
                "image_id",
                "ann_id",
                "ref_id",
                "category_id",
                "height",
                "width",
            ):
                assert getattr(sample, field) == getattr(same, field)
            assert types[int(sample.sample_id.partition("/")[2])] == same.word_types
            assert (sample.image() == same.image()).all()
            assert (sample.mask() == same.mask()).all()


def test_every_object_has_an_annotation(written):
    instances = json.loads((written / "instances.json").read_text())
    assert [category["name"] for category in instances["categories"]][:2] == ["circle", "square"]
    assert len(instances["images"]) == 2 * len(SPLITS)
    per_image = [each["image_id"] for each in instances["annotations"]]
    assert all(3 <= per_image.count(image["id"]) <= 8 for image in instances["images"])
    assert all(each["area"] > 0 and each["iscrowd"] == 0 for each in instances["annotations"])
    names = {path.name for path in (written / "images").iterdir()}
    assert names == {image["file_name"] for image in instances["images"]}


def test_boxes_hold_their_masks(written):
    instances = json.loads((written / "instances.json").read_text())
    boxes = {each["id"]: each["bbox"] for each in instances["annotations"]}
    for sample in ShapesReader(SIZE, SEED).read("train"):
        rows, columns = np.nonzero(sample.mask())
        left, top, width, height = boxes[sample.ann_id]
        assert (left, top) == (columns.min(), rows.min())
        assert (width, height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)


def test_an_interrupted_writing_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_annotations", fail)
    with pytest.raises(KeyboardInterrupt):
        write_shapes(tmp_path / "shapes", SIZE)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_not_touched(tmp_path):
    (tmp_path / "shapes").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        write_shapes(tmp_path / "shapes", SIZE)
    assert list((tmp_path / "shapes").iterdir()) == []


def test_a_missing_parent_is_said(tmp_path):
    with pytest.raises(DataError, match="mkdir -p"):
        write_shapes(tmp_path / "none" / "shapes", SIZE)
