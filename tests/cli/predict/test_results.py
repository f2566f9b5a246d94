"""What `refseg predict` writes and prints."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pycocotools.mask as coco_mask
import pytest
from PIL import Image
from predicting import Predict, mask_at, picture

from refseg.models.predictor import Predictor
from refseg_cli.app import app


def test_mask_and_overlay_are_written_and_their_paths_printed(predict: Predict, photo: Path) -> None:
    done = predict(photo, "the dog", "man left")
    assert done.code == 0
    assert done.err == ""
    assert done.out == [
        str(Path("refseg-out", name))
        for name in (
            "photo--the-dog.mask.png",
            "photo--the-dog.overlay.png",
            "photo--man-left.mask.png",
            "photo--man-left.overlay.png",
        )
    ]
    assert sorted(path.name for path in Path("refseg-out").iterdir()) == sorted(
        Path(line).name for line in done.out
    )
    assert mask_at(done.out[0]).shape == (40, 60)
    with Image.open(done.out[1]) as overlay:
        assert (overlay.format, overlay.mode, overlay.size) == ("PNG", "RGB", (60, 40))


def test_the_mask_is_that_of_the_predictor(predict: Predict, photo: Path, checkpoint: Path) -> None:
    predictor = Predictor.load(checkpoint)
    predictor.set_image(np.array(picture()))
    areas = []
    for threshold in (0.49, 0.5, 0.51):
        expected = predictor.segment("dog", threshold=threshold).mask
        done = predict(photo, "dog", "--force", "--no-overlay", "--threshold", threshold)
        np.testing.assert_array_equal(mask_at(done.out[0]), expected)
        areas.append(expected.sum())
    assert 40 * 60 > areas[0] > areas[1] > areas[2] > 0


def test_without_an_overlay_the_mask_alone_is_written(predict: Predict, photo: Path) -> None:
    assert predict(photo, "dog", "--no-overlay", "--out", "here/there").out == [
        "here/there/photo--dog.mask.png"
    ]
    assert [path.name for path in Path("here/there").iterdir()] == ["photo--dog.mask.png"]


# pycocotools decodes into an array of the kind that NumPy 2 wants changed.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_json_says_what_was_found(predict: Predict, photo: Path, checkpoint: Path) -> None:
    record = predict(photo, "the dog", "--json").record()
    mask = mask_at(record["mask"])
    rows, columns = np.nonzero(mask)
    box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1] if mask.any() else None
    np.testing.assert_array_equal(coco_mask.decode(record.pop("rle")), mask)
    words = record.pop("words")
    assert 0 <= record.pop("score") <= 1
    assert record == {
        "schema_version": 1,
        "source": str(photo),
        "expression": "the dog",
        "n_dropped": 0,
        "width": 60,
        "height": 40,
        "box": box,
        "area": mask.sum(),
        "mask": str(Path("refseg-out/photo--the-dog.mask.png")),
        "overlay": str(Path("refseg-out/photo--the-dog.overlay.png")),
        "explanation": None,
        "checkpoint": str(checkpoint),
        "threshold": 0.5,
        "crf": False,
        "word_types": "learned",
        "set_types": {},
    }
    assert [word["word"] for word in words] == ["the", "dog"]
    for word in words:
        assert list(word["probabilities"]) == ["entity", "attribute", "relation", "unnecessary"]
        assert sum(word["probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert word["type"] == max(word["probabilities"], key=word["probabilities"].get)


def test_json_has_one_line_for_each_image_and_expression(predict: Predict, photo: Path) -> None:
    picture(20, 30).save(photo.with_name("second.png"))
    done = predict("*.png", "dog", "man", "--json", "--no-overlay")
    found = [(record["source"], record["expression"]) for record in map(json.loads, done.out)]
    assert found == [("photo.png", "dog"), ("photo.png", "man"), ("second.png", "dog"), ("second.png", "man")]


def test_paths_reach_stdout_while_progress_is_drawn_on_stderr(
    photo: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photo.parent)
    monkeypatch.setattr(sys, "stdout", stdout := io.StringIO())
    monkeypatch.setattr(sys, "stderr", terminal := io.StringIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    with pytest.raises(SystemExit):
        app(["predict", "photo.png", "dog", "--no-overlay", "--checkpoint", str(checkpoint)])
    assert "predicting" in terminal.getvalue()
    assert stdout.getvalue() == "refseg-out/photo--dog.mask.png\n"


@pytest.mark.usefixtures("no_network")
def test_earlier_results_are_not_overwritten(predict: Predict, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "refseg-out").mkdir()
    old = tmp_path / "refseg-out" / "photo--dog.mask.png"
    old.write_text("mine")
    predict(photo, "dog").refused(2, "already there: refseg-out/photo--dog.mask.png; add --force")
    assert old.read_text() == "mine"


def test_force_overwrites_earlier_results(predict: Predict, photo: Path) -> None:
    first = predict(photo, "dog").out
    Path(first[0]).write_text("spoilt")
    assert predict(photo, "dog", "--force").out == first
    assert mask_at(first[0]).shape == (40, 60)
