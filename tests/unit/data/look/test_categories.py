"""Names of categories, found without parsing hundreds of megabytes."""

import json
from pathlib import Path

import pytest
from PIL import Image

from refseg_cli.data.look.categories import categories_of, category_names
from refseg_cli.data.readers.jsonl import JsonlReader
from refseg_cli.data.shapes.reader import ShapesReader, category_id


def test_names_are_found_wherever_the_list_stands(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    content = {"info": 'has "categories": no', "categories": [{"id": 18, "name": "dog"}], "images": []}
    path.write_text(json.dumps(content))
    assert category_names([tmp_path / "refs(unc).p", path]) == {18: "dog"}


def test_names_in_json_lines_are_numbered_as_their_reader_does(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png")
    path = tmp_path / "mine.jsonl"
    row = {"image": "a.png", "text": "it", "bbox": [0, 0, 2, 2]}
    path.write_text(
        "\n".join(json.dumps(row | more) for more in ({"category": "dog"}, {}, {"category": "cat"}))
    )
    names = category_names([path]) | {-1: ""}
    assert [names[sample.category_id] for sample in JsonlReader(path).read("train")] == ["dog", "", "cat"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"category": [1]}', "{}"])
def test_json_lines_without_names_give_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(text)
    assert category_names([path]) == {}


@pytest.mark.parametrize(
    "text", ["", "{}", '{"categories": [{"id": 1', '{"categories": [1]}', '{"categories": [{}]}']
)
def test_a_file_without_names_gives_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "instances.json"
    path.write_text(text)
    assert category_names([path]) == {}


def test_files_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    assert category_names([tmp_path / "no.json"]) == {}


def test_drawn_shapes_have_names_though_they_have_no_file() -> None:
    names = categories_of(ShapesReader(), ["test"])
    assert names[category_id("star")] == "star"
    assert sorted(names) == list(range(1, 9))
