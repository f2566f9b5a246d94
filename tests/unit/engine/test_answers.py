import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from refer_folders import HEIGHT, WIDTH, write_refer_folder

from refseg_cli.data.readers.refer import read_refer
from refseg_cli.data.samples import Sample
from refseg_cli.engine.answers import (
    Mask,
    WordTypes,
    answer_with_centred_box,
    answer_with_model,
    measure,
)
from refseg_cli.engine.baselines import centred_box
from refseg_cli.engine.metrics import Overlap
from refseg_cli.errors import DataError


@dataclass(frozen=True)
class Answered:
    mask: Mask


class HalfPredictor:
    """Answers with the left or right half of the image and writes down what it was asked."""

    def __init__(self) -> None:
        self.images: list[bytes] = []
        self.asked: list[tuple[str, float, str, int]] = []

    def set_image(self, image: NDArray[np.uint8]) -> None:
        assert image.shape == (HEIGHT, WIDTH, 3)
        self.images.append(image.tobytes())

    def segment_many(
        self, expressions: Sequence[str], *, threshold: float, word_types: WordTypes, seed: int
    ) -> list[Answered]:
        self.asked.extend((expression, threshold, word_types, seed) for expression in expressions)
        return [Answered(half(int("right" in expression))) for expression in expressions]


def half(side: int) -> Mask:
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    mask[:, side * WIDTH // 2 : (side + 1) * WIDTH // 2] = True
    return mask


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return read_refer(write_refer_folder(tmp_path / "tiny"), "refs(unc).p", "val")


def test_overlaps_are_counted_at_the_size_of_the_image(samples: list[Sample]) -> None:
    overlaps = measure(samples, answer_with_model(HalfPredictor()))
    area = HEIGHT * WIDTH // 2
    assert overlaps == [
        Overlap("tiny/10", 1, 400, area),
        Overlap("tiny/11", 1, 144, area),
        Overlap("tiny/20", 2, 100, area),
        Overlap("tiny/21", 2, 24 * 28, area),
    ]


def test_each_image_is_encoded_once_whatever_the_order(samples: list[Sample]) -> None:
    predictor = HalfPredictor()
    mixed = [samples[2], samples[0], samples[3], samples[1]]
    overlaps = measure(mixed, answer_with_model(predictor))
    assert [overlap.sample_id for overlap in overlaps] == [sample.sample_id for sample in mixed]
    assert len(predictor.images) == len(set(predictor.images)) == 2


def test_order_and_company_of_a_sample_change_nothing(samples: list[Sample]) -> None:
    answer = answer_with_model(HalfPredictor())
    together = {overlap.sample_id: overlap for overlap in measure(samples, answer)}
    shuffled = samples.copy()
    random.Random(3).shuffle(shuffled)
    assert {overlap.sample_id: overlap for overlap in measure(shuffled, answer)} == together
    assert [measure([sample], answer)[0] for sample in samples] == [together[s.sample_id] for s in samples]


def test_the_model_is_asked_as_was_told(samples: list[Sample]) -> None:
    predictor = HalfPredictor()
    measure(samples[:1], answer_with_model(predictor, threshold=0.3, word_types="random", seed=7))
    assert predictor.asked == [("left dog", 0.3, "random", 7)]


def test_the_centred_box_never_reads_the_sentence(samples: list[Sample]) -> None:
    masks = answer_with_centred_box(samples)
    assert all((mask == centred_box(HEIGHT, WIDTH)).all() for mask in masks)


def test_a_photo_of_another_size_than_annotated_is_an_error(samples: list[Sample]) -> None:
    larger = replace(samples[0], width=WIDTH + 1)
    with pytest.raises(DataError, match=r"is 60x40 but annotated as 61x40; .*--images"):
        measure([larger], answer_with_model(HalfPredictor()))


def test_two_samples_of_one_id_are_an_error(samples: list[Sample]) -> None:
    with pytest.raises(DataError, match="have one id"):
        measure([samples[0], replace(samples[1], sample_id=samples[0].sample_id)], answer_with_centred_box)
