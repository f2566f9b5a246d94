"""Which splits are looked at, and which of several refusals is told."""

import json
from pathlib import Path

import pytest
from PIL import Image
from refer_folders import write_refer_folder

from refseg_cli.data.datasets import find_dataset
from refseg_cli.data.look.check import check_dataset
from refseg_cli.data.look.reading import first_split, likely_splits
from refseg_cli.data.look.stats import count_dataset
from refseg_cli.errors import DataError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "home"))


def write_rows(folder: Path, *rows: dict[str, object]) -> str:
    Image.new("RGB", (8, 6)).save(folder / "a.png")
    row = {"image": "a.png", "text": "a dog", "bbox": [0, 0, 2, 2]}
    (folder / "mine.jsonl").write_text("\n".join(json.dumps(row | changes) for changes in rows))
    return str(folder / "mine.jsonl")


def write_coco(folder: Path, *splits: str) -> str:
    Image.new("RGB", (8, 6)).save(folder / "a.png")
    photo = {"file_name": "a.png", "height": 6, "width": 8}
    dog = {"category_id": 1, "bbox": [0, 0, 2, 2], "segmentation": [[0, 0, 2, 0, 2, 2]], "text": "a dog"}
    document = {
        "images": [photo | {"id": number, "split": split} for number, split in enumerate(splits)],
        "annotations": [dog | {"id": number, "image_id": number} for number in range(len(splits))],
        "categories": [{"id": 1, "name": "dog"}],
    }
    (folder / "mine.json").write_text(json.dumps(document))
    return str(folder / "mine.json")


def test_splits_of_ones_own_are_found_whatever_they_are_called(tmp_path: Path) -> None:
    rows = write_rows(tmp_path, {"split": "dev"}, {"split": "val"}, {"split": "test-9"}, {})
    coco = write_coco(tmp_path, "dev", "val")
    refer = str(write_refer_folder(tmp_path / "dogs", "refs(mine).p"))
    found = [set(likely_splits(find_dataset(name, tmp_path))) for name in (rows, coco, refer)]
    assert found == [{"train", "val", "dev", "test-9"}, {"val", "dev"}, {"val"}]


def test_a_dataset_with_a_split_of_its_own_name_alone_is_whole(tmp_path: Path) -> None:
    name = write_rows(tmp_path, {"split": "dev"})
    assert check_dataset(name, tmp_path).state == "complete"
    assert list(count_dataset(name, tmp_path).splits) == ["dev"]
    assert first_split(find_dataset(name, tmp_path)) == "dev"


def test_one_mistake_is_told_once(tmp_path: Path) -> None:
    name = write_rows(tmp_path, {"image": "no.png"})
    (broken,) = check_dataset(name, tmp_path).broken
    assert "mine.jsonl, line 1" in broken.reason
    with pytest.raises(DataError, match="line 1"):
        first_split(find_dataset(name, tmp_path))


def test_a_broken_split_is_told_though_others_can_be_read(tmp_path: Path) -> None:
    name = write_rows(tmp_path, {}, {"image": "no.png", "split": "val"})
    (broken,) = check_dataset(name, tmp_path).broken
    assert "mine.jsonl, line 2" in broken.reason
    with pytest.raises(DataError, match="line 2"):
        count_dataset(name, tmp_path)


def test_a_file_that_is_no_json_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text("{")
    (broken,) = check_dataset(str(path), tmp_path, deep=True).broken
    assert "not JSON" in broken.reason


def test_a_folder_may_have_fewer_splits_than_others_of_its_kind(tmp_path: Path) -> None:
    folder = str(write_refer_folder(tmp_path / "dogs"))  # refs(unc).p, with val alone
    assert list(count_dataset(folder, tmp_path).splits) == ["val"]
    assert check_dataset(folder, tmp_path).broken == ()
