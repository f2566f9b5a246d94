from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refseg_cli.data import mixture
from refseg_cli.data.mixture import DataConfig, Mixture, SourceConfig, read_mixture
from refseg_cli.data.samples import Sample
from refseg_cli.data.windows import window
from refseg_cli.errors import ConfigError


def sample(image: int, ann: int, kind: str = "human", category: int = 18) -> Sample:
    annotation: dict[str, Any] = {"bbox": [10.0 * ann % 60, 5.0, 20.0, 30.0]}
    path = Path(f"{image}.jpg")
    name = f"{image}/{ann}/{kind}"
    return Sample(name, image, path, f"dog {ann}", annotation, 60, 100, category, ann, ann, kind)


SAMPLES = [(sample(image, 10 * image + side), 1.0) for image in range(5) for side in (0, 1)]


def test_a_step_draws_the_same_whatever_was_drawn_before() -> None:
    config = DataConfig(draw="images", images_per_step=3, sentences_per_image=2, flip=True, views=4)
    first, second = Mixture(SAMPLES, config, 7), Mixture(SAMPLES, config, 7)
    for step in (3, 0, 2):
        second.draw(step)
    assert first.draw(5) == second.draw(5)
    assert first.draw(5) != first.draw(6)
    assert Mixture(SAMPLES, config, 8).draw(5) != first.draw(5)


def test_sentences_are_each_drawn_once_an_epoch_in_another_order_each() -> None:
    mixture = Mixture(SAMPLES, DataConfig(), 0)
    epochs = [
        [mixture.draw(10 * epoch + step)[0].samples[0].sample_id for step in range(10)] for epoch in (0, 1)
    ]
    everything = sorted(found.sample_id for found, _ in SAMPLES)
    assert sorted(epochs[0]) == sorted(epochs[1]) == everything
    assert epochs[0] != epochs[1]


@pytest.mark.parametrize("slot", range(3))
def test_of_grouped_sentences_each_comes_equally_often_in_each_place_whatever_its_image(slot: int) -> None:
    uneven = [
        (sample(image, 10 * image + n), 1.0)
        for image, n_own in ((1, 1), (2, 2), (3, 7))
        for n in range(n_own)
    ]
    config = DataConfig(images_per_step=2, sentences_per_image=3)
    mixture, n_steps = Mixture(uneven, config, 0), 2000
    drawn = Counter(draw.samples[slot].sample_id for step in range(n_steps) for draw in mixture.draw(step))
    expected = 2 * n_steps / len(uneven)
    error = 5 * (expected * (1 - 1 / len(uneven))) ** 0.5
    assert set(drawn) == {found.sample_id for found, _ in uneven}
    assert all(abs(count - expected) < error for count in drawn.values()), drawn


def test_an_image_is_drawn_by_its_weight() -> None:
    weighted = [(found, 9.0 if found.image_id == 2 else 1.0) for found, _ in SAMPLES]
    mixture = Mixture(weighted, DataConfig(draw="images", images_per_step=4), 0)
    drawn = [draw.samples[0].image_id for step in range(200) for draw in mixture.draw(step)]
    assert drawn.count(2) / len(drawn) == pytest.approx(9 / 13, abs=0.05)


def test_contrast_draws_the_other_instance_of_the_category() -> None:
    config = DataConfig(draw="images", images_per_step=2, sentences_per_image=2, contrast=1.0)
    mixture = Mixture(SAMPLES, config, 0)
    pairs = [draw.samples for step in range(20) for draw in mixture.draw(step)]
    assert all(first.ann_id != second.ann_id for first, second in pairs)


def test_a_kind_is_drawn_by_its_weight() -> None:
    two_kinds = [(sample(1, 1, "position"), 1.0), (sample(1, 2, "category"), 1.0)]
    config = DataConfig(draw="images", kind_weights={"position": 4.0})
    drawn = [Mixture(two_kinds, config, 0).draw(step)[0].samples[0].kind for step in range(400)]
    assert drawn.count("position") / 400 == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("view", range(1, 30))
def test_a_window_lies_on_the_photo_and_holds_all_that_is_named(view: int) -> None:
    named = [sample(1, 1), sample(1, 3)]
    seen = window(named, view, 0)
    assert seen is not None
    top, left, height, width = seen
    assert 0 <= top <= 5
    assert top + height <= 60
    assert height >= 42
    assert 0 <= left <= 10
    assert left + width <= 100
    assert width >= 70
    assert top + height >= 35
    assert left + width >= 50


def test_view_0_is_the_whole_photo() -> None:
    assert window([sample(1, 1)], 0, 0) is None


def test_no_source_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="--dataset unc"):
        read_mixture(DataConfig(), Path(), 0)


@pytest.mark.parametrize(
    "values",
    [
        {"images_per_step": 0},
        {"sentences_per_image": 0},
        {"views": 0},
        {"contrast": 1.1},
        {"contrast": float("nan")},
        {"kind_weights": {"position": 0.0}},
    ],
)
def test_a_draw_that_cannot_be_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(values))}"):
        DataConfig(**values)


@pytest.mark.parametrize("weight", [-1.0, 0.0, float("inf")])
def test_a_source_that_cannot_be_weighed_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight must be above 0"):
        SourceConfig(weight=weight)


@pytest.mark.parametrize("photo", ["000000000086.jpg", "86.jpg"])
def test_that_photos_of_the_examples_are_left_out_is_said(
    photo: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [replace(sample(86, ann), image_path=Path(photo)) for ann in (1, 2)]
    monkeypatch.setattr(mixture, "read_source", lambda _source, _root: [sample(1, 1), *found])
    kept = read_mixture(DataConfig(sources=(SourceConfig(),)), Path(), 0)
    is_coco = photo.startswith("0")
    assert len(kept) == (1 if is_coco else 3)
    told = "2 sentences on photos of refseg's examples are left out\n"
    assert capsys.readouterr() == ("", told if is_coco else "")


def test_the_small_preset_trains_on_no_held_out_photo(shared: Path) -> None:
    from refseg_cli.data.readers.refer import read_refer
    from refseg_cli.data.splits import EXAMPLE_IMAGES, human_parts, is_choice

    folder = shared / "data" / "coco_phrases"
    source = SourceConfig(folder="coco_phrases", refs="refs(templated).p", kind="template")
    human = SourceConfig(folder="refcoco_human", layout="human")
    mixture = read_mixture(DataConfig(sources=(source, human), held_out_choices=True), shared / "data", 0)
    ids = {found.image_id for found in mixture.samples}
    parts = human_parts(shared / "data" / "refcoco_human")
    assert not ids & {found.image_id for found in read_refer(folder, "refs(templated).p", "val")}
    assert not ids & (EXAMPLE_IMAGES | parts["choices"] | parts["final"])
    assert not any(is_choice(number) for number in ids - parts["train"])
