"""The options of `refseg predict`, good and bad."""

from pathlib import Path

import numpy as np
import pytest
from predicting import Predict, mask_at


@pytest.mark.parametrize("mode", ["random", "uniform"])
def test_word_types_can_be_taken_from_chance(mode: str, predict: Predict, photo: Path) -> None:
    learned = predict(photo, "the dog", "--json").record()
    given = predict(photo, "the dog", "--json", "--word-types", mode, "--force").record()
    assert given["word_types"] == mode
    assert given["words"] != learned["words"]


def test_the_crf_redraws_the_mask_in_the_size_of_the_image(
    predict: Predict, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pydensecrf.densecrf", reason="needs the module pydensecrf (package pydensecrf2)")
    monkeypatch.setattr("refseg_cli.engine.predict.CRF_LONGEST_SIDE", 30)
    record = predict(photo, "dog", "--crf", "--json").record()
    assert (record["crf"], record["threshold"]) == (True, None)
    mask = mask_at(record["mask"])
    assert mask.shape == (40, 60)
    np.testing.assert_array_equal(mask, mask[::2, ::2].repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("threshold", ["0", "1", "-1", "nan", "1e9"])
def test_a_threshold_outside_0_and_1_is_a_usage_error(threshold: str, predict: Predict, photo: Path) -> None:
    predict(photo, "dog", f"--threshold={threshold}").refused(2, "--threshold")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--crf", "--threshold", "0.4"], "leave out --threshold"),
        (["--precision", "float16"], "is not one of 'float32', 'bfloat16'"),
        (["--device", "toaster"], "--device toaster is no device"),
        (["--device", "cuda:99"], "--device cuda:99 is not available"),
        (["--word-types", "best"], "--word-types"),
        (["--out", "photo.png"], "photo.png is a file"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(
    options: list[str], words: str, predict: Predict, photo: Path
) -> None:
    predict(photo, "dog", *options).refused(2, words)
    assert not Path("refseg-out").exists()


def test_bfloat16_gives_nearly_the_same_mask(predict: Predict, photo: Path) -> None:
    exact = predict(photo, "dog", "--json").record()
    rough = predict(photo, "dog", "--json", "--precision", "bfloat16", "--force").record()
    assert rough["score"] == pytest.approx(exact["score"], abs=0.02)


@pytest.mark.parametrize("content", [None, b"", b"no checkpoint", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_checkpoint_that_is_none_is_refused(content: bytes | None, predict: Predict, photo: Path) -> None:
    path = photo.with_name("model.safetensors")
    if content is not None:
        path.write_bytes(content)
    predict(photo, "dog", "-c", path).refused(3, "model.safetensors")
    assert not Path("refseg-out").exists()


def test_help_shows_an_example_and_its_output(predict: Predict) -> None:
    done = predict("--help")
    assert done.code == 0
    text = "\n".join(done.out)
    assert '$ refseg predict photo.jpg "man holding white frisbee"' in text
    assert "refseg-out/photo--man-holding-white-frisbee.mask.png" in text
