"""Clips written as Refer-YouTube-VOS keeps its own: whole or not at all, and read back by its reader."""

import json

import numpy as np
import pytest
from PIL import Image

from refseg_cli.data.readers.refvos import RefVosReader
from refseg_cli.data.shapes import motion_folder, motion_reader
from refseg_cli.data.shapes.motion_folder import write_motion
from refseg_cli.data.shapes.motion_reader import MotionReader
from refseg_cli.errors import DataError, UsageError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "motion"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(motion_reader, "CLIPS", 2)
        write_motion(folder, size=2, seed=2)
    return folder


@pytest.fixture(autouse=True)
def few_clips(monkeypatch):
    monkeypatch.setattr(motion_reader, "CLIPS", 2)


@pytest.mark.parametrize(("split", "own"), [("train", "train"), ("valid", "val"), ("test", "test")])
def test_the_reader_of_the_layout_reads_the_same_samples_back(folder, split, own):
    read, drawn = list(RefVosReader("motion", folder).read(split)), MotionReader(2, 2).read(own)
    assert [sample.expression for sample in read] == [sample.expression for sample in drawn]
    for one, other in zip(read, drawn, strict=True):
        assert one.clip.annotated == other.clip.annotated
        for frame in (0, 8, 15):
            np.testing.assert_array_equal(one.mask(frame), other.mask(frame))
        difference = one.frames([8])[8].astype(int) - other.frames([8])[8]
        assert abs(difference).mean() < 3


def test_expressions_keep_their_word_types_and_kinds(folder):
    videos = json.loads((folder / "meta_expressions/train/meta_expressions.json").read_text())["videos"]
    written = [record for video in videos.values() for record in video["expressions"].values()]
    for record, sample in zip(written, MotionReader(2, 2).read("train"), strict=True):
        assert (tuple(record["word_types"]), record["kind"]) == (sample.word_types, sample.kind)


def test_masks_are_palette_pictures_with_the_number_of_each_object(folder):
    categories = json.loads((folder / "train/meta.json").read_text())["videos"]["train-000000"]["objects"]
    with Image.open(folder / "train/Annotations/train-000000/00008.png") as picture:
        assert picture.mode == "P"
        values = set(np.unique(np.array(picture)).tolist())
    assert values == {0, *map(int, categories)}


def test_a_folder_that_is_there_is_left_alone(folder):
    with pytest.raises(UsageError, match="exists"):
        write_motion(folder, size=1, seed=0)


def test_a_folder_in_a_missing_one_is_refused(tmp_path):
    with pytest.raises(DataError, match="mkdir -p"):
        write_motion(tmp_path / "missing" / "motion", size=1, seed=0)


def test_an_interrupted_writer_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(motion_folder, "_write_json", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_motion(tmp_path / "motion", size=1, seed=0)
    assert list(tmp_path.iterdir()) == []
