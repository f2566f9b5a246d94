"""How a model is asked, and what is kept of its answers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from halves import HalfPredictor
from numpy.typing import NDArray
from refer_folders import HEIGHT, WIDTH, write_refer_folder

from refseg_cli.data.readers.refer import read_refer
from refseg_cli.data.samples import Sample
from refseg_cli.engine.answers import Asking, answer_with_centred_box
from refseg_cli.engine.baselines import centred_box
from refseg_cli.engine.model_answers import answer_with_model


@pytest.fixture
def pair(tmp_path: Path) -> list[Sample]:
    """Two sentences about one photo."""
    return read_refer(write_refer_folder(tmp_path / "tiny"), "refs(unc).p", "val")[:2]


def test_the_model_is_asked_as_was_told(pair: list[Sample]) -> None:
    predictor = HalfPredictor()
    list(answer_with_model(predictor, Asking(threshold=0.3, word_types="random", seed=7))(pair[:1]))
    assert predictor.asked == [("left dog", 0.3, "random", 7)]


@pytest.mark.parametrize(("batch_size", "sizes"), [(1, [1, 1]), (2, [2]), (7, [2])])
def test_as_many_sentences_are_asked_together_as_was_told(
    pair: list[Sample], batch_size: int, sizes: Sequence[int]
) -> None:
    predictor = HalfPredictor()
    answers = list(answer_with_model(predictor, Asking(batch_size=batch_size))(pair))
    assert predictor.together == sizes
    assert [bool(answer.mask[0, 0]) for answer in answers] == [True, False]


def test_what_the_model_says_of_words_is_kept(pair: list[Sample]) -> None:
    (answer,) = answer_with_model(HalfPredictor())(pair[:1])
    assert (answer.word_types, answer.n_dropped, answer.score) == (("attribute", "entity"), 3, 0.75)
    assert answer.refined is None


@pytest.mark.parametrize(
    ("protocol", "shape"), [("original", (HEIGHT, WIDTH)), ("cmpc", (HEIGHT, WIDTH)), ("lavt480", (480, 480))]
)
def test_masks_follow_the_protocol_with_and_without_a_crf(
    pair: list[Sample], protocol: str, shape: tuple[int, int]
) -> None:
    asking = Asking(protocol=protocol, crf=True)  # type: ignore[arg-type]
    for answer, left in zip(answer_with_model(HalfPredictor(), asking)(pair), (True, False), strict=True):
        assert answer.refined is not None
        for mask in (answer.mask, answer.refined):
            assert mask.shape == shape
            assert (mask[:, : shape[1] // 3] == left).all()
            assert (mask[:, 2 * shape[1] // 3 :] != left).all()


@pytest.mark.parametrize("protocol", ["cmpc", "lavt480"])
def test_a_threshold_holds_in_every_protocol(pair: list[Sample], protocol: str) -> None:
    def area(threshold: float) -> int:
        asking = Asking(threshold=threshold, protocol=protocol)  # type: ignore[arg-type]
        return int(next(iter(answer_with_model(HalfPredictor(), asking)(pair))).mask.sum())

    assert area(0.001) > area(0.5) > area(0.999) == 0


def test_the_centred_box_never_reads_the_sentence(pair: list[Sample]) -> None:
    masks: list[NDArray[np.bool_]] = [answer.mask for answer in answer_with_centred_box(pair)]
    assert all((mask == centred_box(HEIGHT, WIDTH)).all() for mask in masks)
