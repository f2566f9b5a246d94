import os
from pathlib import Path

import numpy as np
import pytest
from masks_made import mask_of, write_h5
from numbered_videos import HEIGHT, WIDTH, number_in, write_video
from video_folders import A2D_LENGTH, write_a2d

from refseg_cli.data.index import indexed
from refseg_cli.data.readers.a2d import A2dReader, read_rows
from refseg_cli.data.readers.base import Reader
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that no test changes."""
    return write_a2d(tmp_path_factory.mktemp("a2d"))


def by_id(samples: list[Sample]) -> dict[str, Sample]:
    return {sample.sample_id.removeprefix("a2d/"): sample for sample in samples}


def test_the_published_file_has_the_published_rows(shared: Path) -> None:
    rows = read_rows(shared / "data" / "texts" / "a2d_annotation.txt")
    assert len(rows) == 6655
    assert len({row.video for row in rows}) == 3754
    (copy,) = (row for row in rows if row.instance is None)
    assert (copy.video, copy.query) == ("T6bNPuKV-wY", "bird standing in the beach")
    assert rows[0].video == "--h5fAKYurM"
    assert max(row.instance or 0 for row in rows) == 15


def test_a_sentence_is_a_sample_with_the_frames_in_which_it_has_a_mask(written: Path) -> None:
    reader: Reader = A2dReader(written)
    samples = by_id(list(reader.read("train")))
    assert list(samples) == ["--h5fAKYurM/0", "--h5fAKYurM/1"]
    second = samples["--h5fAKYurM/1"]
    assert second.expression == "white bird behind the pigeon"
    assert (second.height, second.width, second.dataset, second.split) == (HEIGHT, WIDTH, "a2d", "train")
    assert second.clip is not None
    assert (second.clip.n_frames, second.clip.annotated) == (A2D_LENGTH, (9, 24))
    assert "A2D" in second.provenance


def test_masks_and_frames_belong_together(written: Path) -> None:
    for sample in A2dReader(written, "mttr").read("train"):
        assert sample.clip is not None
        for frame in sample.clip.annotated:
            assert number_in(sample.frames([frame])[frame]) == frame
            np.testing.assert_array_equal(sample.mask(frame), mask_of(sample.ann_id, frame))


def test_a_thing_alone_in_a_frame_counts_for_every_sentence_or_only_for_its_own(written: Path) -> None:
    annotated = {
        protocol: [
            sample.clip and sample.clip.annotated for sample in A2dReader(written, protocol).read("train")
        ]
        for protocol in ("cmpc", "mttr")
    }
    assert annotated == {"cmpc": [(9, 24), (9, 24)], "mttr": [(9,), (9, 24)]}
    first = A2dReader(written).read("train")[0]
    np.testing.assert_array_equal(first.mask(24), mask_of(1, 24))


def test_masks_of_the_same_number_are_one_thing(written: Path) -> None:
    sample = by_id(A2dReader(written).read("test"))["T6bNPuKV-wY/1"]
    assert sample.clip is not None
    assert sample.clip.annotated == (4,)
    np.testing.assert_array_equal(sample.mask(4), mask_of(1, 4) | mask_of(4, 4))


def test_sentences_without_a_mask_are_left_out_and_counted(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = by_id(A2dReader(written).read("test"))
    assert list(samples) == ["T6bNPuKV-wY/0", "T6bNPuKV-wY/1", "T6bNPuKV-wY/2"]
    # "1 (copy)" and the thing that is nowhere; the video without masks is not even counted
    assert "a2d test: left out 2 of 5 sentences, without a number or a mask" in capsys.readouterr().err


def test_an_empty_mask_is_none(tmp_path: Path) -> None:
    folder = write_a2d(tmp_path)
    masks = [mask_of(0, 19), np.zeros((HEIGHT, WIDTH), dtype=bool)]
    write_h5(folder / "a2d_annotation_with_instances" / "--h5fAKYurM" / "00020.h5", masks, [0, 1])
    samples = by_id(A2dReader(folder).read("train"))
    clips = [samples[name].clip for name in ("--h5fAKYurM/0", "--h5fAKYurM/1")]
    assert [clip and clip.annotated for clip in clips] == [(9, 19, 24), (9, 24)]


@pytest.mark.parametrize("digits", [25, 5000])
def test_a_thing_of_a_huge_number_is_refused(tmp_path: Path, digits: int) -> None:
    (tmp_path / "a.txt").write_text(f"video_id,instance_id,query\na,{'9' * digits},b\n")
    with pytest.raises(DataError, match=r"video a has the instance .*, which is no number"):
        read_rows(tmp_path / "a.txt")


def test_masks_and_clips_that_change_are_indexed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path / "cache"))
    folder = write_a2d(tmp_path / "a2d")
    h5 = folder / "a2d_annotation_with_instances" / "--h5fAKYurM" / "00010.h5"
    clip = folder / "Release" / "clips320H" / "--h5fAKYurM.mp4"
    for path in folder.rglob("*"):
        os.utime(path, (1e9, 1e9))
    first = indexed(A2dReader(folder), "train")
    assert indexed(A2dReader(folder), "train")[0].clip == first[0].clip
    write_h5(h5, [mask_of(0, 9), np.zeros((HEIGHT, WIDTH), dtype=bool)], [0, 1])
    changed = indexed(A2dReader(folder), "train")[1].clip
    assert changed is not None
    assert changed.annotated == (24,)
    write_video(clip, A2D_LENGTH - 1)
    changed = indexed(A2dReader(folder), "train")[1].clip
    assert changed is not None
    assert changed.n_frames == A2D_LENGTH - 1


def test_the_frames_are_those_of_the_clip_or_as_listed_while_it_is_not_there(tmp_path: Path) -> None:
    folder = write_a2d(tmp_path)
    clip = folder / "Release" / "clips320H" / "--h5fAKYurM.mp4"
    write_video(clip, A2D_LENGTH - 1)
    assert [s.clip and s.clip.n_frames for s in A2dReader(folder).read("train")] == [A2D_LENGTH - 1] * 2
    clip.unlink()
    assert [s.clip and s.clip.n_frames for s in A2dReader(folder).read("train")] == [A2D_LENGTH] * 2
    write_video(clip, 20)
    with pytest.raises(
        DataError, match=r"--h5fAKYurM\.mp4: has 20 frames, but frame 24 \(from 0\) has masks"
    ):
        A2dReader(folder).read("train")


def test_an_index_gives_the_same_samples(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path))
    reader = A2dReader(written)
    for sample, kept in zip(reader.read("test"), indexed(reader, "test"), strict=True):
        assert sample.clip is not None
        assert (kept.sample_id, kept.clip) == (sample.sample_id, sample.clip)
        frame = sample.clip.annotated[0]
        np.testing.assert_array_equal(kept.mask(frame), sample.mask(frame))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a2d_annotation.txt", None, "no such file; get it with: refseg download a2d"),
        ("a2d_annotation.txt", "", "is empty; get it with: refseg download a2d"),
        ("a2d_annotation.txt", "video_id,instance_id,query\n", "has no rows"),
        (
            "a2d_annotation.txt",
            "video,instance\na,0\n",
            "does not start with the line video_id,instance_id,query",
        ),
        ("a2d_annotation.txt", "video_id,instance_id,query\na,0\n", "line 2 has 2 cells, not 3"),
        ("a2d_annotation.txt", "video_id,instance_id,query\na,one,b\n", "video a has the instance 'one'"),
        (
            "a2d_annotation.txt",
            "video_id,instance_id,query\nnew,0,b\n",
            "video new is not in Release/videoset.csv",
        ),
        ("a2d_missed_videos.txt", None, "no such file"),
        ("Release/videoset.csv", None, "no such file"),
        ("Release/videoset.csv", "a,b\n", "line 1 has 2 cells, not 9"),
        ("Release/videoset.csv", "a,1,,,4,5,six,7,0\n", "line 1 has no number of frames or split"),
        ("a2d_annotation_with_instances/--h5fAKYurM/00010.h5", "no such thing", "not a HDF5 file"),
        ("a2d_annotation_with_instances/--h5fAKYurM/notes.h5", "", "is not named after a frame"),
    ],
)
def test_what_is_missing_or_broken_is_named(
    tmp_path: Path, name: str, content: str | None, reason: str
) -> None:
    folder = write_a2d(tmp_path)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content)
    with pytest.raises(DataError, match=rf"{Path(name).name}: {reason}"):
        A2dReader(folder).read("train")


def test_a_video_without_masks_is_named(tmp_path: Path) -> None:
    folder = write_a2d(tmp_path)
    masks = folder / "a2d_annotation_with_instances" / "--h5fAKYurM"
    masks.rename(masks.with_name("elsewhere"))
    with pytest.raises(DataError, match=r"--h5fAKYurM: has no masks, .* refseg download a2d"):
        A2dReader(folder).read("train")
    write_h5(masks / "00010.h5", [mask_of(0, 1)], [0])
    write_h5(masks / "00011.h5", [mask_of(0, 1).T], [0])
    with pytest.raises(DataError, match="its masks have different sizes"):
        A2dReader(folder).read("train")


def test_an_unknown_split_lists_those_there_are(written: Path) -> None:
    with pytest.raises(DataError, match=r"a2d: no split 'val'; it has train, test: choose one with --split"):
        A2dReader(written).read("val")
