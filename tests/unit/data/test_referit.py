import json
from pathlib import Path

import numpy as np
import pytest
from masks_made import mask_of, write_segment
from numbered_videos import HEIGHT, WIDTH, number_in, numbered
from PIL import Image

from refseg_cli.data.readers.base import Reader
from refseg_cli.data.readers.referit import ReferitReader, read_queries
from refseg_cli.errors import DataError

QUERIES = {"38685_1": ["sky"], "712_7": ["green part of chair ", "chair"], "38685_2": ["the sea"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """ReferIt with two photos, of which one has two regions."""
    (tmp_path / "images").mkdir()
    (tmp_path / "referit_query_trainval.json").write_text(json.dumps(QUERIES))
    (tmp_path / "referit_query_test.json").write_text(json.dumps({"712_3": ["floor"]}))
    for photo, number in (("38685", 5), ("712", 9)):
        Image.fromarray(numbered(number)).save(tmp_path / "images" / f"{photo}.jpg", quality=95)
    for region in (*QUERIES, "712_3"):
        photo, thing = map(int, region.split("_"))
        write_segment(tmp_path / "mask" / f"{region}.mat", mask_of(thing % 5, photo % 30))
    return tmp_path


@pytest.mark.parametrize(
    ("split", "counts"), [("trainval", (59976, 49515, 9995)), ("test", (60105, 49730, 9994))]
)
def test_the_published_files_have_the_published_counts(
    shared: Path, split: str, counts: tuple[int, int, int]
) -> None:
    queries = read_queries(shared / "data" / "texts" / f"referit_query_{split}.json")
    photos = {region.split("_")[0] for region in queries}
    assert (sum(map(len, queries.values())), len(queries), len(photos)) == counts


def test_a_sentence_is_a_sample_with_the_mask_of_its_region(folder: Path) -> None:
    reader: Reader = ReferitReader(folder)
    assert reader.splits() == ("trainval", "test")
    samples = reader.read("trainval")
    assert [sample.sample_id for sample in samples] == [
        "referit/38685_1/0", "referit/712_7/0", "referit/712_7/1", "referit/38685_2/0",
    ]  # fmt: skip
    assert [sample.expression for sample in samples][1] == "green part of chair"
    assert [(sample.image_id, sample.ann_id, sample.ref_id) for sample in samples] == [
        (38685, 1, 0), (712, 7, 1), (712, 7, 1), (38685, 2, 2),
    ]  # fmt: skip
    for sample in samples:
        assert (sample.height, sample.width) == (HEIGHT, WIDTH)
        assert number_in(sample.image()) == (5 if sample.image_id == 38685 else 9)
        np.testing.assert_array_equal(sample.mask(), mask_of(sample.ann_id % 5, sample.image_id % 30))


def test_a_mask_of_another_size_than_its_photo_is_named(folder: Path) -> None:
    write_segment(folder / "mask" / "712_3.mat", mask_of(0, 0).T)
    (sample,) = ReferitReader(folder).read("test")
    with pytest.raises(DataError, match=r"712_3\.mat: its mask is 48x64 but the picture is 64x48"):
        sample.mask()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file; get it with: refseg download referit"),
        ("", "not JSON"),
        ("[]", "holds no queries"),
        ("{}", "holds no queries"),
        ('{"712": ["floor"]}', "'712' is no photo and region"),
        ('{"712_3": []}', "region 712_3 has no list of sentences"),
        ('{"712_3": "floor"}', "region 712_3 has no list of sentences"),
        ('{"712_3": [7]}', "region 712_3 has no list of sentences"),
    ],
)
def test_a_missing_or_broken_file_of_queries_is_named(folder: Path, content: str | None, reason: str) -> None:
    path = folder / "referit_query_test.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(DataError, match=rf"referit_query_test\.json: {reason}"):
        ReferitReader(folder).read("test")


def test_a_missing_or_broken_photo_and_an_unknown_split_are_named(folder: Path) -> None:
    with pytest.raises(DataError, match="referit: no split 'val'; it has trainval, test"):
        ReferitReader(folder).read("val")
    (folder / "images" / "712.jpg").write_bytes(b"no photo")
    with pytest.raises(DataError, match=r"712\.jpg is not an image that can be read"):
        ReferitReader(folder).read("test")
    (folder / "images" / "712.jpg").unlink()
    with pytest.raises(
        DataError, match=r"712\.jpg: the picture is missing; get it with: refseg download referit"
    ):
        ReferitReader(folder).read("test")
