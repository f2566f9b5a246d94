"""Files as cameras, scanners and programs write them, and files that are none."""

import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refseg.models import images
from refseg.models.errors import ImageError
from refseg.models.images import read_image

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)


def two_halves(width: int = 8, height: int = 4) -> Image.Image:
    """Red on the left, black on the right."""
    image = Image.new("RGB", (width, height), BLACK)
    image.paste(RED, (0, 0, width // 2, height))
    return image


def saved(image: Image.Image, file_format: str, **options: object) -> io.BytesIO:
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream


def read_pixels(image: Image.Image, file_format: str = "PNG", **options: object) -> np.ndarray:
    """Write an image to memory and read it back: (H, W, 3)."""
    read = read_image(saved(image, file_format, **options))
    assert read.mode == "RGB"
    return np.asarray(read)


def refused(source: Path | io.BytesIO) -> str:
    with pytest.raises(ImageError) as caught:
        read_image(source)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "PPM", "GIF", "TIFF"])
def test_lossless_formats_keep_every_pixel(file_format: str) -> None:
    np.testing.assert_array_equal(read_pixels(two_halves(), file_format), np.asarray(two_halves()))


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
def test_lossy_formats_keep_the_picture(file_format: str) -> None:
    image = two_halves(64, 32)
    difference = read_pixels(image, file_format, quality=95).astype(int) - np.asarray(image)
    assert np.abs(difference[:, [5, 58]]).max() < 8  # away from the edge between the halves


