"""Pictures as cameras and programs write them, in data of one's own: read as they are shown, or refused."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from refseg.models.errors import ImageError
from refseg.models.images import image_size, read_image
from refseg_cli.data.readers.jsonl import JsonlReader
from refseg_cli.data.samples import Sample
from refseg_cli.errors import DataError

WIDTH, HEIGHT = 24, 16
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)

Save = Callable[[Path], None]


def sample_of(picture: Path, **mask: Any) -> Sample:
    """Read the picture as the one row of data of one's own."""
    row = {"image": picture.name, "text": "square", **(mask or {"bbox": [0, 0, 4, 4]})}
    path = picture.with_name("data.jsonl")
    path.write_text(json.dumps(row))
    (sample,) = JsonlReader(path).read("train")
    return sample


def plain(colour: tuple[int, ...] = RED, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (WIDTH, HEIGHT), colour)


def save_grey_16_bit(path: Path) -> None:
    Image.fromarray(np.full((HEIGHT, WIDTH), 2**15, dtype=np.uint16)).save(path, "PNG")


def save_see_through_palette(path: Path) -> None:
    image = plain((1,), "P")
    image.putpalette([*BLUE, *RED])
    image.save(path, "PNG", transparency=1)


def save_animation(path: Path, file_format: str) -> None:
    plain(RED).save(path, file_format, save_all=True, append_images=[plain(BLUE)])


READ: list[tuple[str, Save, tuple[int, int, int]]] = [
    ("cmyk", lambda path: plain().convert("CMYK").save(path, "JPEG", quality=95), RED),
    ("16-bit grey", save_grey_16_bit, (128, 128, 128)),
    ("palette with a transparent colour", save_see_through_palette, WHITE),
    ("transparent", lambda path: plain((255, 0, 0, 0), "RGBA").save(path, "PNG"), WHITE),
    ("animated gif", lambda path: save_animation(path, "GIF"), RED),
    ("animated png", lambda path: save_animation(path, "PNG"), RED),
    ("black and white", lambda path: plain((1,), "1").save(path, "PNG"), WHITE),
]


@pytest.mark.parametrize(("save", "colour"), [each[1:] for each in READ], ids=[each[0] for each in READ])
def test_odd_pictures_are_read_as_they_are_shown(
    tmp_path: Path, save: Save, colour: tuple[int, int, int]
) -> None:
    path = tmp_path / "odd.jpg"
    save(path)
    pixels = np.asarray(read_image(path))
    assert np.abs(pixels.astype(int) - colour).max() < 8
    sample = sample_of(path)
    np.testing.assert_array_equal(sample.image(), pixels)
    assert sample.image().shape[:2] == (sample.height, sample.width) == sample.mask().shape


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_size_of_a_turned_photo_is_that_of_the_photo_as_it_is_shown(
    tmp_path: Path, orientation: int, file_format: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    plain().save(path, file_format, exif=exif)
    shown = (HEIGHT, WIDTH) if orientation >= 5 else (WIDTH, HEIGHT)
    assert image_size(path) == read_image(path).size == shown


def test_the_mask_of_a_turned_photo_belongs_to_the_photo_as_it_is_shown(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    stored = plain(BLUE)
    stored.paste(RED, (0, HEIGHT // 2, 8, HEIGHT))  # bottom left as stored: top left as shown
    stored.save(path, "JPEG", exif=exif, quality=95, subsampling=0)
    shown = np.zeros((WIDTH, HEIGHT), dtype=np.uint8)
    shown[:8, : HEIGHT // 2] = 255
    Image.fromarray(shown).save(tmp_path / "mask.png")
    sample = sample_of(path, mask="mask.png")
    assert (sample.width, sample.height) == (HEIGHT, WIDTH)
    under_mask = sample.image()[sample.mask()].mean(axis=0)
    assert np.abs(under_mask - RED).max() < 12
    Image.fromarray(shown.T).save(tmp_path / "mask.png")
    with pytest.raises(DataError, match=r"line 1: mask\.png is 24x16 but the picture is 16x24"):
        sample_of(path, mask="mask.png")


def png(width: int, height: int) -> bytes:
    """A PNG that says it has this size, with next to nothing in it."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (*chunks, (b"IEND", b""))
    )


REFUSED = [
    ("missing", None, "no such file"),
    ("empty", b"", "is empty"),
    ("no pixels", png(0, 0), "is not an image|has no pixels|damaged"),
    ("a letter", b"Dear diary, today I took no photo.", "is not an image"),
    ("a program", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not an image"),
    ("a bomb", png(60_000, 60_000), "more than 400 million pixels"),
    ("a small bomb", png(25_000, 25_000), "more than 400 million pixels"),
]


@pytest.mark.parametrize(
    ("content", "message"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_what_is_no_picture_is_refused_with_its_line(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "odd.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImageError, match=message):
        read_image(path)
    with pytest.raises(DataError, match=message) as caught:
        sample_of(path)
    assert str(caught.value).startswith(f"{tmp_path / 'data.jsonl'}, line 1: {path}")
    assert "\n" not in str(caught.value)


def test_a_photo_that_is_cut_short_is_told_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "odd.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:1500])
    sample = sample_of(path)  # its size is still there
    assert (sample.width, sample.height) == (64, 64)
    with pytest.raises(ImageError, match="cut short") as caught:
        sample.image()
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(("content", "message"), [(b"", "is empty"), (png(60_000, 60_000), "million pixels")])
def test_a_broken_mask_is_refused_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    plain().save(tmp_path / "photo.png")
    (tmp_path / "mask.png").write_bytes(content)
    with pytest.raises(DataError, match=f"line 1: .*{message}"):
        sample_of(tmp_path / "photo.png", mask="mask.png")
