"""Masks on disk and predictions as records."""

import json
from pathlib import Path

import numpy as np
import pycocotools.mask as coco_mask
import pytest
from PIL import Image

from refseg.models.predictor import Prediction
from refseg_cli.engine.outputs import encode_mask, prediction_record, write_mask, write_results
from refseg_cli.errors import DataError

# pycocotools decodes into an array of the kind that NumPy 2 wants changed.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def square(height: int = 12, width: int = 16) -> np.ndarray:
    """A mask with a square of 4×4 pixels at x = 3, y = 5."""
    mask = np.zeros((height, width), dtype=bool)
    mask[5:9, 3:7] = True
    return mask


def prediction(mask: np.ndarray, word_types: list[list[float]] | None = None) -> Prediction:
    types = np.array(word_types or [[0.7, 0.1, 0.1, 0.1], [0.1, 0.2, 0.6, 0.1]], dtype=np.float32)
    return Prediction(
        "dog left", mask, None, 0.81234567, ("dog", "left"), types, 3, np.zeros((4, 4), np.float32)
    )


def test_a_mask_is_written_as_one_channel_of_0_and_255(tmp_path: Path) -> None:
    write_mask(square(), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (16, 12))
        np.testing.assert_array_equal(np.asarray(image), square() * 255)


def test_without_an_overlay_only_the_mask_is_written(tmp_path: Path) -> None:
    write_results(Image.new("RGB", (16, 12)), prediction(square()), tmp_path / "m.png", None)
    assert [path.name for path in tmp_path.iterdir()] == ["m.png"]


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mask(square(), tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()

    def fill_the_disk(_: Image.Image, stream: object, *__: object, **___: object) -> None:
        stream.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fill_the_disk)
    with pytest.raises(DataError, match=r"No space left on device\); make room, or choose another folder$"):
        write_mask(~square(), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_folder_that_is_gone_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no such folder; make it: mkdir -p .*gone$"):
        write_mask(square(), tmp_path / "gone" / "a.png")


@pytest.mark.parametrize("mask", [square(), ~square(), np.zeros((3, 5), bool), np.ones((1, 1), bool)])
def test_run_lengths_give_the_mask_back(mask: np.ndarray) -> None:
    encoded = json.loads(json.dumps(encode_mask(mask)))
    assert encoded["size"] == list(mask.shape)
    np.testing.assert_array_equal(coco_mask.decode(encoded), mask)


def test_a_record_says_what_was_found() -> None:
    record = json.loads(json.dumps(prediction_record(prediction(square()))))
    assert coco_mask.decode(record.pop("rle")).sum() == 16
    assert record == {
        "expression": "dog left",
        "n_dropped": 3,
        "width": 16,
        "height": 12,
        "box": [3, 5, 4, 4],
        "area": 16,
        "score": 0.8123,
        "words": [
            {
                "word": "dog",
                "type": "entity",
                "probabilities": {"entity": 0.7, "attribute": 0.1, "relation": 0.1, "unnecessary": 0.1},
            },
            {
                "word": "left",
                "type": "relation",
                "probabilities": {"entity": 0.1, "attribute": 0.2, "relation": 0.6, "unnecessary": 0.1},
            },
        ],
    }


def test_an_empty_mask_has_no_box() -> None:
    record = prediction_record(prediction(np.zeros((4, 4), bool)))
    assert (record["box"], record["area"]) == (None, 0)


def test_words_of_equal_types_have_no_type() -> None:
    record = prediction_record(prediction(square(), [[0.25] * 4, [0.25] * 4]))
    assert [word["type"] for word in record["words"]] == [None, None]
