import dataclasses
import json
from pathlib import Path

import pytest
from readers import LinesReader

from refseg_cli.data.clips import Clip
from refseg_cli.data.samples import Sample
from refseg_cli.data.stored_samples import NUMBERS, OTHERS, TEXTS, StoredMapping, StoredSamples, pack


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    source = tmp_path / "lines.txt"
    source.write_text("left dog\nright café\n狗\n\nleft dog\n", encoding="utf-8")
    return LinesReader(source).read("val")


def test_every_field_of_a_sample_and_of_a_clip_is_stored() -> None:
    # which frame is asked about is no part of a dataset
    assert {*NUMBERS, *TEXTS, *OTHERS, "frame"} == {field.name for field in dataclasses.fields(Sample)}
    assert [field.name for field in dataclasses.fields(Clip)] == [
        *("path", "n_frames", "annotated", "names", "centres")
    ]


def test_samples_come_back_field_by_field(samples: list[Sample]) -> None:
    stored = StoredSamples(pack(samples))
    assert len(stored) == 5
    for sample, made in zip(samples, stored, strict=True):
        for field in dataclasses.fields(Sample):
            value, expected = getattr(made, field.name), getattr(sample, field.name)
            assert value == expected
            assert type(value) is (StoredMapping if field.name == "annotation" else type(expected))
    assert list(stored) == samples


def test_they_are_a_sequence(samples: list[Sample]) -> None:
    stored = StoredSamples(pack(samples))
    assert stored[1] == samples[1]
    assert stored[-1] == samples[-1]
    assert stored[1:4:2] == samples[1:4:2]
    assert stored[::-1] == samples[::-1]
    assert samples[2] in stored
    with pytest.raises(IndexError):
        stored[5]


def test_more_samples_than_are_made_at_a_time_come_in_order(samples: list[Sample]) -> None:
    assert [sample.expression for sample in StoredSamples(pack(samples * 700))] == [
        sample.expression for sample in samples * 700
    ]


def test_no_sample_at_all_is_a_sequence_too() -> None:
    assert list(StoredSamples(pack([]))) == []


def test_what_is_equal_is_stored_once(samples: list[Sample]) -> None:
    once, many = pack(samples), pack(samples * 100)
    assert len(many["rows"]) == 500
    assert len(many["pieces"]) == len(once["pieces"])


def test_an_annotation_is_decoded_when_it_is_first_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []
    loads = json.loads
    monkeypatch.setattr(json, "loads", lambda text: decoded.append(text) or loads(text))
    annotation = StoredMapping(b'{"id": 3, "segmentation": [[1, 2]]}')
    assert not decoded
    assert annotation["segmentation"] == [[1, 2]]
    assert annotation.get("union") is None
    assert annotation == {"id": 3, "segmentation": [[1, 2]]}
    assert len(annotation) == 2
    assert len(decoded) == 1


def test_samples_of_an_index_can_be_stored_again(samples: list[Sample]) -> None:
    assert list(StoredSamples(pack(StoredSamples(pack(samples))))) == samples


def test_an_annotation_that_is_not_json_is_a_mistake_of_its_reader(samples: list[Sample]) -> None:
    with pytest.raises(TypeError, match=r"an annotation must be JSON, and \w*Path is not"):
        pack([dataclasses.replace(samples[0], annotation={"png": Path("a.png")})])
