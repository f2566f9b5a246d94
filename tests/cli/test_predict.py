"""`refseg predict`, from the command line to the files, on good and on bad input."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask as coco_mask
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.registry import build_backbone
from refseg.models.checkpoint import Checkpoint, save_checkpoint
from refseg.models.cmpc.config import CmpcConfig
from refseg.models.cmpc.image import CmpcImage
from refseg.models.predictor import Predictor
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter
from refseg_cli.app import app

# pycocotools decodes into an array of the kind that NumPy 2 wants changed.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Run = Callable[..., subprocess.CompletedProcess[str]]
MAX_WORDS = 20


class Done:
    """How a command ended: exit code, lines on stdout, text on stderr."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.out, self.err = code, stdout.splitlines(), stderr

    def refused(self, code: int, words: str) -> None:
        """Check that the command ended with one line on stderr and nothing on stdout."""
        assert (self.code, self.out) == (code, []), self.err
        assert re.fullmatch(r"refseg: [^\n]+\n", self.err), self.err
        assert words in self.err

    def record(self) -> dict[str, Any]:
        assert self.code == 0, self.err
        assert len(self.out) == 1
        record: dict[str, Any] = json.loads(self.out[0])
        return record


Predict = Callable[..., Done]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network too small to be of use, with random weights."""
    torch.manual_seed(0)
    backbone = build_backbone({"name": "efficientnet-lite0"})
    vocabulary = Vocabulary.of(["the", "man", "dog", "left"])
    widths = {"visual_width": 16, "multimodal_width": 16, "level_width": 8, "word_type_width": 8}
    head = CmpcImage(backbone.channels, 16, CmpcConfig.official(**widths, fusion_heads=2, grid=(8, 8)))
    encoder = LstmGlove(vocabulary, LstmGloveConfig(8, 16, MAX_WORDS))
    segmenter = Segmenter(backbone, encoder, head, Preprocess(64))
    predictor = Predictor(Checkpoint(segmenter))
    predictor.set_image(np.array(picture()))
    # So that masks are neither empty nor full.
    head.score.bias.data -= float(np.median(predictor.logits("dog")))
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    save_checkpoint(path, segmenter, {"data": []})
    return path


@pytest.fixture
def predict(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Predict:
    """Run `refseg predict … --checkpoint tiny.safetensors` in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, stdin: bytes | None = None) -> Done:
        words = ["predict", "--checkpoint", str(checkpoint), *map(str, arguments)]
        result = CliRunner().invoke(app, words, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if a network is loaded: what is wrong with a request is to be found before."""

    def load(*_: object, **__: object) -> None:
        pytest.fail("a network was loaded")

    monkeypatch.setattr(Predictor, "load", load)


def picture(width: int = 60, height: int = 40) -> Image.Image:
    """Dark, with a bright upper left corner, so that turning it changes it."""
    image = Image.new("RGB", (width, height), (30, 30, 30))
    image.paste((250, 160, 90), (0, 0, width // 2, height // 2))
    return image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    picture().save(path)
    return path


def mask_at(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        values = np.asarray(image)
    assert set(np.unique(values)) <= {0, 255}
    return values > 0


# --- what is written and printed


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
        "checkpoint": str(checkpoint),
        "threshold": 0.5,
        "crf": False,
        "word_types": "learned",
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


def test_an_expression_given_twice_is_done_once(predict: Predict, photo: Path) -> None:
    assert len(predict(photo, "dog", "dog").out) == 2


def test_many_expressions_are_done_in_batches(predict: Predict, photo: Path) -> None:
    expressions = [f"dog {number}" for number in range(20)]
    done = predict(photo, *expressions, "--json", "--no-overlay")
    assert [json.loads(line)["expression"] for line in done.out] == expressions


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


# --- sources


def test_a_folder_means_the_images_in_it(predict: Predict, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    for name in ("b.png", "a.JPG", ".hidden.png", "a--dog.mask.png", "a--dog.overlay.png", "deeper/c.png"):
        picture().save(folder / name)
    (folder / "notes.txt").write_text("no image")
    done = predict(folder, "dog", "--no-overlay")
    assert done.code == 0
    assert [Path(line).name for line in done.out] == ["a--dog.mask.png", "b--dog.mask.png"]


def test_a_pattern_reaches_into_folders_and_tells_equal_names_apart(predict: Predict, tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        picture().save(tmp_path / folder / "1.png")
    done = predict("**/*.png", "dog", "--no-overlay")
    assert done.code == 0
    assert len(set(done.out)) == 2


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(predict: Predict, tmp_path: Path) -> None:
    picture().save(tmp_path / "photo[1].png")
    assert predict("photo[1].png", "dog", "--no-overlay").out == ["refseg-out/photo[1]--dog.mask.png"]


def test_a_minus_reads_from_stdin(predict: Predict, photo: Path) -> None:
    done = predict("-", "dog", "--no-overlay", stdin=photo.read_bytes())
    assert done.out == ["refseg-out/stdin--dog.mask.png"]
    assert mask_at(done.out[0]).shape == (40, 60)


def test_a_real_process_reads_from_a_pipe(refseg: Run, checkpoint: Path, photo: Path, tmp_path: Path) -> None:
    with subprocess.Popen(["cat", photo], stdout=subprocess.PIPE) as pipe:
        done = refseg("predict", "-", "dog", "-c", checkpoint, stdin=pipe.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert [mask_at(tmp_path / done.stdout.split()[0]).shape] == [(40, 60)]


@pytest.mark.parametrize(("stdin", "words"), [(b"", "is empty"), (b"text", "is not an image")])
def test_a_bad_stdin_is_refused(stdin: bytes, words: str, predict: Predict) -> None:
    predict("-", "dog", stdin=stdin).refused(3, f"standard input {words}")


@pytest.mark.usefixtures("no_network", "photo")
def test_a_missing_file_is_refused_with_the_nearest_name(predict: Predict) -> None:
    predict("foto.png", "dog").refused(3, "foto.png: no such file; did you mean photo.png?")


@pytest.mark.parametrize("source", ["nothing", "*.png"])
def test_a_source_without_images_is_refused(source: str, predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    predict(source, "dog").refused(3, source)
    assert not Path("refseg-out").exists()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("content", "words"), [(b"dear diary", "is not an image"), (b"", "is empty (0 bytes)")]
)
def test_a_bad_file_is_refused(content: bytes, words: str, predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(content)
    predict("bad.jpg", "dog").refused(3, f"bad.jpg {words}")
    assert not Path("refseg-out").exists()


def test_among_several_images_a_bad_one_is_named_and_passed_over(predict: Predict, tmp_path: Path) -> None:
    picture().save(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes()[:60])
    picture().save(tmp_path / "3.png")
    done = predict(".", "dog", "--no-overlay")
    assert done.code == 5
    assert [Path(line).name for line in done.out] == ["1--dog.mask.png", "3--dog.mask.png"]
    assert re.fullmatch(
        "refseg: 2.png is damaged or cut short .*\nrefseg: 1 of 3 images could not be read; .*\n", done.err
    )


def test_when_no_image_can_be_read_the_code_says_so(predict: Predict, tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).touch()
    done = predict(".", "dog")
    assert (done.code, done.out) == (3, [])
    assert done.err.count("\n") == 3


# --- images of every kind


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


# --- expressions


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("blank", ["", "  ", "\t\n", "\u3000"])
def test_a_blank_expression_is_a_usage_error(blank: str, predict: Predict, photo: Path) -> None:
    predict(photo, "dog", blank).refused(2, "expression 2 is empty")


def test_no_expression_is_a_usage_error(predict: Predict, photo: Path) -> None:
    predict(photo).refused(2, "EXPRESSION")


@pytest.mark.usefixtures("no_network")
def test_an_image_for_an_expression_hints_at_the_pattern(predict: Predict, photo: Path) -> None:
    picture().save(photo.with_name("second.png"))
    predict("photo.png", "second.png", "dog").refused(2, 'quote the pattern: refseg predict "*.jpg"')


@pytest.mark.usefixtures("no_network", "photo")
def test_image_and_expression_the_wrong_way_round_are_noticed(predict: Predict) -> None:
    predict("the dog", "photo.png").refused(2, 'refseg predict photo.png "the dog"')


@pytest.mark.usefixtures("no_network")
def test_an_expression_that_is_no_text_is_a_usage_error(predict: Predict, photo: Path) -> None:
    predict(photo, "dog \udcff").refused(2, "not valid UTF-8")


def test_of_300_words_the_first_are_kept_and_the_loss_is_said_once(predict: Predict, photo: Path) -> None:
    picture().save(photo.with_name("second.png"))
    done = predict("*.png", "dog " * 300, "--json", "--quiet")
    assert done.code == 0
    for record in map(json.loads, done.out):
        assert (len(record["words"]), record["n_dropped"]) == (MAX_WORDS, 300 - MAX_WORDS)
    assert done.err.count("\n") == 1
    assert f"kept the first {MAX_WORDS} words and dropped {300 - MAX_WORDS}" in done.err


@pytest.mark.parametrize("expression", ["?!", ".", "🐕", "🐕 ❤️ 🐈", "左边的狗", "-- 'dog'"])
def test_punctuation_and_emoji_are_words(expression: str, predict: Predict, photo: Path) -> None:
    record = predict("--json", "--", photo, expression).record()
    assert record["expression"] == expression
    assert record["words"]
    assert Path(record["mask"]).name.isascii()


# --- options


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


@pytest.mark.parametrize("content", [None, b"", b"no checkpoint", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_checkpoint_that_is_none_is_refused(content: bytes | None, predict: Predict, photo: Path) -> None:
    path = photo.with_name("model.safetensors")
    if content is not None:
        path.write_bytes(content)
    predict(photo, "dog", "-c", path).refused(3, "model.safetensors")
    assert not Path("refseg-out").exists()


@pytest.mark.usefixtures("photo")
def test_a_mistake_is_answered_without_loading_torch(refseg: Run) -> None:
    done = refseg("predict", "foto.png", "dog", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    assert (done.returncode, done.stdout) == (3, "")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "refseg_cli.engine.predict" in imported
    assert "torch" not in imported


def test_help_shows_an_example_and_its_output(predict: Predict) -> None:
    done = predict("--help")
    assert done.code == 0
    text = "\n".join(done.out)
    assert '$ refseg predict photo.jpg "man holding white frisbee"' in text
    assert "refseg-out/photo--man-holding-white-frisbee.mask.png" in text
