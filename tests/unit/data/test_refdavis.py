from pathlib import Path

import numpy as np
import pytest
from masks_made import mask_of, write_palette
from numbered_videos import number_in
from video_folders import write_pictures, write_refvos

from refseg_cli.data.readers.base import Reader
from refseg_cli.data.readers.refdavis import RefDavisReader, ref_davis17
from refseg_cli.errors import DataError

VIDEOS = {"classic-car": "train", "dogs-scale": "train", "motorbike": "train", "camel": "val"}
TEXTS = {
    "Davis17_annot1.txt": ("utf-8", "1a"),
    "Davis17_annot1_full_video.txt": ("utf-8", "1b"),
    "Davis17_annot2.txt": ("latin-1", "2a é"),
    "Davis17_annot2_full_video.txt": ("latin-1", "2b é"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ref-DAVIS17 with two objects a video, whose masks lie where the unsupervised track has them."""
    davis, texts = tmp_path / "DAVIS", tmp_path / "davis_text_annotations"
    (davis / "ImageSets" / "2017").mkdir(parents=True)
    texts.mkdir()
    for split in ("train", "val"):
        names = [name for name, part in VIDEOS.items() if part == split]
        (davis / "ImageSets" / "2017" / f"{split}.txt").write_text("\n".join(names) + "\n")
    for name in VIDEOS:
        write_pictures(davis / "JPEGImages" / "480p" / name, ["00000.jpg", "00001.jpg"])
        for number in range(2):
            masks = {thing: mask_of(thing, number) for thing in (1, 2)}
            write_palette(davis / "Annotations_unsupervised" / "480p" / name / f"{number:05d}.png", masks)
    written = {"classic-car": "clasic-car", "dogs-scale": "dog-scale", "motorbike": "motor-bike"}
    for text, (encoding, words) in TEXTS.items():
        lines = [
            f'{written.get(name, name)} {thing} "{name} {thing} {words}"'
            for thing in (2, 1)
            for name in VIDEOS
        ]
        (texts / text).write_text("\n".join(lines) + "\n\n", encoding=encoding)
    return tmp_path


def test_the_sentences_of_a_video_come_in_the_order_of_those_who_convert_it(folder: Path) -> None:
    reader: Reader = ref_davis17(folder)
    samples = reader.read("val")
    assert [sample.sample_id for sample in samples] == [f"ref-davis17/camel/{number}" for number in range(8)]
    assert [sample.expression for sample in samples] == [
        f"camel {thing} {words}" for thing in (1, 2) for words in ("1a", "1b", "2a é", "2b é")
    ]
    assert [(sample.ann_id, sample.ref_id) for sample in samples] == [(1, 0)] * 4 + [(2, 1)] * 4


def test_every_frame_has_masks(folder: Path) -> None:
    for sample in ref_davis17(folder).read("val"):
        assert sample.clip is not None
        assert sample.clip.annotated == (0, 1)
        for frame in (0, 1):
            np.testing.assert_array_equal(sample.mask(frame), mask_of(sample.ann_id, frame))
            assert number_in(sample.frames([frame])[frame]) == frame


def test_slips_in_the_names_of_videos_are_mended(folder: Path) -> None:
    samples = ref_davis17(folder).read("train")
    assert {sample.image_path.name for sample in samples} == {"classic-car", "dogs-scale", "motorbike"}
    assert all(sample.expression.startswith(sample.image_path.name) for sample in samples)
    assert len(samples) == 3 * 8


def test_masks_of_the_first_release_serve_where_the_others_are_not(folder: Path) -> None:
    (folder / "DAVIS" / "Annotations_unsupervised").rename(folder / "DAVIS" / "Annotations")
    sample = ref_davis17(folder).read("val")[0]
    np.testing.assert_array_equal(sample.mask(1), mask_of(1, 1))


def test_the_converted_layout_gives_the_same_names(folder: Path, tmp_path: Path) -> None:
    said = [(sample.expression, sample.ann_id) for sample in ref_davis17(folder).read("val")]
    converted = ref_davis17(write_refvos(tmp_path / "converted", "valid", {"camel": said}, step=1))
    assert converted.splits() == RefDavisReader(folder).splits() == ("train", "val")
    original, same = (reader.read("val") for reader in (ref_davis17(folder), converted))
    for name in ("sample_id", "expression", "ann_id", "ref_id", "dataset", "split", "provenance"):
        assert [getattr(sample, name) for sample in original] == [getattr(sample, name) for sample in same]


def test_what_is_missing_or_broken_is_named(folder: Path) -> None:
    text = folder / "davis_text_annotations" / "Davis17_annot2.txt"
    said = text.read_text(encoding="latin-1")
    text.write_text("camel 1\n", encoding="latin-1")
    with pytest.raises(
        DataError, match=r'annot2\.txt: line 1 is not: video object "sentence"; .* ref-davis17'
    ):
        ref_davis17(folder).read("val")
    text.write_text(said, encoding="latin-1")
    listed = folder / "DAVIS" / "ImageSets" / "2017" / "val.txt"
    write_pictures(folder / "DAVIS" / "JPEGImages" / "480p" / "zebra", ["00000.jpg"])
    for name, reason in (
        ("zebra", "nothing is said of video zebra"),
        ("unknown", "unknown: has no pictures"),
    ):
        listed.write_text(f"{name}\n")
        with pytest.raises(DataError, match=reason):
            ref_davis17(folder).read("val")
    text.unlink()
    with pytest.raises(DataError, match=r"Davis17_annot2\.txt: no such file; .* refseg download ref-davis17"):
        ref_davis17(folder).read("val")
    with pytest.raises(DataError, match="ref-davis17: no split 'valid'; it has train, val"):
        ref_davis17(folder).read("valid")
