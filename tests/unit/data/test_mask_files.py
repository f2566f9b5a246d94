import struct
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from masks_made import mask_of, write_h5, write_palette, write_puppet, write_segment
from numbered_videos import HEIGHT, WIDTH
from PIL import Image
from scipy.io import savemat

from refseg.models.images import read_image
from refseg_cli.data.masks import decode_mask
from refseg_cli.errors import DataError


def decode(annotation: dict[str, Any], frame: int = 0, stem: str = "00001") -> np.ndarray:
    return decode_mask(annotation, HEIGHT, WIDTH, frame, stem)


def test_an_h5_mask_is_turned_from_columns_first_to_rows_first(tmp_path: Path) -> None:
    write_h5(tmp_path / "00001.h5", [mask_of(0, 3), mask_of(1, 3)], [0, 7])
    mask = decode({"h5": str(tmp_path), "instance": 7})
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, mask_of(1, 3))


@pytest.mark.parametrize("ids", [[5, 6], [[5, 6]], [[5], [6]], [5.0, 6.0]], ids=str)
def test_the_numbers_of_things_may_lie_in_any_shape(tmp_path: Path, ids: object) -> None:
    write_h5(tmp_path / "00001.h5", [mask_of(0, 3), mask_of(1, 3)], ids)
    np.testing.assert_array_equal(decode({"h5": str(tmp_path), "instance": 6}), mask_of(1, 3))


@pytest.mark.parametrize("ids", [4, [4], [[4]]], ids=str)
def test_the_mask_of_a_thing_alone_is_taken_for_whatever_is_asked_for(tmp_path: Path, ids: object) -> None:
    write_h5(tmp_path / "00001.h5", [mask_of(1, 3)], ids)
    for instance in (4, 0):
        np.testing.assert_array_equal(decode({"h5": str(tmp_path), "instance": instance}), mask_of(1, 3))


def test_masks_of_the_same_number_are_united_and_a_number_that_is_not_there_has_none(tmp_path: Path) -> None:
    write_h5(tmp_path / "00001.h5", [mask_of(0, 3), mask_of(1, 3), mask_of(2, 3)], [1, 0, 1])
    united = decode({"h5": str(tmp_path), "instance": 1})
    np.testing.assert_array_equal(united, mask_of(0, 3) | mask_of(2, 3))
    assert not decode({"h5": str(tmp_path), "instance": 9}).any()


def test_masks_beyond_the_last_number_belong_to_nothing(tmp_path: Path) -> None:
    write_h5(tmp_path / "00001.h5", [mask_of(0, 3), mask_of(1, 3), mask_of(2, 3)], [0, 1])
    np.testing.assert_array_equal(decode({"h5": str(tmp_path), "instance": 1}), mask_of(1, 3))


def test_a_puppet_mask_has_its_frames_on_the_last_side(tmp_path: Path) -> None:
    path = write_puppet(tmp_path / "a.mat", [mask_of(1, number) for number in range(4)])
    for frame in range(4):
        mask = decode({"mat": str(path), "variable": "part_mask"}, frame)
        np.testing.assert_array_equal(mask, mask_of(1, frame))
    with pytest.raises(DataError, match=r"has masks of 4 frames, none of frame 4"):
        decode({"mat": str(path), "variable": "part_mask"}, 4)


def test_a_saiapr_region_is_where_the_array_is_0(tmp_path: Path) -> None:
    path = write_segment(tmp_path / "1_2.mat", mask_of(3, 9))
    mask = decode({"mat": str(path), "variable": "segimg_t", "value": 0})
    np.testing.assert_array_equal(mask, mask_of(3, 9))


