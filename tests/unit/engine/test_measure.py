"""Every sentence is asked once, and its answer compared with the truth."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from halves import HalfPredictor
from refer_folders import HEIGHT, WIDTH, write_refer_folder

from refseg_cli.data.masks import decode_mask
from refseg_cli.data.readers.refer import read_refer
from refseg_cli.data.samples import Sample
from refseg_cli.engine.answers import Asking, answer_with_centred_box
from refseg_cli.engine.measure import Measured, measure
from refseg_cli.engine.metrics import Overlap
from refseg_cli.engine.model_answers import answer_with_model
from refseg_cli.errors import DataError

HALF = HEIGHT * WIDTH // 2


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return read_refer(write_refer_folder(tmp_path / "tiny"), "refs(unc).p", "val")


def test_overlaps_are_counted_at_the_size_of_the_image(samples: list[Sample]) -> None:
    measured = measure(samples, answer_with_model(HalfPredictor()))
    assert [each.overlap for each in measured] == [
        Overlap("tiny/10", 1, 400, HALF),
        Overlap("tiny/11", 1, 144, HALF),
        Overlap("tiny/20", 2, 100, HALF),
        Overlap("tiny/21", 2, 24 * 28, HALF),
    ]
    assert [each.area for each in measured] == [400, 144, 100, 24 * 28]


def test_each_image_is_encoded_once_whatever_the_order(samples: list[Sample]) -> None:
    predictor = HalfPredictor()
    mixed = [samples[2], samples[0], samples[3], samples[1]]
    measured = measure(mixed, answer_with_model(predictor))
    assert [each.overlap.sample_id for each in measured] == [sample.sample_id for sample in mixed]
    assert len(predictor.images) == len(set(predictor.images)) == 2


def test_order_and_company_of_a_sample_change_nothing(samples: list[Sample]) -> None:
    def by_id(some: list[Sample]) -> dict[str, Measured]:
        return {each.overlap.sample_id: each for each in measure(some, answer_with_model(HalfPredictor()))}

    together = by_id(samples)
    shuffled = samples.copy()
    random.Random(3).shuffle(shuffled)
    assert by_id(shuffled) == together
    assert {key: each for sample in samples for key, each in by_id([sample]).items()} == together


def test_with_lavt480_truth_and_floors_are_squashed_too(samples: list[Sample]) -> None:
    for answer in (answer_with_centred_box, answer_with_model(HalfPredictor(), Asking(protocol="lavt480"))):
        measured = measure(samples, answer, protocol="lavt480")
        truth = 400 / (HEIGHT * WIDTH) * 480**2  # the first dog's share of the photo
        assert measured[0].overlap.union >= truth
        assert measured[0].area == 400  # still of the photo
    assert measured[0].overlap.intersection == pytest.approx(truth, rel=0.01)


def test_the_final_mask_is_kept_on_request(samples: list[Sample]) -> None:
    (measured,) = measure(samples[:1], answer_with_model(HalfPredictor()), keep_masks=True)
    kept = decode_mask({"segmentation": measured.rle}, HEIGHT, WIDTH)
    assert kept[:, : WIDTH // 2].all()
    assert not kept[:, WIDTH // 2 :].any()
    assert measure(samples[:1], answer_with_model(HalfPredictor()))[0].rle is None


def test_a_photo_of_another_size_than_annotated_is_an_error(samples: list[Sample]) -> None:
    larger = replace(samples[0], width=WIDTH + 1)
    with pytest.raises(DataError, match=r"is 60x40 but annotated as 61x40; .*--images"):
        measure([larger], answer_with_model(HalfPredictor()))


def test_two_samples_of_one_id_are_an_error(samples: list[Sample]) -> None:
    with pytest.raises(DataError, match="have one id"):
        measure([samples[0], replace(samples[1], sample_id=samples[0].sample_id)], answer_with_centred_box)
