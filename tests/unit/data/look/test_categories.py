"""Names of categories, found without parsing hundreds of megabytes."""

import json
from pathlib import Path

import pytest

from refseg_cli.data.look.categories import category_names


def test_names_are_found_wherever_the_list_stands(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    content = {"info": 'has "categories": no', "categories": [{"id": 18, "name": "dog"}], "images": []}
    path.write_text(json.dumps(content))
    assert category_names([tmp_path / "refs(unc).p", path]) == {18: "dog"}


@pytest.mark.parametrize(
    "text", ["", "{}", '{"categories": [{"id": 1', '{"categories": [1]}', '{"categories": [{}]}']
)
def test_a_file_without_names_gives_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "instances.json"
    path.write_text(text)
    assert category_names([path]) == {}


def test_files_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    assert category_names([tmp_path / "no.json"]) == {}