@pytest.mark.parametrize("place", ["file", "folder"])
def test_the_value_of_a_palette_picture_is_the_number_of_the_object(tmp_path: Path, place: str) -> None:
    path = write_palette(tmp_path / "video" / "00005.png", {1: mask_of(0, 2), 3: mask_of(1, 2)})
    annotation = {"png": str(path if place == "file" else path.parent)}
    np.testing.assert_array_equal(decode(annotation | {"value": 3}, stem="00005"), mask_of(1, 2))
    assert not decode(annotation | {"value": 2}, stem="00005").any()
    np.testing.assert_array_equal(decode(annotation, stem="00005"), mask_of(0, 2) | mask_of(1, 2))


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "RGB", "RGBA", "LA"])
def test_a_png_of_any_mode_is_a_mask_where_it_is_not_0(tmp_path: Path, mode: str) -> None:
    mask = mask_of(2, 4)
    if mode == "I;16":
        picture = Image.fromarray(mask.astype(np.uint16) * 300)
    else:
        picture = Image.fromarray(mask.astype(np.uint8) * 255).convert(mode)
    picture.save(tmp_path / "a.png")
    np.testing.assert_array_equal(decode({"png": str(tmp_path / "a.png")}), mask)


def test_a_coloured_png_has_no_numbers_of_objects(tmp_path: Path) -> None:
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a\.png: is a coloured picture"):
        decode({"png": str(tmp_path / "a.png"), "value": 1})


def _annotations(folder: Path, mask: np.ndarray) -> dict[str, dict[str, Any]]:
    """The same mask in a file of each form."""
    return {
        "h5": {"h5": str(write_h5(folder / "h5" / "00001.h5", [mask, mask], [0, 1]).parent), "instance": 0},
        "mat": {"mat": str(write_segment(folder / "a.mat", mask)), "variable": "segimg_t", "value": 0},
        "png": {"png": str(write_palette(folder / "a.png", {1: mask})), "value": 1},
    }


FORMS = ("h5", "mat", "png")


@pytest.mark.parametrize("form", FORMS)
def test_a_mask_of_another_size_than_its_picture_is_named_with_both_sizes(tmp_path: Path, form: str) -> None:
    annotation = _annotations(tmp_path, mask_of(0, 1))[form]
    with pytest.raises(DataError, match=rf"\.{form}: its mask is {WIDTH}x{HEIGHT} but the picture is 60x80"):
        decode_mask(annotation, 80, 60, 0, "00001")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("harm", ["missing", "empty", "text", "truncated"])
def test_a_broken_file_is_named_in_one_line(tmp_path: Path, form: str, harm: str) -> None:
    annotation = _annotations(tmp_path, mask_of(0, 1))[form]
    path = Path(annotation[form])
    path = path / "00001.h5" if form == "h5" else path
    if harm == "missing":
        path.unlink()
    else:
        whole = path.read_bytes()
        path.write_bytes(
            {"empty": b"", "text": b"no such thing" * 99, "truncated": whole[: len(whole) // 2]}[harm]
        )
    reason = {"missing": "no such file of masks", "empty": "is empty"}.get(harm, "not a .* that can be read")
    with pytest.raises(DataError, match=rf"{path.name}: {reason}.*fetch") as caught:
        decode(annotation)
    assert "\n" not in str(caught.value)


def test_what_an_h5_file_lacks_is_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "00001.h5", "w") as file:
        file["instance"] = [0, 1]
        file.create_group("reMask")
    with pytest.raises(DataError, match="its reMask is no array"):
        decode({"h5": str(tmp_path), "instance": 0})
    write_h5(tmp_path / "00001.h5", [mask_of(0, 1)], [0, 1])
    with pytest.raises(DataError, match="has 2 numbers of things, but masks of the shape"):
        decode({"h5": str(tmp_path), "instance": 0})
    with h5py.File(tmp_path / "00001.h5", "w") as file:
        file["reMask"] = [[1]]
    with pytest.raises(DataError, match="has no instance"):
        decode({"h5": str(tmp_path), "instance": 0})


def _hostile(file: h5py.File, folder: Path, trick: str) -> None:
    """Put in place of the masks what would read a file beside it, or fill the memory."""
    shape = (2, WIDTH, HEIGHT)
    secret = folder / "secret.h5"
    if trick == "external link":
        file["reMask"] = h5py.ExternalLink(str(secret), "reMask")
    elif trick == "link within":
        file["inner"] = h5py.ExternalLink(str(secret), "reMask")
        file["reMask"] = h5py.SoftLink("/inner")
    elif trick == "external storage":
        file.create_dataset("reMask", shape, "u1", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])
    elif trick == "virtual":
        layout = h5py.VirtualLayout(shape, "u1")
        layout[:] = h5py.VirtualSource(str(secret), "reMask", shape)
        file.create_virtual_dataset("reMask", layout)
    elif trick == "huge":
        file.create_dataset("reMask", (10**4, 10**4, 10**4), "u1", chunks=(1, 1, 10**4), compression="gzip")
    elif trick == "huge chunk":
        chunks = (2**10, 2**10, 2**10)
        file.create_dataset("reMask", shape, "u1", maxshape=(None,) * 3, chunks=chunks, compression="gzip")
    elif trick == "texts":
        file["reMask"] = ["a text", "another"]


