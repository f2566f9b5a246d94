"""What tells that data changed while a run was stopped."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refseg_cli.data.samples import Sample
from refseg_cli.data.stored_samples import StoredMapping
from refseg_cli.engine.data_fingerprint import check_data, data_fingerprint, until_mended
from refseg_cli.errors import DataError

RUN = Path("runs/mine/one")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    root.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(root / "photo.png")
    paint_mask(root, 100)
    return root


def paint_mask(root: Path, column: int) -> None:
    mask = np.zeros((200, 300), dtype=np.uint8)
    mask[50:150, column : column + 50] = 255
    Image.fromarray(mask).save(root / "mask.png")


def samples(root: Path, stored: bool = False) -> list[Sample]:
    whole = {"png": str(root / "mask.png")}
    annotation = {"union": [whole, {"segmentation": [[1, 1, 5, 1, 5, 5]]}]}
    found = StoredMapping(json.dumps(annotation).encode()) if stored else annotation
    return [Sample("mine/0", 0, root / "photo.png", "dog", found, 200, 300)]


@pytest.mark.parametrize("stored", [False, True])
def test_a_repainted_mask_is_noticed(root: Path, stored: bool) -> None:
    before = data_fingerprint(samples(root, stored), root)
    paint_mask(root, 101)
    with pytest.raises(DataError, match=r"^runs/mine/one: the files of the masks changed since"):
        check_data(before, data_fingerprint(samples(root, stored), root), RUN)


def test_one_pixel_in_the_middle_of_a_large_png_is_noticed(root: Path) -> None:
    before = data_fingerprint(samples(root), root)
    size = (root / "photo.png").stat().st_size
    pixels = np.array(Image.open(root / "photo.png"))
    pixels[100, 150] ^= 1
    Image.fromarray(pixels).save(root / "photo.png")
    assert size > 100_000
    with pytest.raises(DataError, match="the files of the photos changed since"):
        check_data(before, data_fingerprint(samples(root), root), RUN)


def test_a_copy_made_at_another_time_is_the_same_data(root: Path, tmp_path: Path) -> None:
    before = data_fingerprint(samples(root), root)
    copy = shutil.copytree(root, tmp_path / "copy")
    os.utime(copy / "photo.png", (1, 1))
    check_data(before, data_fingerprint(samples(copy), copy), RUN)


def test_states_that_know_of_no_files_go_on(root: Path) -> None:
    now = data_fingerprint(samples(root), root)
    check_data({side: value for side, value in now.items() if not side.endswith("_files")}, now, RUN)


def test_a_missing_file_is_left_to_the_step_that_needs_it_and_may_be_mended(root: Path) -> None:
    before = data_fingerprint(samples(root), root)
    (root / "photo.png").unlink()
    now = data_fingerprint(samples(root), root)
    check_data(before, now, RUN)
    Image.new("RGB", (300, 200)).save(root / "photo.png")
    mended = data_fingerprint(samples(root), root)
    check_data(now, mended, RUN)
    check_data(until_mended(before), mended, RUN)
    with pytest.raises(DataError, match="the files of the photos"):
        check_data(before, mended, RUN)


def test_drawn_samples_have_no_files(root: Path) -> None:
    drawn = [Sample("shapes/0", 0, root / "none.png", "dog", {"shapes": {}}, 200, 300)]
    assert data_fingerprint(drawn, root)["photo_files"] is not None
