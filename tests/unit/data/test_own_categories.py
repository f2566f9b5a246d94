"""Phrases for categories that are not COCO's: whatever a person called them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scenes import SIZE, box, instances, sentences

from refseg_cli.data.phrases.generate import generate
from refseg_cli.data.phrases.nouns import plain_name

LEFT, RIGHT = (5, 40, 20, 20), (70, 40, 20, 20)


def said(names: list[str], images: Path | None = None, **options: Any) -> dict[int, set[str]]:
    """All that is ever said of things side by side, each of the category of that name."""
    boxes = [box(n, n, 4 + 24 * n, 40, 18, 20) for n in range(len(names))]
    categories = [{"id": n, "name": name} for n, name in enumerate(names)]
    found: dict[int, set[str]] = {n: set() for n in range(len(names))}
    for seed in range(40):
        made = generate({**instances(*boxes), "categories": categories}, images, seed, **options)
        for ann_id, texts in sentences(made).items():
            found[ann_id] |= texts
    return found


def words(texts: set[str]) -> set[str]:
    return {word for text in texts for word in text.split()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("person_walking", "person walking"),
        ("Forklift", "forklift"),
        ("bow_(weapon)", "bow"),
        ("T-shirt", "t-shirt"),
        ("{n}", "n"),
        ("salt & pepper", "salt pepper"),
        ("Löwe", "löwe"),
        ("__", ""),
    ],
)
def test_names_of_categories_become_words(name: str, expected: str) -> None:
    assert plain_name(name) == expected


def test_things_of_ones_own_categories_are_named() -> None:
    found = said(["forklift", "Forklift", "person_walking"])
    assert "left forklift" in found[0]
    assert "forklift on the right" in found[1]
    assert "the person walking" in found[2]
    assert "right forklift" not in found[0]


def test_a_category_without_a_name_is_passed_over() -> None:
    found = said(["___", "crate"])
    assert found[0] == set()
    assert "the crate" in found[1]


@pytest.mark.parametrize(
    ("other", "name", "noun"),
    [
        ("police car", "car", "car"),
        ("person_walking", "person", "person"),
        ("woman", "person", "person"),
        ("sofa", "couch", "couch"),
        ("purse", "handbag", "handbag"),
        ("forklift", "truck", "vehicle"),
        ("fox", "dog", "animal"),
    ],
)
def test_nothing_is_said_that_might_mean_a_thing_of_another_category(
    other: str, name: str, noun: str
) -> None:
    assert noun in words(said([name])[0])
    assert noun not in words(said([name, other])[0])


def test_a_longer_name_is_said_beside_a_shorter_one() -> None:
    assert "the police car" in said(["police car", "car"])[0]


def test_the_colour_of_a_thing_of_ones_own_is_said(tmp_path: Path) -> None:
    pixels = np.full((SIZE, SIZE, 3), 128, dtype=np.uint8)
    pixels[40:60, 4:22] = (220, 20, 20)
    pixels[40:60, 28:46] = (20, 20, 220)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    found = said(["crate", "Crate"], tmp_path)
    assert "red crate" in found[0]
    assert "blue crate" in found[1]


def test_the_order_of_sizes_is_said_when_it_is_asked_for() -> None:
    boxes = [box(0, 18, 2, 10, 40, 40), box(1, 18, 50, 20, 25, 25), box(2, 18, 80, 30, 15, 15)]
    plain, ordered = (
        {
            text
            for seed in range(60)
            for text in sentences(generate(instances(*boxes), None, seed, size_order=order)).get(1, ())
        }
        for order in (False, True)
    )
    assert {"second biggest dog", "the 2nd largest dog"} <= ordered
    assert "biggest" not in words(plain)