# The eight EXIF orientations, and what undoes each.
STORED = [
    (1, lambda upright: upright),
    (2, lambda upright: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    (3, lambda upright: upright.rotate(180)),
    (4, lambda upright: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
    (5, lambda upright: upright.transpose(Image.Transpose.TRANSPOSE)),
    (6, lambda upright: upright.rotate(90, expand=True)),
    (7, lambda upright: upright.transpose(Image.Transpose.TRANSVERSE)),
    (8, lambda upright: upright.rotate(270, expand=True)),
]


@pytest.mark.parametrize(("orientation", "store"), STORED)
def test_the_camera_turn_is_undone(orientation: int, store: Callable[[Image.Image], Image.Image]) -> None:
    upright = Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(read_pixels(store(upright), "PNG", exif=exif), np.asarray(upright))


def test_an_orientation_that_does_not_exist_means_no_turn() -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    np.testing.assert_array_equal(read_pixels(two_halves(), "PNG", exif=exif), np.asarray(two_halves()))


def test_cmyk_becomes_rgb() -> None:
    pixels = read_pixels(two_halves(64, 32).convert("CMYK"), "JPEG", quality=95)
    assert np.abs(pixels[16, 5] - np.array(RED)).max() < 8
    assert pixels[16, 58].max() < 8


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_is_scaled_and_not_clipped(file_format: str) -> None:
    grey = np.array([[0, 255, 256, 32768, 65535]], dtype=np.uint16)
    pixels = read_pixels(Image.fromarray(grey), file_format)
    np.testing.assert_array_equal(pixels[0, :, 0], [0, 0, 1, 128, 255])
    assert (pixels == pixels[..., :1]).all()


def test_32_bit_integers_are_stretched_to_the_full_range() -> None:
    grey = np.array([[-100, 100_000, 200_100]], dtype=np.int32)
    np.testing.assert_array_equal(read_pixels(Image.fromarray(grey), "TIFF")[0, :, 0], [0, 128, 255])


def test_a_constant_32_bit_image_is_black() -> None:
    assert not read_pixels(Image.fromarray(np.full((2, 2), 100_000, np.int32)), "TIFF").any()


def test_floats_from_0_to_1_are_scaled_and_what_is_no_number_is_black() -> None:
    grey = np.array([[0, 0.5, 0.8, np.nan, np.inf]], dtype=np.float32)
    np.testing.assert_array_equal(read_pixels(Image.fromarray(grey), "TIFF")[0, :, 0], [0, 128, 204, 0, 0])


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_few_colours_become_rgb(mode: str) -> None:
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    np.testing.assert_array_equal(read_pixels(image.convert(mode)), [[BLACK, WHITE]])


def test_transparent_parts_are_white() -> None:
    image = Image.new("RGBA", (3, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (255, 0, 0, 0))
    image.putpixel((2, 0), (255, 0, 0, 51))  # one fifth red on white
    np.testing.assert_array_equal(read_pixels(image), [[RED, WHITE, (255, 204, 204)]])


@pytest.mark.parametrize(("mode", "key"), [("RGB", RED), ("L", 76), ("P", 1)])
def test_a_transparent_colour_is_white(mode: str, key: object) -> None:
    image = two_halves() if mode == "RGB" else two_halves().convert(mode)
    if mode == "P":
        image = Image.new("P", (8, 4))
        image.putpalette([*BLACK, *RED])
        image.paste(1, (0, 0, 4, 4))
    pixels = read_pixels(image, "PNG", transparency=key)
    assert (pixels[:, :4] == 255).all()
    assert not pixels[:, 4:].any()


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_read(file_format: str) -> None:
    first, second = Image.new("RGB", (4, 4), RED), Image.new("RGB", (4, 4), BLACK)
    pixels = read_pixels(first, file_format, save_all=True, append_images=[second])
    assert (pixels == RED).all()


def test_a_file_is_known_by_its_content_and_not_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    two_halves().save(path, "PNG")
    np.testing.assert_array_equal(np.asarray(read_image(path)), np.asarray(two_halves()))


def test_a_stream_that_cannot_be_wound_back_is_read() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    assert read_image(Pipe(saved(two_halves(), "PNG").getvalue())).size == (8, 4)


def test_a_large_image_is_read_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert read_image(saved(two_halves(), "PNG")).size == (8, 4)  # 32 pixels; Pillow would raise above 20
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize("limit", [31, 10])  # Pillow itself refuses what is above twice the limit
def test_an_image_above_the_limit_is_refused(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", limit)
    assert refused(saved(two_halves(), "PNG")).endswith("make it smaller first")


def test_a_missing_file_is_said_with_the_nearest_name(tmp_path: Path) -> None:
    two_halves().save(tmp_path / "holiday.jpg")
    missing = tmp_path / "holyday.jpg"
    assert refused(missing) == f"{missing}: no such file; did you mean {tmp_path / 'holiday.jpg'}?"


@pytest.mark.parametrize("name", ["nowhere/photo.jpg", "a\0b.jpg", "x" * 400])
def test_a_path_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    assert "; check " in refused(tmp_path / name)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path} is a folder; name one image in it"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    assert refused(path) == f"{path} is empty (0 bytes); download or copy it again"


@pytest.mark.parametrize(
    "content", [b"Dear diary, today I took no photo.", b"\xff\xd8\xff", b"%!PS-Adobe-3.0"]
)
def test_what_is_no_image_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_bytes(content)
    assert refused(path) == f"{path} is not an image that can be read; convert it to JPEG or PNG"


def test_postscript_is_refused_since_reading_it_would_run_a_program() -> None:
    assert "is not an image" in refused(saved(two_halves(), "EPS"))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_half_a_file_is_refused(file_format: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    whole = saved(noise, file_format).getvalue()
    message = refused(io.BytesIO(whole[: len(whole) // 2]))
    assert "cut short" in message or "is not an image" in message


def test_damaged_files_are_read_or_refused_and_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8))
    outcomes = set()
    for file_format in ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP"):
        options = {"exif": exif} if file_format in {"JPEG", "PNG"} else {}
        whole = saved(image, file_format, **options).getvalue()
        for _ in range(60):
            outcomes.add(outcome(damage(whole)))
    assert outcomes == {"RGB", "ImageError of one line"}


def damage(content: bytes) -> io.BytesIO:
    """Change a few bytes anywhere, or near the start, where the sizes stand."""
    damaged = bytearray(content)
    reach = min(random.choice([40, 200, 10**9]), len(damaged))
    for _ in range(random.choice([1, 3, 20])):
        damaged[random.randrange(reach)] = random.randrange(256)
    return io.BytesIO(damaged)


def outcome(stream: io.BytesIO) -> str:
    try:
        return read_image(stream).mode
    except ImageError as error:
        return f"ImageError of {'several lines' if chr(10) in str(error) else 'one line'}"
