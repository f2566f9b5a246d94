import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from refer_folders import DOG, ann_id, write_refer_folder

from refseg_cli.data.readers.grefcoco import GrefcocoReader
from refseg_cli.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """About photo 1: its left dog, both dogs, and something that is not there."""
    folder = write_refer_folder(tmp_path / "grefcoco")
    reference = pickle.loads((folder / "refs(unc).p").read_bytes())[0]
    both = [ann_id(1, 0), ann_id(1, 1)]
    write(folder, [about(reference, 0, both[:1]), about(reference, 1, both), about(reference, 2, [-1])])
    return folder


def about(reference: dict[str, Any], number: int, annotations: list[int]) -> dict[str, Any]:
    sentence = {**reference["sentences"][0], "sent_id": number, "exist": annotations != [-1]}
    names_nothing = {"no_target": annotations == [-1], "category_id": [DOG] * len(annotations)}
    return reference | names_nothing | {"ref_id": number, "ann_id": annotations, "sentences": [sentence]}


def write(folder: Path, references: object) -> None:
    (folder / "grefs(unc).json").write_text(json.dumps(references))


def test_a_sentence_may_name_one_thing_several_or_nothing(folder: Path) -> None:
    one, two, none = GrefcocoReader(folder).read("val")
    assert (one.mask().sum(), two.mask().sum(), none.mask().sum()) == (400, 400 + 144, 0)
    assert (one.mask() & two.mask()).sum() == 400
    assert none.annotation == {"union": []}
    assert [sample.sample_id for sample in (one, two, none)] == ["grefcoco/0", "grefcoco/1", "grefcoco/2"]
    assert [(sample.ann_id, sample.category_id) for sample in (one, two, none)] == [
        (ann_id(1, 0), DOG),
        (-1, -1),
        (-1, -1),
    ]


def test_a_split_that_is_not_there_lists_those_that_are(folder: Path) -> None:
    assert GrefcocoReader(folder).splits() == ("train", "val", "testA", "testB")
    with pytest.raises(DataError, match=r"no split 'train'; it has val \(3\)"):
        GrefcocoReader(folder).read("train")


@pytest.mark.parametrize("numbers", [[777], [-1, ann_id(1, 0)], ["10"], [[10]]])
def test_annotations_that_are_not_there_are_named(folder: Path, numbers: list[Any]) -> None:
    references = json.loads((folder / "grefs(unc).json").read_text())
    references[0]["ann_id"] = numbers
    write(folder, references)
    with pytest.raises(DataError, match=r"reference 0: annotation .* is not in instances\.json"):
        GrefcocoReader(folder).read("val")


def test_a_missing_file_or_key_is_named(folder: Path) -> None:
    write(folder, [{"ref_id": 4}])
    with pytest.raises(DataError, match=r"grefs\(unc\)\.json: reference 4 lacks image_id"):
        GrefcocoReader(folder).read("val")
    (folder / "grefs(unc).json").unlink()
    with pytest.raises(DataError, match=r"grefs\(unc\)\.json: no such file"):
        GrefcocoReader(folder).read("val")
