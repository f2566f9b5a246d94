import pickle
import shutil
from pathlib import Path

import pytest
from refer_folders import DOG, write_refer_folder

from refseg_cli.data.splits import HUMAN_SETS, human_parts, is_choice
from refseg_cli.engine.selection import Wanted, select
from refseg_cli.errors import DataError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_refer_folder(tmp_path / "tiny")


@pytest.fixture
def human(tmp_path: Path) -> Path:
    """Three sets that share photos, as in `refcoco_human`."""
    for name, refs in HUMAN_SETS:
        place = write_refer_folder(tmp_path / "human" / name, refs, pseudo_mask=True)
        photos = tmp_path / "human/images/mscoco/images/train2014"
        shutil.copytree(place / "images", photos, dirs_exist_ok=True)
        shutil.rmtree(place / "images")
    return tmp_path / "human"


def test_a_folder_gives_all_sentences_of_the_split(folder: Path) -> None:
    selection = select(Wanted(str(folder)))
    assert (selection.name, selection.split, selection.part) == ("tiny", "val", None)
    assert [sample.sample_id for sample in selection.samples] == ["tiny/10", "tiny/11", "tiny/20", "tiny/21"]
    assert not selection.partial
    assert not selection.pseudo_masks
    assert selection.image_ids == {1, 2}


def test_photos_that_are_named_as_coco_names_them_are_coco_s(folder: Path, tmp_path: Path) -> None:
    assert select(Wanted(str(folder))).images_from == "COCO"
    file = folder / "instances.json"
    file.write_text(file.read_text().replace("COCO_train2014_", "holiday_"))
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    for photo in (folder / "images").iterdir():
        photo.rename(renamed / photo.name.replace("COCO_train2014_", "holiday_"))
    assert select(Wanted(str(folder), images=renamed)).images_from is None


def test_sentences_that_no_person_wrote_are_not_called_human(folder: Path) -> None:
    assert {sample.kind for sample in select(Wanted(str(folder))).samples} == {"human"}
    (folder / "refs(unc).p").rename(folder / "refs(templated).p")
    assert {sample.kind for sample in select(Wanted(str(folder))).samples} == {"template"}


def test_references_may_lie_elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "refs(unc).p").rename(tmp_path / "phrases.p")
    monkeypatch.chdir(tmp_path)
    assert len(select(Wanted(str(folder), refs=Path("phrases.p"))).samples) == 4


def test_a_file_of_numbers_chooses_photos(folder: Path, tmp_path: Path) -> None:
    wanted = tmp_path / "mine.txt"
    wanted.write_text("2\n77\n")
    selection = select(Wanted(str(folder), only_images=str(wanted)))
    assert [sample.image_id for sample in selection.samples] == [2, 2]
    assert selection.part == "mine"


@pytest.mark.parametrize("content", [None, "two"])
def test_what_is_neither_a_part_nor_a_file_of_numbers_is_refused(
    folder: Path, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "finale"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match="--only-images takes train, choices, final or a file"):
        select(Wanted(str(folder), only_images=str(file)))


def test_the_parts_of_training_photos_are_those_that_training_keeps_to(folder: Path) -> None:
    assert not is_choice(1)
    assert not is_choice(2)
    assert len(select(Wanted(str(folder), only_images="train")).samples) == 4
    with pytest.raises(DataError, match="no sentence is left"):
        select(Wanted(str(folder), only_images="choices"))
    with pytest.raises(UsageError, match="no part final"):
        select(Wanted(str(folder), only_images="final"))


def test_a_limit_takes_the_same_photos_first_whatever_the_order_and_says_so(folder: Path) -> None:
    references = folder / "refs(unc).p"
    references.write_bytes(pickle.dumps(pickle.loads(references.read_bytes())[::-1], 2))
    selection = select(Wanted(str(folder), limit=3))
    assert [sample.sample_id for sample in selection.samples] == ["tiny/20", "tiny/11", "tiny/10"]
    assert (selection.partial, selection.n_available) == (True, 4)
    assert not select(Wanted(str(folder), limit=4)).partial


def test_the_three_human_sets_are_scored_together_and_divided_by_photo(human: Path) -> None:
    everything = select(Wanted(str(human)))
    assert len(everything.samples) == len({sample.sample_id for sample in everything.samples}) == 12
    assert everything.pseudo_masks
    final = select(Wanted(str(human), only_images="final"))
    assert final.image_ids == human_parts(human)["final"] != everything.image_ids
    assert (final.name, final.part, len(final.samples)) == ("human", "final", 6)


def test_one_human_set_is_divided_as_all_three_are(human: Path) -> None:
    final = select(Wanted(str(human / "refcoco+"), only_images="final"))
    assert final.image_ids == human_parts(human)["final"]
    assert len(final.samples) == 2


def test_the_human_sets_have_one_split(human: Path) -> None:
    with pytest.raises(UsageError, match="of one split, val"):
        select(Wanted(str(human), split="testA"))


def test_swap_pairs_are_those_of_the_photos_that_are_scored(folder: Path, tmp_path: Path) -> None:
    assert {pair.image_id for pair in select(Wanted(str(folder))).swap_pairs()} == {1, 2}
    (tmp_path / "one").write_text("2")
    only_two = select(Wanted(str(folder), only_images=str(tmp_path / "one")))
    assert {pair.image_id for pair in only_two.swap_pairs()} == {2}


def test_where_no_category_is_known_there_is_nothing_to_swap(folder: Path, human: Path) -> None:
    file = folder / "instances.json"
    file.write_text(file.read_text().replace(f'"category_id": {DOG}', '"category_id": -1'))
    for dataset in (folder, human):
        with pytest.raises(DataError, match="leave out --swap"):
            select(Wanted(str(dataset))).swap_pairs()
