import os
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from masks_made import mask_of
from numbered_videos import HEIGHT, WIDTH
from PIL import Image
from video_folders import write_a2d, write_refvos

from refseg_cli.data.readers.a2d import A2dReader
from refseg_cli.data.readers.refvos import RefVosReader
from refseg_cli.data.samples import Sample
from refseg_cli.engine.submission import (
    Fault,
    check_submission,
    mask_name,
    pack,
    refuse_faulty,
    wanted_masks,
    write_submitted,
)
from refseg_cli.errors import DataError


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    videos = {"first": [("a dog", None), ("a cat", None)], "second": [("a man", None)]}
    write_refvos(tmp_path / "data", "valid", videos)
    return RefVosReader("refer-youtube-vos", tmp_path / "data").read("valid")


@pytest.fixture
def submission(samples: list[Sample], tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    for sample in samples:
        for frame in range(3):
            write_submitted(folder, sample, frame, mask_of(frame, 3) & (frame > 0))
    return folder


def faults(source: Path, samples: list[Sample]) -> list[tuple[str, str]]:
    return [(fault.kind, fault.name) for fault in check_submission(source, wanted_masks(samples))]


def test_a_video_that_is_a_file_goes_by_its_name_without_the_ending(tmp_path: Path) -> None:
    sample = A2dReader(write_a2d(tmp_path / "a2d")).read("test")[0]
    assert mask_name(sample, 4) == "Annotations/T6bNPuKV-wY/0/00005.png"


FIRST = "Annotations/first/0/00000.png"


def test_every_frame_of_every_sentence_has_its_place(samples: list[Sample], submission: Path) -> None:
    names = {path.relative_to(submission).as_posix() for path in submission.rglob("*.png")}
    assert (
        names
        == set(wanted_masks(samples))
        == {
            f"Annotations/{video}/{frame}.png"
            for video in ("first/0", "first/1", "second/0")
            for frame in ("00000", "00005", "00010")
        }
    )
    assert set(wanted_masks(samples).values()) == {(HEIGHT, WIDTH)}
    with Image.open(submission / "Annotations/first/1/00005.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), 255 * mask_of(1, 3))


def test_a_whole_submission_has_no_faults_as_folder_and_as_zip(
    samples: list[Sample], submission: Path, tmp_path: Path
) -> None:
    pack(submission, tmp_path / "out.zip")
    assert faults(submission, samples) == faults(tmp_path / "out.zip", samples) == []
    refuse_faulty(submission, [])


def test_the_same_masks_give_the_same_archive(submission: Path, tmp_path: Path) -> None:
    pack(submission, tmp_path / "a.zip")
    for path in submission.rglob("*.png"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    pack(submission, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert archive.testzip() is None


def test_what_is_missing_and_what_is_too_much_is_named(
    samples: list[Sample], submission: Path, tmp_path: Path
) -> None:
    (submission / FIRST).rename(submission / "Annotations/first/0/0.png")
    (submission / "readme.txt").write_text("hello")
    expected = [("missing", FIRST), ("extra", "Annotations/first/0/0.png")]
    assert faults(submission, samples) == [*expected, ("extra", "readme.txt")]
    pack(submission, tmp_path / "out.zip")  # packs the masks alone
    assert faults(tmp_path / "out.zip", samples) == expected


def test_an_archive_with_another_folder_in_front_or_a_name_twice_is_faulty(
    samples: list[Sample], submission: Path, tmp_path: Path
) -> None:
    names = sorted(wanted_masks(samples))
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        for name in names:
            archive.write(submission / name, f"out/{name}")
    kinds = [kind for kind, _ in faults(tmp_path / "out.zip", samples)]
    assert kinds == ["missing"] * 9 + ["extra"] * 9
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        for name in names:
            archive.write(submission / name, name)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.write(submission / FIRST, FIRST)
    assert check_submission(tmp_path / "twice.zip", wanted_masks(samples)) == [
        Fault("extra", FIRST, "is there twice")
    ]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("mode", "size", "pixel", "kind"),
    [
        ("L", (WIDTH, HEIGHT), 255, None),
        ("L", (WIDTH, HEIGHT), 1, None),
        ("P", (WIDTH, HEIGHT), 1, None),
        ("1", (WIDTH, HEIGHT), 1, None),
        ("L", (WIDTH, HEIGHT), 128, "not binary"),
        ("P", (WIDTH, HEIGHT), 2, "not binary"),
        ("I;16", (WIDTH, HEIGHT), 1, "not binary"),
        ("RGB", (WIDTH, HEIGHT), (255, 255, 255), "not binary"),
        ("LA", (WIDTH, HEIGHT), (255, 255), "not binary"),
        ("L", (HEIGHT, WIDTH), 255, "of another size"),
        ("L", (30_000, 30_000), 0, "unreadable"),
    ],
)
def test_masks_are_of_the_videos_size_and_binary(
    samples: list[Sample], submission: Path, tmp_path: Path, mode, size, pixel, kind, packed: bool
) -> None:
    picture = Image.new(mode, size if size[0] < 1000 else (1, 1))
    if mode == "P":
        picture.putpalette(bytes(range(256)) * 3)
    picture.putpixel((0, 0), pixel)
    picture.save(submission / FIRST)
    if size[0] > 1000:  # says that it is large, and would fill the memory
        content = bytearray((submission / FIRST).read_bytes())
        content[16:24] = b"".join(side.to_bytes(4, "big") for side in size)
        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
        (submission / FIRST).write_bytes(content)
    source = submission
    if packed:
        pack(submission, source := tmp_path / "out.zip")
    assert faults(source, samples) == ([] if kind is None else [(kind, FIRST)])


@pytest.mark.parametrize("content", [b"", b"no picture", b"GIF89a" + bytes(50), None])
def test_a_file_that_is_no_whole_png_is_told(
    samples: list[Sample], submission: Path, content: bytes | None
) -> None:
    whole = (submission / "Annotations/first/0/00010.png").read_bytes()
    (submission / FIRST).write_bytes(whole[: len(whole) - 30] if content is None else content)
    assert faults(submission, samples) == [("unreadable", FIRST)]


def test_a_damaged_archive_is_told(samples: list[Sample], submission: Path, tmp_path: Path) -> None:
    pack(submission, tmp_path / "out.zip")
    content = bytearray((tmp_path / "out.zip").read_bytes())
    place = content.index(b"IDAT")
    content[place + 6 : place + 12] = bytes(6)
    (tmp_path / "damaged.zip").write_bytes(content)
    assert faults(tmp_path / "damaged.zip", samples) == [("unreadable", FIRST)]
    (tmp_path / "cut.zip").write_bytes(content[: len(content) // 2])
    for name in ("cut.zip", "none.zip"):
        with pytest.raises(DataError, match=name):
            check_submission(tmp_path / name, wanted_masks(samples))


def test_faults_are_refused_in_one_line_with_the_first_of_each_kind(tmp_path: Path) -> None:
    found = [
        Fault("missing", "Annotations/a/0/1.png"),
        Fault("missing", "Annotations/a/0/2.png"),
        Fault("of another size", "Annotations/b/0/1.png", "is 4x4 and not 64x48"),
    ]
    with pytest.raises(DataError) as caught:
        refuse_faulty(tmp_path / "out.zip", found)
    assert str(caught.value).endswith(
        "out.zip cannot be submitted: masks 2 missing (such as Annotations/a/0/1.png), 1 of another size "
        f"(such as Annotations/b/0/1.png is 4x4 and not 64x48); look at it with: unzip -l {tmp_path}/out.zip"
    )


def test_nothing_to_pack_and_photos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no masks to pack"):
        pack(tmp_path, tmp_path / "out.zip")
    with pytest.raises(ValueError, match="is a photo"):
        mask_name(Sample("mine/0", 0, Path("1.jpg"), "dog", {}, 4, 4), 0)
