"""Every generated phrase is read back by rules of its own and must be true of its object alone."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import SIZE, box, instances

from refseg_cli.data.masks import decode_mask
from refseg_cli.data.phrases.generate import generate
from refseg_cli.data.phrases.groups import groups_of
from refseg_cli.data.phrases.scene import read_scenes
from refseg_cli.data.swap_pairs import swap_pairs
from refseg_cli.data.word_types import mirrored

Box = dict[str, Any]
PLACES = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}


@st.composite
def scenes(draw: st.DrawFn) -> list[Box]:
    """One to six dogs, horses and persons at random places."""
    boxes = []
    for ann_id in range(draw(st.integers(1, 6))):
        width, height = draw(st.integers(3, 60)), draw(st.integers(3, 60))
        left, top = draw(st.integers(0, 100 - width)), draw(st.integers(0, 100 - height))
        boxes.append(box(ann_id, draw(st.sampled_from([18, 18, 18, 19, 1])), left, top, width, height))
    return boxes


def x(thing: Box) -> float:
    return thing["bbox"][0] + thing["bbox"][2] / 2


def y(thing: Box) -> float:
    return thing["bbox"][1] + thing["bbox"][3] / 2


def area(thing: Box) -> float:
    return thing["bbox"][2] * thing["bbox"][3]


def gap(one: Box, other: Box) -> float:
    spaces = []
    for side in (0, 1):
        (start, length), (other_start, other_length) = one["bbox"][side::2], other["bbox"][side::2]
        spaces.append(max(start, other_start) - min(start + length, other_start + other_length))
    return max(*spaces, 0)


def meant(text: str, boxes: Sequence[Box], thing: Box) -> list[Box]:
    """All objects that the phrase's noun could mean."""
    if "animal" in text:
        return [each for each in boxes if each["category_id"] in (18, 19)]
    return [each for each in boxes if each["category_id"] == thing["category_id"]]


def anchor(text: str, boxes: Sequence[Box]) -> Box:
    """The one object that the phrase relates to: its last noun."""
    category = {"dog": 18, "horse": 19, "person": 1}[text.rsplit(maxsplit=1)[-1]]
    (found,) = [each for each in boxes if each["category_id"] == category]
    return found


def is_true(text: str, kind: str, thing: Box, boxes: Sequence[Box]) -> bool:
    things = meant(text, boxes, thing)
    others = [each for each in things if each is not thing]
    checks = {"ordinal": ordinal, "size": size, "position": position}
    if kind == "category":
        return not others
    if kind == "relation":
        return relation(text, thing, others, boxes)
    return checks[kind](text, thing, others)


def ordinal(text: str, thing: Box, others: Sequence[Box]) -> bool:
    (word,) = [word for word in text.split() if word in PLACES]
    (side,) = re.findall("left|right", text)
    row = sorted([thing, *others], key=x, reverse=side == "right")
    return row[PLACES[word] - 1] is thing and len({x(each) for each in row}) == len(row)


def size(text: str, thing: Box, others: Sequence[Box]) -> bool:
    if re.search("second|2nd", text):
        bigger = [other for other in others if area(other) >= 1.5 * area(thing)]
        smaller = [other for other in others if area(thing) >= 1.5 * area(other)]
        first = bigger if re.search("big|large", text) else smaller
        return len(first) == 1 and len(bigger) + len(smaller) == len(others) >= 2
    if re.search("big|large", text):
        return area(thing) >= 1.5 * max(map(area, others))
    return bool(re.search("small|little|tiny", text)) and 1.5 * area(thing) <= min(map(area, others))


def position(text: str, thing: Box, others: Sequence[Box]) -> bool:
    row = re.search("top|upper|bottom|lower|highest|lowest", text)
    side = re.search("left|right", text)
    across = [x(other) - x(thing) if side and side[0] == "left" else x(thing) - x(other) for other in others]
    upwards = bool(row) and row[0] in {"top", "upper", "highest"}
    down = [y(other) - y(thing) if upwards else y(thing) - y(other) for other in others]
    if row and side:
        in_corner = (x(thing) < 50) == (side[0] == "left") and (y(thing) < 50) == upwards
        return in_corner and all(a + b >= 20 for a, b in zip(across, down, strict=True))
    if row:
        return min(down) >= 12 - 1e-9
    if side:
        in_half = (x(thing) < 50) == (side[0] == "left")
        return min(across) >= 8 - 1e-9 if others else in_half
    if re.search("middle|center", text):
        return len(others) == 2 and min(map(x, others)) < x(thing) < max(map(x, others))
    if re.search("front|close|near|foreground", text):
        return area(thing) > max(map(area, others))
    return bool(re.search("back|furthest|farthest", text)) and area(thing) < min(map(area, others))


