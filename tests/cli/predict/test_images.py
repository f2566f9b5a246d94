"""`refseg predict` on images of every kind: tiny, huge, turned, in other colours."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from predicting import Predict, mask_at, picture


@pytest.mark.parametrize(
    ("name", "image", "size"),
    [
        ("one-pixel.png", Image.new("RGB", (1, 1), "red"), (1, 1)),
        ("line.png", Image.new("RGB", (3000, 1), "red"), (3000, 1)),
        ("cmyk.jpg", picture().convert("CMYK"), (60, 40)),
        ("deep.png", Image.fromarray(np.arange(2400, dtype=np.uint16).reshape(40, 60) * 27), (60, 40)),
        ("transparent.png", picture().convert("RGBA"), (60, 40)),
        ("palette.gif", picture().quantize(8), (60, 40)),
    ],
)
def test_images_of_every_kind_get_a_mask_of_their_size(
    name: str, image: Image.Image, size: tuple[int, int], predict: Predict, tmp_path: Path
) -> None:
    image.save(tmp_path / name)
    done = predict(name, "dog")
    assert (done.code, done.err) == (0, "")
    assert mask_at(done.out[0]).shape == size[::-1]


def test_a_turned_photo_gets_the_mask_of_the_upright_one(predict: Predict, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture().rotate(90, expand=True).save(tmp_path / "turned.png", exif=exif)
    picture().save(tmp_path / "upright.png")
    turned, upright = (predict(name, "dog").out[0] for name in ("turned.png", "upright.png"))
    assert mask_at(turned).shape == (40, 60)
    assert 0 < mask_at(turned).mean() < 1
    np.testing.assert_array_equal(mask_at(turned), mask_at(upright))


def test_an_image_of_108_million_pixels_is_segmented(predict: Predict, tmp_path: Path) -> None:
    Image.new("L", (12_000, 9_000), 90).save(tmp_path / "huge.jpg")
    record = predict("huge.jpg", "dog", "--json").record()
    assert (record["width"], record["height"]) == (12_000, 9_000)
    with Image.open(record["overlay"]) as overlay:
        assert overlay.size == (2048, 1536)
    assert Path(record["mask"]).stat().st_size < 2_000_000
