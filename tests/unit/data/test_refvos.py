import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from masks_made import mask_of
from numbered_videos import HEIGHT, WIDTH, number_in
from video_folders import write_pictures, write_refvos

from refseg_cli.data.readers.base import Reader
from refseg_cli.data.readers.refvos import RefVosReader
from refseg_cli.errors import DataError

NAME = "refer-youtube-vos"
TRAIN = {
    "003234408d": [("a dog on the left", 1), ("the other dog ", 2), ("a dog", 1)],
    "0062f687f1": [("a puppy", 3)],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_refvos(tmp_path / "vos", "train", TRAIN)


def expressions(folder: Path, part: str) -> Path:
    return folder / "meta_expressions" / part / "meta_expressions.json"


def test_a_sentence_is_a_sample_and_the_object_is_its_value_in_the_masks(folder: Path) -> None:
    reader: Reader = RefVosReader(NAME, folder)
    samples = reader.read("train")
    assert [sample.sample_id for sample in samples] == [
        f"{NAME}/{video}/{number}"
        for video, number in (("003234408d", 0), ("003234408d", 1), ("003234408d", 2), ("0062f687f1", 0))
    ]
    assert [sample.expression for sample in samples[:2]] == ["a dog on the left", "the other dog"]
    assert [(sample.image_id, sample.ann_id, sample.ref_id) for sample in samples] == [
        (0, 1, 0), (0, 2, 1), (0, 1, 0), (1, 3, 2),
    ]  # fmt: skip
    assert {(sample.height, sample.width, sample.split) for sample in samples} == {(HEIGHT, WIDTH, "train")}


def test_frames_are_annotated_where_there_is_a_picture_of_masks(folder: Path) -> None:
    for sample in RefVosReader(NAME, folder).read("train"):
        assert sample.clip is not None
        assert sample.clip.names == ("00000.jpg", "00005.jpg", "00010.jpg")
        assert sample.clip.annotated == (0, 1)
        for frame in sample.clip.annotated:
            out_of_sight = (sample.ann_id, frame) == (2, 1)
            expected = mask_of(sample.ann_id, frame) & (not out_of_sight)
            np.testing.assert_array_equal(sample.mask(frame), expected)
            assert number_in(sample.frames([frame])[frame]) == frame


def test_categories_come_from_meta_json(folder: Path) -> None:
    objects = {
        video: {str(thing): {"category": f"kind {thing}"} for _, thing in said}
        for video, said in TRAIN.items()
    }
    meta = {"videos": {video: {"objects": things} for video, things in objects.items()}}
    (folder / "train" / "meta.json").write_text(json.dumps(meta))
    samples = RefVosReader(NAME, folder).read("train")
    assert [sample.annotation["category"] for sample in samples] == ["kind 1", "kind 2", "kind 1", "kind 3"]
    del meta["videos"]["003234408d"]["objects"]["2"]
    (folder / "train" / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(DataError, match=r"meta\.json has no object 2 of video 003234408d"):
        RefVosReader(NAME, folder).read("train")
    del meta["videos"]["0062f687f1"]
    (folder / "train" / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(DataError, match=r"meta\.json: does not say what the objects of video 0062f687f1 are"):
        RefVosReader(NAME, folder).read("train")


def test_sentences_that_do_not_say_what_they_name_have_no_masks(tmp_path: Path) -> None:
    write_refvos(tmp_path, "valid", {"a": [("a dog", None)], "b": [("a cat", None)]})
    for sample in RefVosReader(NAME, tmp_path).read("valid"):
        assert sample.clip is not None
        assert (dict(sample.annotation), sample.clip.annotated, sample.ref_id) == ({}, (), -1)
        assert number_in(sample.frames([2])[2]) == 2


def test_valid_leaves_to_test_what_has_a_file_of_its_own(tmp_path: Path) -> None:
    write_refvos(tmp_path, "valid", {name: [("a dog", None)] for name in "abc"})
    assert len(RefVosReader(NAME, tmp_path).read("valid")) == 3
    listed = json.loads(expressions(tmp_path, "valid").read_text())["videos"]
    expressions(tmp_path, "test").parent.mkdir()
    expressions(tmp_path, "test").write_text(json.dumps({"videos": {"b": listed["b"]}}))
    reader = RefVosReader(NAME, tmp_path)
    ids = {split: [sample.sample_id[-3:] for sample in reader.read(split)] for split in ("valid", "test")}
    assert ids == {"valid": ["a/0", "c/0"], "test": ["b/0"]}
    assert reader.read("test")[0].image_path == tmp_path / "valid" / "JPEGImages" / "b"
    write_pictures(tmp_path / "test" / "JPEGImages" / "b", ["00000.jpg"])
    assert reader.read("test")[0].image_path == tmp_path / "test" / "JPEGImages" / "b"


def _published(shared: Path, folder: Path, name: str) -> RefVosReader:
    """A dataset with a published file of sentences and one small picture of each video."""
    content = json.loads((shared / "data" / "texts" / name).read_text(encoding="utf-8"))
    path = expressions(folder, "valid")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))
    for video, entry in content["videos"].items():
        write_pictures(folder / "valid" / "JPEGImages" / video, [f"{entry['frames'][0]}.jpg"])
        if "obj_id" in next(iter(entry["expressions"].values())):
            write_pictures(folder / "valid" / "Annotations" / video, [f"{entry['frames'][0]}.png"])
    return RefVosReader(NAME, folder, ("val", "valid", "test"))


def test_the_published_file_of_refer_youtube_vos_has_the_published_counts(
    shared: Path, tmp_path: Path
) -> None:
    reader = _published(shared, tmp_path, "ref_youtube_vos_valid_meta_expressions.json")
    samples = reader.read("valid")
    assert (len(samples), len({sample.image_id for sample in samples})) == (2096, 507)
    assert len({sample.sample_id for sample in samples}) == 2096
    listed = json.loads(expressions(tmp_path, "valid").read_text())["videos"]
    expressions(tmp_path, "test").parent.mkdir()
    last = dict(list(listed.items())[202:])
    expressions(tmp_path, "test").write_text(json.dumps({"videos": last}))
    parts = {split: reader.read(split) for split in ("valid", "test")}
    assert [len({sample.image_id for sample in parts[split]}) for split in parts] == [202, 305]
    assert sum(map(len, parts.values())) == 2096


def test_the_converted_file_of_ref_davis17_has_the_published_counts(shared: Path, tmp_path: Path) -> None:
    samples = _published(shared, tmp_path, "ref_davis17_val_meta_expressions.json").read("val")
    counts = [
        len({getattr(sample, name) for sample in samples}) for name in ("sample_id", "ref_id", "image_id")
    ]
    assert counts == [244, 61, 30]


def test_real_videos_are_read(shared: Path) -> None:
    samples = RefVosReader("davis_ref", shared / "data" / "davis_ref", ("val",)).read("val")
    assert (len(samples), len({sample.image_id for sample in samples})) == (36, 9)
    assert sum(sample.clip.n_frames for sample in samples if sample.clip) == 4 * 665
    for sample in samples[::4]:
        assert sample.clip is not None
        assert sample.clip.annotated == tuple(range(sample.clip.n_frames))
        frame = sample.clip.n_frames - 1
        assert sample.frames([frame])[frame].shape == (225, 400, 3)
        assert 0.001 < sample.mask(frame).mean() < 0.5


def _without(*keys: str) -> Any:
    """What takes a key out of a file of sentences."""

    def take(content: dict[str, Any]) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return take


FIRST = ("videos", "003234408d")


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_without("videos"), "lists no videos"),
        (_without(*FIRST, "frames"), "video 003234408d has no list of frames"),
        (_without(*FIRST, "expressions"), "video 003234408d has no expressions"),
        (_without(*FIRST, "expressions", "1", "exp"), "expression 1 of video 003234408d lacks exp"),
        (
            lambda content: content["videos"]["003234408d"]["expressions"]["1"].update(obj_id="two"),
            "expression 1 of video 003234408d has the obj_id 'two', which is no number",
        ),
    ],
)
def test_what_a_file_of_sentences_lacks_is_named(folder: Path, harm: Any, reason: str) -> None:
    content = json.loads(expressions(folder, "train").read_text())
    harm(content)
    expressions(folder, "train").write_text(json.dumps(content))
    with pytest.raises(
        DataError, match=rf"meta_expressions\.json: {reason}; get it with: refseg download {NAME}"
    ):
        RefVosReader(NAME, folder).read("train")


def test_missing_files_are_named(folder: Path) -> None:
    with pytest.raises(
        DataError, match=r"valid/meta_expressions\.json: no such file; .* download refer-youtube-vos"
    ):
        RefVosReader(NAME, folder).read("valid")
    with pytest.raises(DataError, match=f"{NAME}: no split 'val'; it has train, valid, test"):
        RefVosReader(NAME, folder).read("val")
    masks = folder / "train" / "Annotations" / "0062f687f1"
    masks.rename(masks.with_name("elsewhere"))
    with pytest.raises(DataError, match=rf"Annotations/0062f687f1: has no masks, .* download {NAME}"):
        RefVosReader(NAME, folder).read("train")
    (folder / "train" / "JPEGImages" / "003234408d" / "00000.jpg").unlink()
    with pytest.raises(DataError, match=rf"00000\.jpg: the picture is missing; .* download {NAME}"):
        RefVosReader(NAME, folder).read("train")
    expressions(folder, "train").write_text("{")
    with pytest.raises(DataError, match=r"meta_expressions\.json: not JSON"):
        RefVosReader(NAME, folder).read("train")
