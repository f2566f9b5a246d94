import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask as rle
import pytest
from PIL import Image

from refseg_cli.data.index import indexed
from refseg_cli.data.readers.jsonl import JsonlReader
from refseg_cli.errors import DataError

WIDTH, HEIGHT = 12, 8
SQUARE = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
SQUARE[2:6, 1:5] = 1
POLYGON = [1, 2, 5, 2, 5, 6, 1, 6]
BOX = [1, 2, 4, 4]
RUNS = {"size": [HEIGHT, WIDTH], "counts": [10, 4, 4, 4, 4, 4, 4, 4, 58]}  # down the columns
PACKED = rle.encode(np.asfortranarray(SQUARE))["counts"].decode()

Write = Callable[..., JsonlReader]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows, each with the photo and a text unless it says otherwise, beside a photo and masks."""
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "photo.jpg")
    Image.fromarray(SQUARE * 255).save(tmp_path / "square.png")
    Image.fromarray(SQUARE * 3 + 1).save(tmp_path / "numbers.png")
    Image.new("L", (WIDTH, HEIGHT)).save(tmp_path / "blank.png")
    Image.new("L", (WIDTH, HEIGHT + 1)).save(tmp_path / "large.png")

    def write(*rows: dict[str, Any] | str, name: str = "data.jsonl") -> JsonlReader:
        lines = [
            row if isinstance(row, str) else json.dumps({"image": "photo.jpg", "text": "square"} | row)
            for row in rows
        ]
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return JsonlReader(tmp_path / name)

    return write


@pytest.mark.parametrize(
    "given",
    [
        {"mask": "square.png"},
        {"mask": "numbers.png", "value": 4},
        {"polygon": POLYGON},
        {"polygon": [POLYGON]},
        {"polygon": [[1, 2, 3, 2, 3, 6, 1, 6], [3, 2, 5, 2, 5, 6, 3, 6]]},
        {"rle": RUNS},
        {"rle": {"size": [HEIGHT, WIDTH], "counts": PACKED}},
        {"bbox": BOX},
    ],
)
def test_a_mask_may_be_given_in_any_of_these_ways(write: Write, given: dict[str, Any]) -> None:
    (sample,) = write(given).read("train")
    np.testing.assert_array_equal(sample.mask(), SQUARE > 0)
    assert sample.image().shape == (HEIGHT, WIDTH, 3)
    assert (sample.expression, sample.dataset, sample.split, sample.kind) == (
        "square",
        "data",
        "train",
        "human",
    )


def test_several_sentences_of_a_row_are_several_samples(write: Write) -> None:
    one, other = write({"text": ["the square", "square"], "bbox": BOX}).read("train")
    assert (one.expression, other.expression) == ("the square", "square")
    assert one.sample_id != other.sample_id
    assert one.ref_id == other.ref_id


def test_rows_without_a_split_are_for_training(write: Write) -> None:
    reader = write({"bbox": BOX}, "", {"bbox": BOX, "split": "val", "id": "mine"}, "   ")
    assert [sample.sample_id for sample in reader.read("train")] == ["data/1"]
    assert [sample.sample_id for sample in reader.read("val")] == ["data/mine"]
    with pytest.raises(DataError, match=r"no split 'test'; it has train \(1\), val \(1\): .*--split"):
        reader.read("test")


@pytest.mark.parametrize("split", ["val", "test"])
def test_a_file_named_after_a_split_is_that_split(write: Write, split: str) -> None:
    reader = write({"bbox": BOX}, {"bbox": BOX, "split": "train"}, name=f"{split}.jsonl")
    assert (len(reader.read(split)), len(reader.read("train"))) == (1, 1)


def test_photos_and_categories_are_numbered(write: Write, tmp_path: Path) -> None:
    Image.new("RGB", (5, 5)).save(tmp_path / "other.png")
    samples = write(
        {"bbox": BOX, "category": "dog"},
        {"image": "other.png", "bbox": [0, 0, 2, 2], "category": "cat"},
        {"bbox": BOX, "category": "dog"},
        {"bbox": BOX},
    ).read("train")
    assert [sample.image_id for sample in samples] == [1, 2, 1, 1]
    assert [sample.category_id for sample in samples] == [2, 1, 2, -1]
    assert [(sample.width, sample.height) for sample in samples[:2]] == [(WIDTH, HEIGHT), (5, 5)]


def test_files_are_looked_for_beside_the_lines_or_where_their_path_says(write: Write, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "far" / "photo.png")
    above = write({"image": "../photo.jpg", "bbox": BOX}, name="far/data.jsonl").read("train")
    direct = write({"image": str(tmp_path / "far" / "photo.png"), "bbox": BOX}).read("train")
    assert above[0].image().shape == direct[0].image().shape


def test_text_of_any_language_and_windows_line_ends_are_read(write: Write) -> None:
    reader = write({"bbox": BOX})
    row = json.dumps(
        {"image": "photo.jpg", "text": "червоний квадрат\u2028", "bbox": BOX}, ensure_ascii=False
    )
    reader.path.write_bytes(b"\xef\xbb\xbf" + f"{row}\r\n\r\n{row}".encode())
    assert [sample.expression for sample in reader.read("train")] == ["червоний квадрат\u2028"] * 2


GOOD = json.dumps({"image": "photo.jpg", "text": "square", "bbox": BOX})
BROKEN = [
    ("{", "not JSON"),
    ("[" * 5000, "not JSON"),
    ("[1]", "not an object"),
    ('{"text": "square", "bbox": [1, 2, 4, 4]}', "either image or video"),
    ({"video": "clip.mp4", "bbox": BOX}, "either image or video"),
    ('{"image": "photo.jpg", "bbox": [1, 2, 4, 4]}', "lacks text"),
    ({"text": " ", "bbox": BOX}, 'text is " "'),
    ({"text": ["square", 3], "bbox": BOX}, "text is 3"),
    ({"text": [], "bbox": BOX}, "empty list"),
    ({"image": 7, "bbox": BOX}, "image is 7"),
    ({}, "it has no mask; give exactly one of mask, polygon, rle, bbox"),
    ({"bbox": BOX, "mask": "square.png"}, "it has mask and bbox"),
    ({"bbox": BOX, "txet": "square"}, 'unknown key "txet"; did you mean text?'),
    ({"bbox": BOX, "colour": "red"}, 'unknown key "colour"; there are image, video'),
    ({"bbox": BOX, "frame": 3}, "for a video"),
    ({"bbox": BOX, "split": ""}, 'split is ""'),
    ({"bbox": BOX, "id": []}, "id is []"),
    ({"bbox": BOX, "id": 1}, "line 1 has the id 1 too"),
    ({"text": ["a", "b"], "bbox": BOX, "id": "1"}, "line 1 has the id 1 too"),
    (
        '{"image": "photo.jpg", "text": "a", "text": "b", "bbox": [1, 2, 4, 4]}',
        'key "text" stands there twice',
    ),
    ({"bbox": BOX, "value": 1}, "value is the number of an object"),
    ({"mask": "square.png", "value": -1}, "value is -1"),
    ({"mask": "large.png"}, "large.png is 12x9 but the picture is 12x8"),
    ({"mask": "blank.png"}, "blank.png has no pixel that is not 0: its values are [0]"),
    ({"mask": "numbers.png", "value": 7}, "no pixel of the value 7: its values are [1, 4]"),
    ({"mask": "squar.png"}, "did you mean"),
    ({"mask": "photo.jpg"}, "is no PNG"),
    ({"mask": SQUARE.tolist()}, "is not the name of a file"),
    ({"polygon": [1, 2, 5, 2, 5]}, "three or more corners"),
    ({"polygon": [1, 2, 5, 2]}, "three or more corners"),
    ({"polygon": [[1, 2], [5, 2], [5, 6]]}, "three or more corners"),
    ({"polygon": []}, "three or more corners"),
    ({"polygon": [1, 2, 5, 2, 5, "6"]}, "three or more corners"),
    ('{"image": "photo.jpg", "text": "a", "polygon": [1, 2, 5, 2, NaN, 6]}', "three or more corners"),
    ({"polygon": [20, 20, 30, 20, 30, 30]}, "holds no pixel of the picture, which is 12x8"),
    ({"polygon": [0, 0, 9e5, 0, 9e5, 9e5]}, "lie far from the 12x8 image"),
    ({"bbox": [1, 2, -4, 4]}, "positive size"),
    ({"bbox": [1, 2, 4, 0]}, "positive size"),
    ({"bbox": [1, 2, 4]}, "positive size"),
    ({"bbox": [90, 2, 4, 4]}, "holds no pixel"),
    ({"rle": PACKED}, "lacks size or counts"),
    ({"rle": {"size": [HEIGHT, WIDTH]}}, "lacks size or counts"),
    ({"rle": {**RUNS, "size": [WIDTH, HEIGHT]}}, "the rle is 8x12 but the picture is 12x8"),
    ({"rle": {**RUNS, "size": "8x12"}}, "is not [height, width]"),
    ({"rle": {**RUNS, "counts": [10, 4]}}, "run lengths add up to 14, not to 8 x 12"),
    ({"rle": {**RUNS, "counts": PACKED * 9}}, "the rle cannot be drawn"),
    ({"rle": {**RUNS, "counts": "größer"}}, "the rle cannot be drawn"),
    ({"rle": {**RUNS, "counts": 7}}, "the counts 7 are neither"),
    ({"rle": {**RUNS, "counts": [10.5, 85.5]}}, "the counts [10.5, 85.5] are neither"),
    ({"rle": {**RUNS, "counts": [-10, 106]}}, "the rle cannot be drawn"),
    ({"rle": {**RUNS, "counts": [HEIGHT * WIDTH]}}, "holds no pixel"),
    ({"image": "phото.jpg", "bbox": BOX}, "no such file; did you mean"),
]


@pytest.mark.parametrize(("row", "message"), BROKEN)
def test_what_is_wrong_is_told_with_the_number_of_its_line(
    write: Write, row: dict[str, Any] | str, message: str
) -> None:
    reader = write(GOOD, "", row)
    with pytest.raises(DataError) as caught:
        reader.read("train")
    text = str(caught.value)
    assert text.startswith(f"{reader.path}, line 3: ")
    assert message in text
    assert len(text.splitlines()) == 1
    assert len(text) < len(str(reader.path)) * 3 + 250


def test_a_file_that_is_missing_empty_or_no_text_is_told(write: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        JsonlReader(tmp_path / "nowhere.jsonl").read("train")
    with pytest.raises(DataError, match="has no line"):
        write("", " ").read("train")
    (tmp_path / "data.jsonl").write_bytes(b"\xff\xfe{")
    with pytest.raises(DataError, match="not text in UTF-8"):
        JsonlReader(tmp_path / "data.jsonl").read("train")


def test_an_id_may_not_be_that_of_a_sentence_of_another_row(write: Write) -> None:
    reader = write({"text": ["a", "b"], "bbox": BOX, "id": "p"}, {"bbox": BOX, "id": "p.0", "split": "val"})
    with pytest.raises(DataError, match=r"line 2: line 1 has the id p\.0 too"):
        reader.read("train")


def test_the_index_is_made_again_when_a_photo_or_a_mask_changes(write: Write, tmp_path: Path) -> None:
    reader = write({"mask": "square.png"})
    assert indexed(reader, "train")[0].width == WIDTH
    for name in ("photo.jpg", "square.png"):
        with Image.open(tmp_path / name) as picture:
            picture.resize((2 * WIDTH, HEIGHT), Image.Resampling.NEAREST).save(tmp_path / name)
    assert indexed(reader, "train")[0].width == 2 * WIDTH
