import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from scenes import SIZE, box, instances

from refseg_cli.data.readers.coco import CocoReader, read_coco
from refseg_cli.errors import DataError


def write(folder: Path, *texts: Any, images: str = "images") -> CocoReader:
    """Write a photo and annotations, each with one of these texts or none."""
    (folder / images).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (SIZE, SIZE)).save(folder / images / "photo.png")
    annotations = [
        box(number, 18, 20 * number, 40, 10, 20) | ({} if text is None else {"text": text})
        for number, text in enumerate(texts)
    ]
    (folder / "mine.json").write_text(json.dumps(instances(*annotations)))
    return CocoReader(folder / "mine.json")


def test_annotations_with_sentences_are_read(tmp_path: Path) -> None:
    samples = write(tmp_path, "left dog", ["dog", "the dog"], None, []).read("train")
    assert [sample.expression for sample in samples] == ["left dog", "dog", "the dog"]
    assert [sample.ann_id for sample in samples] == [0, 1, 1]
    assert len({sample.sample_id for sample in samples}) == 3
    assert samples[1].mask().sum() == 200
    assert samples[1].image().shape == (SIZE, SIZE, 3)
    assert (samples[0].dataset, samples[0].category_id, samples[0].kind) == ("mine", 18, "human")


@pytest.mark.parametrize("images", ["images", ".", "far"])
def test_photos_are_beside_the_file_in_images_or_where_it_is_said(tmp_path: Path, images: str) -> None:
    reader = write(tmp_path, "dog", images=images)
    if images == "far":
        reader = CocoReader(reader.path, tmp_path / "far")
    assert reader.read("train")[0].image_path.is_file()


def test_an_image_may_say_its_split(tmp_path: Path) -> None:
    reader = write(tmp_path, "dog")
    coco = json.loads(reader.path.read_text())
    coco["images"][0]["split"] = "val"
    reader.path.write_text(json.dumps(coco))
    assert len(reader.read("val")) == 1
    with pytest.raises(DataError, match=r"no split 'train'; it has val \(1\): .*--split"):
        reader.read("train")


def test_without_sentences_the_command_that_makes_some_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mine\.json.*refseg data phrases .*mine\.json --images .* --out"):
        write(tmp_path, None, None).read("train")


@pytest.mark.parametrize("text", ["", 7, [""], ["dog", None], {"a": 1}])
def test_a_text_that_is_none_is_told(tmp_path: Path, text: Any) -> None:
    with pytest.raises(DataError, match="text of annotation 1 is neither a sentence nor a list"):
        write(tmp_path, "dog", text).read("train")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        ("{}", "no images and annotations"),
        ('{"images": [], "annotations": []}', "no annotation has a sentence"),
        ('{"images": [{"id": 1}], "annotations": []}', "image 1 lacks file_name"),
        ('{"images": [], "annotations": [{"id": 3, "text": "a"}]}', "annotation 3 lacks image_id"),
        ('{"images": [], "annotations": [{"id": 3, "image_id": 1, "text": "a"}]}', "an image that it lacks"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, content: str, message: str) -> None:
    reader = write(tmp_path, "dog")
    reader.path.write_text(content)
    with pytest.raises(DataError, match=message):
        reader.read("train")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        CocoReader(tmp_path / "nowhere.json").read("train")


@pytest.mark.parametrize(
    ("records", "change", "message"),
    [
        ("annotations", {"category_id": "dog"}, 'annotation 0 has the category_id "dog"'),
        ("annotations", {"category_id": 1.0}, "annotation 0 has the category_id 1.0"),
        ("annotations", {"category_id": None}, "annotation 0 has the category_id null"),
        ("annotations", {"area": None}, "annotation 0 has the area null"),
        ("annotations", {"bbox": ["a", 1, 2, 3]}, r'annotation 0 has the bbox \["a", 1'),
        ("annotations", {"bbox": [1, 2]}, r"annotation 0 has the bbox \[1, 2\], which is not four numbers"),
        ("annotations", {"bbox": [float("nan")] * 4}, "annotation 0 has the bbox"),
        ("annotations", {"id": 1}, "annotation 1 is there twice"),
        ("annotations", {"id": 10**30}, "annotation"),
        ("images", {"id": 10**30}, "image"),
        ("images", {"width": 0}, "has no width or height"),
        ("images", {"width": 10**12}, "is said to be 1000000000000x.*, which is too large"),
        ("images", {"split": ["val"]}, r'has the split \["val"\], which is not text'),
    ],
)
def test_what_is_wrong_with_a_record_is_told(
    tmp_path: Path, records: str, change: dict[str, Any], message: str
) -> None:
    reader = write(tmp_path, "dog", "cat")
    coco = json.loads(reader.path.read_text())
    coco[records][0].update(change)
    reader.path.write_text(json.dumps(coco))
    for read in (lambda: reader.read("train"), lambda: read_coco(reader.path)):
        with pytest.raises(DataError, match=rf"mine\.json: .*{message}"):
            read()


def test_an_image_that_is_there_twice_is_told(tmp_path: Path) -> None:
    reader = write(tmp_path, "dog")
    coco = json.loads(reader.path.read_text())
    coco["images"] *= 2
    reader.path.write_text(json.dumps(coco))
    with pytest.raises(DataError, match=r"image .* is there twice"):
        reader.read("train")


def test_a_split_of_null_is_train(tmp_path: Path) -> None:
    reader = write(tmp_path, "dog")
    coco = json.loads(reader.path.read_text())
    coco["images"][0]["split"] = None
    reader.path.write_text(json.dumps(coco))
    assert [sample.split for sample in reader.read("train")] == ["train"]


def test_an_annotation_cannot_name_a_file_as_its_mask(tmp_path: Path) -> None:
    reader = write(tmp_path, "dog")
    coco = json.loads(reader.path.read_text())
    coco["annotations"][0] |= {"segmentation": [], "png": str(tmp_path / "images" / "photo.png")}
    reader.path.write_text(json.dumps(coco))
    with pytest.raises(DataError, match="annotation 0: it has no segmentation"):
        reader.read("train")[0].mask()


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_photo_of_another_size_than_annotated_is_refused(tmp_path: Path, orientation: int) -> None:
    reader = write(tmp_path, "dog")
    sides = (SIZE, SIZE - 1)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", sides).save(tmp_path / "images" / "photo.png", exif=exif)
    coco = json.loads(reader.path.read_text())
    coco["images"][0]["height"] = SIZE - (orientation == 6)  # as stored, where it is turned
    reader.path.write_text(json.dumps(coco))
    found = f"{SIZE}x{SIZE - 1}" if orientation == 1 else f"{SIZE - 1}x{SIZE}"
    with pytest.raises(DataError, match=rf"photo\.png: the photo is {found} but annotated .* as it is shown"):
        reader.read("train")[0].image()
