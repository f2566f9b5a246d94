"""What is known of the data that a backbone has seen."""

from dataclasses import asdict
from typing import Any

import pytest

from refseg.models.backbones.provenance import IMAGENET, Provenance


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["ImageNet-1k"], "no"),
        (["ImageNet-1k", "COCO (detection)"], "yes"),  # as the first checkpoints tell it
        (["MS-COCO (according to the converter)"], "yes"),
        ([], "no"),
        (["LAION-5B"], "unknown"),
        (None, "unknown"),
        ({"trained_on": ["LAION-5B"], "contains_refcoco": "unknown"}, "unknown"),
        ({"trained_on": ["COCO val2017"], "contains_refcoco": "no"}, "no"),
        ({"trained_on": 3, "contains_refcoco": ["yes"]}, "unknown"),
    ],
)
def test_every_form_that_checkpoints_tell_it_in_is_read(told: Any, expected: str) -> None:
    assert Provenance.from_json(told).contains_refcoco == expected


def test_it_reads_back_what_was_written() -> None:
    seen = Provenance(("a", "b"), "yes")
    assert Provenance.from_json(asdict(seen)) == seen


def test_of_two_the_worse_answer_holds() -> None:
    photos, web = Provenance(("COCO",), "yes"), Provenance(("web",), "unknown")
    assert (IMAGENET | web).contains_refcoco == "unknown"
    assert web | photos == Provenance(("web", "COCO"), "yes")
    assert IMAGENET | IMAGENET == IMAGENET


def test_tuning_adds_to_what_a_backbone_has_seen() -> None:
    told = {
        "backbone": asdict(IMAGENET),
        "backbone_tuned": {"trained_on": ["unc"], "contains_refcoco": "yes"},
    }
    assert Provenance.of_checkpoint(told) == Provenance(("ImageNet-1k", "unc"), "yes")
    assert Provenance.of_checkpoint({}) == Provenance((), "unknown")