def relation(text: str, thing: Box, others: Sequence[Box], boxes: Sequence[Box]) -> bool:
    if "on it" in text or "under the" in text:
        (person,) = [each for each in boxes if each["category_id"] == 1]
        return gap(thing, person) == 0 and all(gap(other, person) > 0 for other in others)
    other_kind = anchor(text, boxes)
    side = re.search("left|right", text)
    if side:
        sign = 1 if side[0] == "left" else -1
        holds = [sign * (x(other_kind) - x(each)) for each in (thing, *others)]
        return holds[0] >= 8 - 1e-9 and all(distance <= -8 + 1e-9 for distance in holds[1:])
    near, others_near = gap(thing, other_kind), [gap(other, other_kind) for other in others]
    if re.search("next to|beside|by|near", text):
        return near <= 3 and all(distance >= 15 for distance in others_near)
    return near == 0 and all(
        distance > 0 for distance in others_near
    )  # with, on, riding: only this one touches


@given(boxes=scenes(), seed=st.integers(0, 1000))
@settings(max_examples=300)
def test_every_phrase_is_true_of_its_object_and_of_no_other(boxes: list[Box], seed: int) -> None:
    for reference in generate(instances(*boxes), None, seed, size_order=True):
        thing = boxes[reference["ann_id"]]
        for sentence in reference["sentences"]:
            assert is_true(sentence["sent"], sentence["kind"], thing, boxes), (sentence, thing["bbox"])


PLURALS = {"dogs": {18}, "puppies": {18}, "horses": {19}, "animals": {18, 19}, "people": {1}, "guys": {1}}
PLURALS |= {
    "humans": {1},
    "every person": {1},
    "every guy": {1},
    "every human": {1},
    "every animal": {18, 19},
}
COUNTS = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


@given(boxes=scenes(), seed=st.integers(0, 1000))
@settings(max_examples=300)
def test_every_plural_names_all_of_its_kind_and_nothing_else(boxes: list[Box], seed: int) -> None:
    (scene,) = read_scenes(instances(*boxes))
    for group, phrases in groups_of(scene, seed, 100):
        mask = decode_mask(group.annotation, SIZE, SIZE)
        for phrase in phrases:
            (noun,) = [noun for noun in PLURALS if phrase.text.endswith(noun)]
            theirs = [each for each in boxes if each["category_id"] in PLURALS[noun]]
            counts = [COUNTS[word] for word in phrase.text.split() if word in COUNTS]
            assert len(theirs) > 1, phrase
            assert counts in ([], [len(theirs)]), phrase
            np.testing.assert_array_equal(mask, drawn(theirs), err_msg=phrase.text)


def drawn(boxes: Sequence[Box]) -> np.ndarray:
    pixels = np.zeros((SIZE, SIZE), dtype=bool)
    for left, top, width, height in (each["bbox"] for each in boxes):
        pixels[top : top + height, left : left + width] = True
    return pixels


@given(boxes=scenes(), seed=st.integers(0, 1000))
def test_no_phrase_names_two_objects_and_none_is_repeated(boxes: list[Box], seed: int) -> None:
    references = generate(instances(*boxes), None, seed)
    texts = [sentence["sent"] for reference in references for sentence in reference["sentences"]]
    assert len(texts) == len(set(texts))
    assert all(1 <= len(reference["sentences"]) <= 6 for reference in references)


@given(boxes=scenes())
def test_mirrored_phrases_are_true_of_the_mirrored_photo(boxes: list[Box]) -> None:
    flipped = [
        box(each["id"], each["category_id"], 100 - each["bbox"][0] - each["bbox"][2], *each["bbox"][1:])
        for each in boxes
    ]
    for reference in generate(instances(*boxes), None, 0, max_phrases=12):
        thing = flipped[reference["ann_id"]]
        for sentence in reference["sentences"]:
            assert is_true(mirrored(sentence["sent"]), sentence["kind"], thing, flipped), sentence


@given(boxes=scenes())
def test_both_sentences_of_a_swap_pair_are_true(boxes: list[Box]) -> None:
    for pair in swap_pairs(instances(*boxes), Path()):
        for text, annotation in zip(pair.sentences, pair.annotations, strict=True):
            kind = "position" if pair.kind == "left-right" else "size"
            assert is_true(text, kind, boxes[annotation["id"]], boxes), text


WORDS = st.sampled_from(
    "left right Left RIGHT leftmost rightmost bright topleft dog of the , left-hand".split()
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
def test_mirroring_twice_gives_the_sentence_back(text: str) -> None:
    assert mirrored(mirrored(text)) == text


@given(st.lists(WORDS))
def test_mirroring_keeps_the_number_of_words(words: list[str]) -> None:
    assert len(mirrored(" ".join(words)).split()) == len(words)
