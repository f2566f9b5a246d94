import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from scenes import SIZE, box, instances

from refseg_cli.data.readers.refer import in_split, read_refer
from refseg_cli.errors import DataError


def reference(ref_id: int, ann_id: int, split: str, *texts: str) -> dict[str, Any]:
    return {
        "ref_id": ref_id,
        "ann_id": ann_id,
        "image_id": 1,
        "category_id": 18,
        "file_name": f"photo_{ann_id}.png",  # the suffix of REFER, which must be ignored
        "split": split,
        "sent_ids": [10 * ref_id + n for n in range(len(texts))],
        "sentences": [
            {"sent_id": 10 * ref_id + n, "sent": text, "raw": text.upper(), "tokens": text.split()}
            for n, text in enumerate(texts)
        ],
    }


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "images").mkdir(parents=True)
    Image.new("RGB", (SIZE, SIZE)).save(folder / "images" / "photo.png")
    coco = instances(box(5, 18, 0, 0, 20, 20), box(6, 18, 60, 0, 20, 30))
    (folder / "instances.json").write_text(json.dumps(coco))
    references = [
        reference(1, 5, "train", "left dog", "dog on the left"),
        reference(2, 6, "testA", "right dog"),
        reference(3, 6, "testAB", "the right dog"),
    ]
    (folder / "refs(unc).p").write_bytes(pickle.dumps(references, 2))
    return folder


def test_a_split_becomes_one_sample_a_sentence(dataset: Path) -> None:
    samples = read_refer(dataset, "refs(unc).p", "train")
    assert [sample.expression for sample in samples] == ["left dog", "dog on the left"]
    first = samples[0]
    assert first.sample_id == "tiny/10"
    assert (first.image_id, first.ann_id, first.ref_id, first.category_id) == (1, 5, 1, 18)
    assert first.kind == "human"
    assert first.mask().sum() == 400
    assert first.mask()[:20, :20].all()


def test_the_photo_is_the_one_of_instances_json_not_of_the_reference(dataset: Path) -> None:
    assert {sample.image_path for sample in read_refer(dataset, "refs(unc).p", "train")} == {
        dataset / "images" / "photo.png"
    }


def test_test_a_takes_every_split_with_that_letter(dataset: Path) -> None:
    assert [sample.ref_id for sample in read_refer(dataset, "refs(unc).p", "testA")] == [2, 3]
    assert [sample.ref_id for sample in read_refer(dataset, "refs(unc).p", "testB")] == [3]
    assert [sample.ref_id for sample in read_refer(dataset, "refs(unc).p", "test")] == [2, 3]
    assert [sample.ref_id for sample in read_refer(dataset, "refs(unc).p", "testAB")] == [3]


def test_train_and_val_are_taken_by_their_exact_name() -> None:
    assert in_split("train", "train")
    assert not in_split("trainval", "train")
    assert not in_split("val2", "val")


def test_test_takes_its_parts_that_have_letters_and_no_benchmark_of_its_own() -> None:
    assert [
        mark
        for mark in ("test", "testA", "testBC", "test-unseen", "latest", "test2")
        if in_split(mark, "test")
    ] == [
        "test",
        "testA",
        "testBC",
    ]


def test_an_unknown_split_lists_those_there_are(dataset: Path) -> None:
    with pytest.raises(DataError, match=r"no split 'val'; it has testA \(1\), testAB \(1\), train \(1\)"):
        read_refer(dataset, "refs(unc).p", "val")


def test_sentences_keep_the_kind_they_carry_and_get_the_given_one_otherwise(dataset: Path) -> None:
    references = [reference(1, 5, "train", "left dog", "dog")]
    references[0]["sentences"][0]["kind"] = "position"
    (dataset / "refs(x).p").write_bytes(pickle.dumps(references, 2))
    samples = read_refer(dataset, "refs(x).p", "train", kind="template")
    assert [sample.kind for sample in samples] == ["position", "template"]


def test_photos_are_found_where_refer_keeps_those_of_coco(dataset: Path) -> None:
    coco = dataset.parent / "images" / "mscoco" / "images" / "train2014"
    coco.parent.mkdir(parents=True)
    (dataset / "images").rename(coco)
    assert read_refer(dataset, "refs(unc).p", "train")[0].image_path == coco / "photo.png"


def test_a_missing_photo_is_named(dataset: Path) -> None:
    (dataset / "images" / "photo.png").unlink()
    with pytest.raises(DataError, match=r"photo\.png: the photo is missing"):
        read_refer(dataset, "refs(unc).p", "train")


def test_a_missing_folder_of_photos_is_named(dataset: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such folder of photos"):
        read_refer(dataset, "refs(unc).p", "train", images=dataset / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("instances.json", None, "no such file"),
        ("instances.json", "{", "not JSON"),
        ("instances.json", "[]", "has no images and annotations"),
        ("instances.json", '{"images": [], "annotations": []}', "photo 1 is not in instances.json"),
        ("refs(unc).p", None, "no such file"),
        ("refs(unc).p", "nonsense", "not a readable pickle"),
    ],
)
def test_a_missing_or_broken_file_is_named(
    dataset: Path, name: str, content: str | None, reason: str
) -> None:
    (dataset / name).unlink()
    if content is not None:
        (dataset / name).write_text(content)
    with pytest.raises(DataError, match=reason):
        read_refer(dataset, "refs(unc).p", "train")


def test_an_annotation_that_is_not_there_is_named(dataset: Path) -> None:
    (dataset / "refs(x).p").write_bytes(pickle.dumps([reference(9, 777, "train", "dog")], 2))
    with pytest.raises(DataError, match=r"reference 9: annotation 777 is not in instances\.json"):
        read_refer(dataset, "refs(x).p", "train")


@pytest.mark.parametrize("content", [[], {"a": 1}, [{"ref_id": 1}], ["text"]])
def test_a_pickle_of_something_else_is_refused(dataset: Path, content: object) -> None:
    (dataset / "refs(x).p").write_bytes(pickle.dumps(content, 2))
    with pytest.raises(DataError, match=r"refs\(x\)\.p: "):
        read_refer(dataset, "refs(x).p", "train")
