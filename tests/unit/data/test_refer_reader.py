"""The traps of REFER's files, one by one."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask as rle
import pytest
from refer_folders import HEIGHT, WIDTH, ann_id, write_refer_folder

from refseg_cli.data.readers.refer import ReferReader, find_images
from refseg_cli.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_refer_folder(tmp_path / "refcoco")


def change(path: Path, how: Callable[[Any], object]) -> None:
    """Change the content of a JSON file or a pickle in place."""
    content = json.loads(path.read_bytes()) if path.suffix == ".json" else pickle.loads(path.read_bytes())
    how(content)
    path.write_bytes(json.dumps(content).encode() if path.suffix == ".json" else pickle.dumps(content, 2))


def test_samples_say_what_they_are_of(folder: Path) -> None:
    reader = ReferReader("unc", folder, "refs(unc).p", provenance="photos: COCO", kind="human")
    samples = reader.read("val")
    assert [sample.sample_id for sample in samples] == ["unc/10", "unc/11", "unc/20", "unc/21"]
    assert {(sample.dataset, sample.split) for sample in samples} == {("unc", "val")}
    assert {(sample.provenance, sample.kind) for sample in samples} == {("photos: COCO", "human")}
    assert reader.sources("val") == (folder / "refs(unc).p", folder / "instances.json")


def test_a_sample_of_test_a_says_test_a_whatever_letters_its_mark_has(folder: Path) -> None:
    change(folder / "refs(unc).p", lambda references: references[0].update(split="testAC"))
    assert [sample.split for sample in ReferReader("unc", folder, "refs(unc).p").read("testA")] == ["testA"]


@pytest.mark.parametrize(
    ("folder_name", "refs", "splits"),
    [
        ("refcoco", "refs(unc).p", ("train", "val", "testA", "testB")),
        ("refcocog", "refs(google).p", ("train", "val")),
        ("refcocog", "refs(umd).p", ("train", "val", "test")),
        ("refclef", "refs(unc).p", ("train", "val", "testA", "testB", "testC")),
        ("refclef", "refs(berkeley).p", ("train", "val", "test")),
        ("mine", "refs(mine).p", ()),
    ],
)
def test_the_public_splits_are_known_by_the_pickle(
    folder_name: str, refs: str, splits: tuple[str, ...], tmp_path: Path
) -> None:
    assert ReferReader("x", tmp_path / folder_name, refs).splits() == splits


def test_photos_need_not_be_there_to_read_about_them(folder: Path) -> None:
    (folder / "images").rename(folder / "elsewhere")
    samples = ReferReader("unc", folder, "refs(unc).p").read("val")
    expected = folder.parent / "images/mscoco/images/train2014/COCO_train2014_000000000001.jpg"
    assert samples[0].image_path == expected


def test_photos_of_refclef_lie_flat_in_a_folder_of_their_own(tmp_path: Path) -> None:
    photos = tmp_path / "images" / "saiapr_tc-12"
    photos.mkdir(parents=True)
    (tmp_path / "images/mscoco/images/train2014").mkdir(parents=True)
    assert find_images(tmp_path / "refclef") == photos
    assert ReferReader("refclef", tmp_path / "refclef", "refs(unc).p").images == photos


def test_the_repr_changes_when_the_photos_are_found_elsewhere(folder: Path) -> None:
    before = repr(ReferReader("unc", folder, "refs(unc).p"))
    (folder / "images").rename(folder / "elsewhere")
    assert repr(ReferReader("unc", folder, "refs(unc).p")) != before


def test_run_lengths_of_refclef_are_united_also_where_they_overlap(folder: Path) -> None:
    parts = np.zeros((2, HEIGHT, WIDTH), dtype=np.uint8)
    parts[0, 5:20, 5:30] = 1
    parts[1, 10:30, 20:50] = 1
    assert parts.sum(axis=0).max() == 2  # what REFER's own sum would call the overlap
    encoded = [rle.encode(np.asfortranarray(part)) for part in parts]
    texts = [{"size": part["size"], "counts": part["counts"].decode("ascii")} for part in encoded]
    change(folder / "instances.json", lambda content: content["annotations"][0].update(segmentation=texts))
    mask = ReferReader("refclef", folder, "refs(unc).p").read("val")[0].mask()
    assert mask.dtype == bool
    assert np.array_equal(mask, parts.any(axis=0))


def test_run_lengths_of_a_crowd_are_read(folder: Path) -> None:
    counts = [0, 3 * HEIGHT, (WIDTH - 3) * HEIGHT]  # the three columns at the left
    crowd = {"iscrowd": 1, "segmentation": {"size": [HEIGHT, WIDTH], "counts": counts}}
    change(folder / "instances.json", lambda content: content["annotations"][0].update(crowd))
    mask = ReferReader("unc", folder, "refs(unc).p").read("val")[0].mask()
    assert mask[:, :3].all()
    assert not mask[:, 3:].any()


def test_annotations_that_nobody_speaks_of_give_no_sample(folder: Path) -> None:
    change(folder / "refs(unc).p", lambda references: references.__delitem__(slice(1, None)))
    samples = ReferReader("unc", folder, "refs(unc).p").read("val")
    assert [sample.ann_id for sample in samples] == [ann_id(1, 0)]


def python_2(value: object) -> bytes:
    """Write lists, dicts, text and numbers as Python 2 pickled them: byte strings and long numbers."""
    if isinstance(value, dict):
        return b"}(" + b"".join(python_2(key) + python_2(each) for key, each in value.items()) + b"u"
    if isinstance(value, list):
        return b"](" + b"".join(map(python_2, value)) + b"e"
    if isinstance(value, str):
        return b"T" + len(value).to_bytes(4, "little") + value.encode("latin-1")
    return b"L%dL\n" % value


def test_a_pickle_of_python_2_is_read_as_latin_1_and_its_cleaned_sentence_is_taken(folder: Path) -> None:
    references = pickle.loads((folder / "refs(unc).p").read_bytes())
    references[0]["sentences"][0] |= {"sent": "caf\xe9 sign", "raw": "CAF\xc9  sign!!"}
    (folder / "refs(unc).p").write_bytes(b"\x80\x02" + python_2(references) + b".")
    samples = ReferReader("unc", folder, "refs(unc).p").read("val")
    assert samples[0].expression == "café sign"
    assert len(samples) == 4


@pytest.mark.parametrize(
    ("table", "key", "record"),
    [
        ("images", "id", "image number 1"),
        ("images", "file_name", "image 1"),
        ("images", "height", "image 1"),
        ("images", "width", "image 1"),
        ("annotations", "id", "annotation number 1"),
        ("annotations", "image_id", "annotation 10"),
    ],
)
def test_what_instances_json_lacks_is_named_with_file_and_record(
    folder: Path, table: str, key: str, record: str
) -> None:
    change(folder / "instances.json", lambda content: content[table][0].pop(key))
    with pytest.raises(DataError, match=rf"instances\.json: {record} lacks {key}; mend it"):
        ReferReader("unc", folder, "refs(unc).p").read("val")


@pytest.mark.parametrize("key", ["ref_id", "ann_id", "image_id", "split", "sentences"])
def test_what_a_reference_lacks_is_named(folder: Path, key: str) -> None:
    change(folder / "refs(unc).p", lambda references: references[1].pop(key))
    record = "number 2" if key == "ref_id" else "11"
    with pytest.raises(DataError, match=rf"refs\(unc\)\.p: reference {record} lacks {key}; mend"):
        ReferReader("unc", folder, "refs(unc).p").read("val")


@pytest.mark.parametrize("key", ["sent", "sent_id"])
def test_what_a_sentence_lacks_is_named(folder: Path, key: str) -> None:
    change(folder / "refs(unc).p", lambda references: references[1]["sentences"][0].pop(key))
    with pytest.raises(DataError, match=rf"refs\(unc\)\.p: reference 11: sentence .*1 lacks {key}; mend"):
        ReferReader("unc", folder, "refs(unc).p").read("val")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"images": 3}, "it has no list of images"),
        ({"images": [3]}, "image number 1 is 3, not a record"),
        ({"images": [{"id": "7"}]}, "has the id '7', which is not a whole number"),
        ({"annotations": [{"id": 1, "image_id": None}]}, "annotation 1 has the image_id None"),
    ],
)
def test_values_of_another_type_are_named(folder: Path, value: dict[str, Any], complaint: str) -> None:
    change(folder / "instances.json", lambda content: content.update(value))
    with pytest.raises(DataError, match=complaint):
        ReferReader("unc", folder, "refs(unc).p").read("val")


def test_the_splits_of_one_s_own_references_are_those_of_the_file(folder: Path) -> None:
    mine = (folder / "refs(unc).p").rename(folder / "refs(mine).p")
    change(mine, lambda references: references[0].update(split="test-unseen"))
    assert ReferReader("mine", folder, mine.name).splits() == ("test-unseen", "val")
    mine.write_bytes(b"broken")
    assert ReferReader("mine", folder, mine.name).splits() == ()


def test_the_types_of_words_are_kept_and_those_that_are_no_texts_refused(folder: Path) -> None:
    refs = folder / "refs(unc).p"
    change(refs, lambda content: content[0]["sentences"][0].update(word_types=["location", "entity"]))
    assert ReferReader("unc", folder, refs.name).read("val")[0].word_types == ("location", "entity")
    for addition in ({"word_types": [["deep"]]}, {"kind": ["deep"]}):
        change(refs, lambda content, addition=addition: content[0]["sentences"][0].update(addition))  # type: ignore[misc]
        with pytest.raises(DataError, match=r"sentence 10 has .* no"):
            ReferReader("unc", folder, refs.name).read("val")


def test_a_file_cannot_point_to_files_on_the_disk(folder: Path) -> None:
    change(folder / "instances.json", lambda content: content["annotations"][0].update(png="/secret.png"))
    assert "png" not in ReferReader("unc", folder, "refs(unc).p").read("val")[0].annotation


def test_numbers_that_are_there_twice_are_refused(folder: Path) -> None:
    instances, refs = folder / "instances.json", folder / "refs(unc).p"
    whole = refs.read_bytes(), instances.read_bytes()
    change(refs, lambda content: content[1]["sentences"][0].update(sent_id=10))
    with pytest.raises(DataError, match="unc/10: references 10 and 11 both have a sentence of this number"):
        ReferReader("unc", folder, refs.name).read("val")
    refs.write_bytes(whole[0])
    for table in ("image", "annotation"):
        instances.write_bytes(whole[1])
        change(instances, lambda content, key=f"{table}s": content[key].append(content[key][0]))  # type: ignore[misc]
        with pytest.raises(DataError, match=rf"instances\.json: {table} \d+ is there twice"):
            ReferReader("unc", folder, refs.name).read("val")


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        ({"width": 0}, "image 1 has no width or height"),
        ({"height": -5}, "image 1 has no width or height"),
        ({"id": 2**63}, "image a huge number has a id of more than 63 bits"),
        ({"width": 10**4000}, "image 1 has a width of more than 63 bits"),
    ],
)
def test_sizes_and_numbers_that_cannot_be_are_refused(
    folder: Path, addition: dict[str, int], complaint: str
) -> None:
    change(folder / "instances.json", lambda content: content["images"][0].update(addition))
    with pytest.raises(DataError, match=rf"instances\.json: {complaint}"):
        ReferReader("unc", folder, "refs(unc).p").read("val")


def test_json_that_is_nested_too_deep_is_an_error_not_a_crash(folder: Path) -> None:
    (folder / "instances.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match=r"instances\.json: not JSON"):
        ReferReader("unc", folder, "refs(unc).p").read("val")
