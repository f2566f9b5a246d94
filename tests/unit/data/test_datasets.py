from pathlib import Path

import pytest

from refseg_cli.data.datasets import DATASET_NAMES, find_dataset
from refseg_cli.errors import DataError


def test_a_name_leads_to_the_folder_and_pickle_of_refer(tmp_path: Path) -> None:
    found = {name: find_dataset(name, tmp_path) for name in DATASET_NAMES}
    assert {name: f"{each.folder.name}/{each.refs}" for name, each in found.items()} == {
        "unc": "refcoco/refs(unc).p",
        "unc+": "refcoco+/refs(unc).p",
        "gref": "refcocog/refs(google).p",
        "gref-umd": "refcocog/refs(umd).p",
    }
    assert found["unc"].splits == ("train", "val", "testA", "testB")
    assert found["unc"].images == tmp_path / "images" / "mscoco" / "images" / "train2014"


def test_a_folder_or_a_pickle_can_be_named_instead(tmp_path: Path) -> None:
    (tmp_path / "refs(mine).p").touch()
    assert find_dataset(str(tmp_path), tmp_path / "root").refs == "refs(mine).p"
    (tmp_path / "refs(other).p").touch()
    assert find_dataset(str(tmp_path / "refs(other).p"), tmp_path / "root").refs == "refs(other).p"
    with pytest.raises(DataError, match=r"refs\(mine\)\.p, refs\(other\)\.p; name the one you mean"):
        find_dataset(str(tmp_path), tmp_path / "root")


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"uncc: no such dataset or folder; name one of unc, unc\+, gref"):
        find_dataset("uncc", tmp_path)


def test_a_folder_without_references_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no refs"):
        find_dataset(str(tmp_path), tmp_path)
