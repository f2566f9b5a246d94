from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from refseg_cli.data.drawn import SHAPES
from refseg_cli.data.samples import Sample
from refseg_cli.data.shapes.reader import ShapesReader, scene_masks
from refseg_cli.engine.answers import Answered
from refseg_cli.engine.measure import Measured, measure
from refseg_cli.engine.metrics import score
from refseg_cli.engine.named_object import named_object_section

GROUPS = ["attribute", "location", "relation"]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return ShapesReader(size=12).read("train")


def answer_relations_wrongly(samples: Sequence[Sample]) -> list[Answered]:
    """The object after the named one where a relation is asked for; else the named one."""
    answers = []
    for sample in samples:
        recipe = sample.annotation[SHAPES]
        masks = scene_masks(recipe)
        answers.append(Answered(masks[(recipe["thing"] + (sample.kind == "relation")) % len(masks)]))
    return answers


def answer_with_the_upper_half(samples: Sequence[Sample]) -> list[Answered]:
    upper = np.arange(320)[:, None] < 160
    return [Answered(sample.mask() & upper) for sample in samples]


@pytest.fixture(scope="module")
def measured(samples: list[Sample]) -> list[Measured]:
    return measure(samples, answer_relations_wrongly)


def test_the_share_is_counted_for_each_group_and_all(samples: list[Sample], measured: list[Measured]) -> None:
    section = named_object_section(samples, measured, None, 0)
    assert section is not None
    assert list(section["kinds"]) == GROUPS
    for kind, group in section["kinds"].items():
        value = 0.0 if kind == "relation" else 1.0
        assert group["right"] == {"value": value, "interval": [value, value]}
        assert group["n_expressions"] == sum(sample.kind == kind for sample in samples)
    n_right = sum(sample.kind != "relation" for sample in samples)
    assert section["right"]["value"] == n_right / len(samples)
    low, high = section["right"]["interval"]
    assert low < n_right / len(samples) < high


def test_chance_is_the_mean_of_one_over_the_candidates(
    samples: list[Sample], measured: list[Measured]
) -> None:
    section = named_object_section(samples, measured, None, 0)
    assert section is not None
    for kind, group in section["kinds"].items():
        counts = [s.annotation[SHAPES]["candidates"] for s in samples if s.kind == kind]
        assert group["chance"] == pytest.approx(np.mean([1 / count for count in counts]))


def test_scores_stand_beside_those_of_the_oracle(samples: list[Sample], measured: list[Measured]) -> None:
    oracle = measure(samples, answer_with_the_upper_half)
    section = named_object_section(samples, measured, oracle, 0)
    assert section is not None
    best = score([each.overlap for each in oracle]).overall_iou
    assert section["oracle_oIoU"] == best
    assert section["oIoU"] == score([each.overlap for each in measured]).overall_iou
    for group in section["kinds"].values():
        assert group["ratio"] == group["oIoU"] / group["oracle_oIoU"]
    assert section["kinds"]["attribute"]["ratio"] > 1


def test_without_a_head_there_is_no_oracle(samples: list[Sample], measured: list[Measured]) -> None:
    section = named_object_section(samples, measured, None, 0)
    assert section is not None
    assert (section["oracle_oIoU"], section["ratio"]) == (None, None)


def test_an_oracle_that_finds_nothing_gives_no_ratio(samples: list[Sample], measured: list[Measured]) -> None:
    nothing = measure(samples, lambda group: [Answered(np.zeros((320, 320), dtype=bool)) for _ in group])
    section = named_object_section(samples, measured, nothing, 0)
    assert section is not None
    assert (section["oracle_oIoU"], section["ratio"]) == (0, None)


def test_intervals_draw_whole_scenes(samples: list[Sample], measured: list[Measured]) -> None:
    """Each scene three times under its own number tells no more than once; as scenes of its own, it would."""
    copied = [replace(s, sample_id=f"{s.sample_id}/{copy}") for copy in range(3) for s in samples]
    once = named_object_section(samples, measured, None, 0)
    thrice = named_object_section(copied, measure(copied, answer_relations_wrongly), None, 0)
    assert once is not None
    assert thrice is not None
    assert thrice["right"] == {
        "value": pytest.approx(once["right"]["value"]),
        "interval": pytest.approx(once["right"]["interval"]),
    }


def test_what_the_crf_leaves_is_what_counts(samples: list[Sample]) -> None:
    def spoilt(group: Sequence[Sample]) -> list[Answered]:
        return [Answered(sample.mask(), refined=np.zeros((320, 320), dtype=bool)) for sample in group]

    section = named_object_section(samples, measure(samples, spoilt), None, 0)
    assert section is not None
    assert (section["right"]["value"], section["oIoU"]) == (0, 0)


def test_photos_have_no_such_section(samples: list[Sample], measured: list[Measured]) -> None:
    photos = [replace(sample, annotation={}) for sample in samples]
    assert named_object_section(photos, measured, None, 0) is None
