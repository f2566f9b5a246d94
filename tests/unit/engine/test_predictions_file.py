"""Masks of other tools are read strictly."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refer_folders import HEIGHT, WIDTH, write_refer_folder

from refseg_cli.data.readers.refer import read_refer
from refseg_cli.data.samples import Sample
from refseg_cli.engine.measure import measure
from refseg_cli.engine.outputs import encode_mask
from refseg_cli.engine.predictions_file import Predictions, prediction_line, read_predictions
from refseg_cli.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return read_refer(write_refer_folder(tmp_path / "dogs"), "refs(unc).p", "val")


@pytest.fixture
def file(tmp_path: Path, samples: list[Sample]) -> Path:
    """The truth itself, in another order."""
    path = tmp_path / "masks.jsonl"
    lines = [prediction_line(sample.sample_id, encode_mask(sample.mask()), 0.5) for sample in samples]
    path.write_text("".join(reversed(lines)))
    return path


def changed(file: Path, number: int, **keys: Any) -> Predictions:
    """The same with some keys of a line set, or left out where they are None."""
    lines = file.read_text().splitlines()
    record = json.loads(lines[number]) | keys
    lines[number] = json.dumps({key: value for key, value in record.items() if value is not None})
    file.write_text("\n".join(lines))
    return read_predictions(file)


def test_the_truth_scores_one(file: Path, samples: list[Sample]) -> None:
    predictions = read_predictions(file)
    predictions.check_fits(samples)
    predictions.check_scores()
    measured = measure(samples, predictions.answer())
    assert [each.overlap.iou for each in measured] == [1.0] * 4
    assert {each.score for each in measured} == {0.5}


def test_run_lengths_may_be_numbers_too(file: Path, samples: list[Sample]) -> None:
    rle = {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT * WIDTH]}
    answer = changed(file, 3, rle=rle).answer()
    assert np.all(answer(samples[:1])[0].mask)


def test_a_missing_mask_is_named(file: Path, samples: list[Sample]) -> None:
    file.write_text("\n".join(file.read_text().splitlines()[1:]))
    with pytest.raises(DataError, match=r"no mask for 1 of 4 sentences, such as 'dogs/21'"):
        read_predictions(file).check_fits(samples)


def test_a_mask_too_many_is_named(file: Path, samples: list[Sample]) -> None:
    with pytest.raises(DataError, match=r"1 masks are of no sentence that is scored, such as 'dogs/10'"):
        read_predictions(file).check_fits(samples[1:])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"id": None}, "line 1 has no id"),
        ({"id": 7}, "line 1 has no id"),
        ({"rle": None}, r"line 1 \(dogs/21\) has no run lengths"),
        ({"rle": [1, 2]}, "no run lengths"),
        ({"rle": {"size": [4, 4]}}, "no run lengths"),
        ({"id": "dogs/10"}, "line 4 has the id 'dogs/10' again"),
    ],
)
def test_a_line_that_is_not_as_it_should_be_is_named(file: Path, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        changed(file, 0, **keys)


def test_a_line_that_is_no_json_is_named(file: Path) -> None:
    file.write_text('{"id": "dogs/10"')
    with pytest.raises(DataError, match="line 1 is not JSON"):
        read_predictions(file)


@pytest.mark.parametrize(
    ("rle", "words"),
    [
        ({"size": [WIDTH, HEIGHT], "counts": [WIDTH * HEIGHT]}, "its mask is 40x60 but the image is 60x40"),
        ({"size": [HEIGHT, WIDTH], "counts": [7]}, "add up to 7"),
        ({"size": [HEIGHT, WIDTH], "counts": "~~~"}, "cannot be decoded"),
    ],
)
def test_run_lengths_that_do_not_fit_are_named(
    file: Path, samples: list[Sample], rle: dict[str, Any], words: str
) -> None:
    answer = changed(file, 3, rle=rle).answer()
    with pytest.raises(DataError, match=f"'dogs/10': .*{words}"):
        answer(samples[:1])


@pytest.mark.parametrize("score", [None, "high", float("nan")])
def test_a_mask_without_a_number_as_its_score_cannot_be_ranked(file: Path, score: Any) -> None:
    with pytest.raises(DataError, match=r"'dogs/21' has no number as its score"):
        changed(file, 0, score=score).check_scores()


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_predictions(tmp_path / "nothing.jsonl")