@pytest.mark.parametrize(
    ("trick", "reason"),
    [
        ("external link", "refused, its reMask is a link"),
        ("link within", "refused, its reMask is a link"),
        ("external storage", "refused, its reMask lies in other files"),
        ("virtual", "refused, its reMask lies in other files"),
        ("huge", "refused, its reMask claims to be"),
        ("huge chunk", "refused, its reMask claims to be"),
        ("texts", "its reMask is no array of numbers"),
    ],
)
def test_an_h5_file_cannot_reach_for_others_or_for_all_memory(
    tmp_path: Path, trick: str, reason: str
) -> None:
    write_h5(tmp_path / "secret.h5", [mask_of(0, 1), mask_of(1, 1)], [0, 1])
    with h5py.File(tmp_path / "00001.h5", "w") as file:
        file["instance"] = [0, 1]
        _hostile(file, tmp_path, trick)
    with pytest.raises(DataError, match=rf"00001\.h5: {reason}"):
        decode({"h5": str(tmp_path), "instance": 0})


def test_a_mat_file_without_the_array_or_with_another_thing_in_its_place_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"other": np.ones((2, 2)), "part_mask": "a text"})
    with pytest.raises(DataError, match=r"a\.mat: not a MATLAB file .*part_mask is no array of numbers"):
        decode({"mat": str(path), "variable": "part_mask"})
    with pytest.raises(DataError, match=r"a\.mat: has no segimg_t"):
        decode({"mat": str(path), "variable": "segimg_t", "value": 0})


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_png_that_claims_to_be_huge_is_refused_before_it_is_unpacked(tmp_path: Path, side: int) -> None:
    path = write_palette(tmp_path / "a.png", {1: mask_of(0, 1)})
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", side, side)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.png: (its mask is {side}x{side}|.* decompression bomb)"):
        decode({"png": str(path)})


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_mask_that_is_see_through_in_places_is_refused(tmp_path: Path, mode: str) -> None:
    picture = Image.new(mode, (WIDTH, HEIGHT), "white")
    picture.putalpha(Image.fromarray(mask_of(0, 2).astype(np.uint8) * 255))
    picture.save(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a\.png: is see-through .* save it without transparency"):
        decode({"png": str(tmp_path / "a.png")})


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_is_turned_as_its_note_says(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3))
    path = tmp_path / "a.png"
    stored.save(path, exif=exif)
    shown = np.asarray(read_image(path).convert("L"))
    for value in range(6):
        mask = decode_mask({"png": str(path), "value": value}, *shown.shape)
        np.testing.assert_array_equal(mask, shown == value)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_tiff_that_is_turned_is_refused(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.eye(4, dtype=np.uint8)).save(tmp_path / "a.tif", exif=exif)
    with pytest.raises(DataError, match=r"a\.tif: has a note that turns it; save it upright"):
        decode_mask({"png": str(tmp_path / "a.tif")}, 4, 4)
