from pathlib import Path

import numpy as np
import pytest
from masks_made import mask_of
from numbered_videos import HEIGHT, WIDTH, number_in
from video_folders import JHMDB_VIDEO, write_jhmdb

from refseg_cli.data.readers.base import Reader
from refseg_cli.data.readers.jhmdb import JhmdbReader
from refseg_cli.data.readers.sources import read_table
from refseg_cli.errors import DataError


def test_the_published_file_has_the_published_rows(shared: Path) -> None:
    text = shared / "data" / "texts" / "jhmdb_annotation.txt"
    rows = read_table(text, "jhmdb", ("video_id", "query"))
    assert len(rows) == 928
    assert len({video for video, _ in rows}) == 928


def test_a_clip_is_found_under_its_action_and_annotated_where_it_has_masks(tmp_path: Path) -> None:
    reader: Reader = JhmdbReader(write_jhmdb(tmp_path, n_frames=6, n_masks=5))
    (sample,) = reader.read("test")
    assert (sample.sample_id, sample.expression) == ("jhmdb/0", "man in black pulling up")
    assert (sample.height, sample.width) == (HEIGHT, WIDTH)
    assert sample.clip is not None
    assert sample.clip.path == tmp_path / "Rename_Images" / "pullup" / JHMDB_VIDEO
    assert (sample.clip.n_frames, sample.clip.annotated) == (6, (0, 1, 2, 3, 4))
    for frame in sample.clip.annotated:
        assert number_in(sample.frames([frame])[frame]) == frame
        np.testing.assert_array_equal(sample.mask(frame), mask_of(2, frame))


def test_a_clip_may_have_more_masks_than_pictures_and_one_mask_alone(tmp_path: Path) -> None:
    (sample,) = JhmdbReader(write_jhmdb(tmp_path / "more", n_frames=3, n_masks=5)).read("test")
    assert sample.clip is not None
    assert sample.clip.annotated == (0, 1, 2)
    (sample,) = JhmdbReader(write_jhmdb(tmp_path / "one", n_frames=2, n_masks=1)).read("test")
    assert sample.clip is not None
    assert sample.clip.annotated == (0,)
    np.testing.assert_array_equal(sample.mask(0), mask_of(2, 0))


def test_a_picture_that_is_missing_from_the_middle_is_noticed_before_frames_shift(tmp_path: Path) -> None:
    folder = write_jhmdb(tmp_path)
    (folder / "Rename_Images" / "pullup" / JHMDB_VIDEO / "00003.png").unlink()
    with pytest.raises(
        DataError, match=r"its pictures are not all there, 00003\.png is missing; .* download jhmdb"
    ):
        JhmdbReader(folder).read("test")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    folder = write_jhmdb(tmp_path)
    with pytest.raises(DataError, match="jhmdb: no split 'train'; it has test"):
        JhmdbReader(folder).read("train")
    (folder / "puppet_mask" / "pullup" / JHMDB_VIDEO / "puppet_mask.mat").unlink()
    with pytest.raises(DataError, match=r"puppet_mask\.mat: no such file of masks"):
        JhmdbReader(folder).read("test")
    (folder / "jhmdb_annotation.txt").write_text("video_id,query\nunknown,a man\n")
    with pytest.raises(DataError, match=r"jhmdb_annotation\.txt: video unknown is not in .*Rename_Images"):
        JhmdbReader(folder).read("test")
    (folder / "jhmdb_annotation.txt").unlink()
    with pytest.raises(
        DataError, match=r"jhmdb_annotation\.txt: no such file; get it with: refseg download jhmdb"
    ):
        JhmdbReader(folder).read("test")
