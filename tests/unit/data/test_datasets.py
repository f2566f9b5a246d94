from pathlib import Path

import pytest
from refer_folders import photo, write_refer_folder

from refseg_cli.data.datasets import DATASET_NAMES, find_dataset, how_to_get, read_samples
from refseg_cli.data.readers.refer import ReferReader
from refseg_cli.errors import DataError


def test_every_name_is_a_dataset_with_splits(tmp_path: Path) -> None:
    found = {name: find_dataset(name, tmp_path) for name in DATASET_NAMES}
    assert {name: reader.name for name, reader in found.items()} == {name: name for name in DATASET_NAMES}
    assert all(reader.splits() for reader in found.values())


def test_a_name_of_refer_leads_to_its_folder_and_pickle(tmp_path: Path) -> None:
    found = {name: find_dataset(name, tmp_path) for name in ("unc", "unc+", "gref", "gref-umd")}
    assert {
        name: [str(path.relative_to(tmp_path)) for path in each.sources("val")]
        for name, each in found.items()
    } == {
        "unc": ["refcoco/refs(unc).p", "refcoco/instances.json"],
        "unc+": ["refcoco+/refs(unc).p", "refcoco+/instances.json"],
        "gref": ["refcocog/refs(google).p", "refcocog/instances.json"],
        "gref-umd": ["refcocog/refs(umd).p", "refcocog/instances.json"],
    }
    assert found["unc"].splits() == ("train", "val", "testA", "testB")
    assert isinstance(found["unc"], ReferReader)
    assert found["unc"].images == tmp_path / "images" / "mscoco" / "images" / "train2014"


def test_a_folder_or_a_pickle_can_be_named_instead(tmp_path: Path) -> None:
    (tmp_path / "refs(mine).p").touch()
    assert find_dataset(str(tmp_path), tmp_path / "root").sources("")[0].name == "refs(mine).p"
    (tmp_path / "refs(other).p").touch()
    named = find_dataset(str(tmp_path / "refs(other).p"), tmp_path / "root")
    assert named.sources("")[0].name == "refs(other).p"
    with pytest.raises(DataError, match=r"refs\(mine\)\.p, refs\(other\)\.p; name the one you mean"):
        find_dataset(str(tmp_path), tmp_path / "root")


@pytest.mark.parametrize("file", ["mine.jsonl", "instances.json"])
def test_a_file_of_one_s_own_can_be_named(tmp_path: Path, file: str) -> None:
    (tmp_path / file).touch()
    assert find_dataset(str(tmp_path / file), tmp_path / "root").sources("train")[0] == tmp_path / file


def test_a_folder_of_described_videos_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "meta_expressions").mkdir()
    assert find_dataset(str(tmp_path), tmp_path / "root").name == tmp_path.name


def test_described_videos_of_one_s_own_have_the_splits_that_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "ref-davis17"  # called like a dataset, and not to be downloaded for that
    for split in ("valid", "train"):
        (folder / "meta_expressions" / split).mkdir(parents=True)
        (folder / "meta_expressions" / split / "meta_expressions.json").touch()
    reader = find_dataset(str(folder), tmp_path)
    assert reader.splits() == ("train", "valid")
    assert how_to_get(reader).endswith(f"refseg data check '{folder}'")
    with pytest.raises(DataError, match="mend it, or fetch it again"):
        reader.read("valid")


@pytest.mark.parametrize("file", ["referit.jsonl", "a2d.json", "refclef/refs(unc).p"])
def test_data_of_one_s_own_called_like_a_dataset_is_not_downloaded(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    assert "download" not in how_to_get(find_dataset(str(tmp_path / file), tmp_path))


def test_an_unknown_name_is_told_what_is_near_or_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"uncc: no such dataset, folder or file; did you mean unc; .*data check"
    ):
        find_dataset("uncc", tmp_path)
    with pytest.raises(DataError, match=r"name one of unc, unc\+, gref, .*shapes-motion, or a path"):
        find_dataset("elephants", tmp_path)


def test_a_folder_without_references_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no refs"):
        find_dataset(str(tmp_path), tmp_path)


def test_a_dataset_that_is_not_there_is_told_how_to_get(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"refs\(unc\)\.p is missing; .*: refseg download unc$"):
        read_samples(find_dataset("unc", tmp_path), "train")


def test_missing_photos_are_counted_and_told_how_to_get(tmp_path: Path) -> None:
    write_refer_folder(tmp_path / "refcoco")
    photos = tmp_path / "images" / "mscoco" / "images" / "train2014"
    (tmp_path / "refcoco" / "images").rename(tmp_path / "photos")
    with pytest.raises(DataError, match=r"unc: 2 pictures are missing, .*: refseg download unc$"):
        read_samples(find_dataset("unc", tmp_path), "val")
    photos.parent.mkdir(parents=True)
    (tmp_path / "photos").rename(photos)
    assert len(read_samples(find_dataset("unc", tmp_path), "val")) == 4
    (photos / photo(2)).unlink()
    with pytest.raises(DataError, match=rf"unc: 1 pictures are missing, the first is .*{photo(2)}"):
        read_samples(find_dataset("unc", tmp_path), "val")


def test_a_generated_dataset_needs_no_files(tmp_path: Path) -> None:
    samples = read_samples(find_dataset("shapes-motion", tmp_path), "val")
    assert not samples[0].image_path.exists()
