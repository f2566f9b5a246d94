"""What holds of every sentence and scene of the generated benchmark, by rules of the tests' own."""

from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from drawn_scenes import EMPTY, Judge, meaning, shorter_readings

from refseg_cli.data.shapes.paint import render
from refseg_cli.data.shapes.scene import SPLITS, VISIBLE, Scene, make_scene
from refseg_cli.data.shapes.vocabulary import HELD_OUT, SHAPES

MANY = {"train": 160, "val": 10, "test": 10, "test-relation": 20, "test-unseen": 21}


@cache
def scenes(split: str) -> list[Scene]:
    return [make_scene(3, split, number) for number in range(MANY[split])]


def everywhere() -> list[Scene]:
    return [scene for split in SPLITS for scene in scenes(split)]


def check_sentences(scene: Scene) -> None:
    judge = Judge(scene.things)
    for expression in scene.expressions:
        words = meaning(expression.text)
        assert judge.meant(words) == {expression.thing}, (expression, scene.things)
        for reading in shorter_readings(words):
            assert judge.meant(reading) - {expression.thing}, (expression, reading, scene.things)
        assert judge.meant_otherwise(words) <= {expression.thing}, (expression, scene.things)


def test_every_sentence_names_its_object_alone_and_nothing_shorter_does():
    for scene in everywhere():
        check_sentences(scene)


def test_an_anchor_of_the_same_noun_is_told_apart():
    for scene in everywhere():
        for expression in scene.expressions:
            words = meaning(expression.text)
            nouns = [index for index, word in enumerate(words) if word in SHAPES]
            starts = [0, *(index + 2 for index in nouns)]  # behind a noun and its relation
            looks = [set(words[start:noun]) for start, noun in zip(starts, nouns, strict=False)]
            for one, other in pairwise(range(len(nouns))):
                assert words[nouns[one]] != words[nouns[other]] or looks[other] - looks[one], expression.text


@pytest.mark.slow
@pytest.mark.parametrize("split", SPLITS)
def test_the_same_of_thousands(split):
    for number in range(1000):
        check_sentences(make_scene(0, split, number))


def test_a_noun_alone_never_does():
    for scene in everywhere():
        for expression in scene.expressions:
            shape = scene.things[expression.thing].shape
            assert sum(thing.shape == shape for thing in scene.things) > 1


def test_every_group_says_what_it_is_named_for():
    places = {"left", "right", "top", "bottom", "middle", "leftmost", "rightmost", "topmost", "lowest"}
    relations = {"left-of", "right-of", "above", "below", "touching", "in-front", "behind"}
    for scene in everywhere():
        for expression in scene.expressions:
            words = set(meaning(expression.text))
            said = {"location": bool(words & places), "relation": bool(words & relations)}
            assert {group for group, holds in said.items() if holds} == {expression.group} - {"attribute"}


def test_two_relations_in_a_row_occur():
    both = ["above", "below", "touching", "in-front", "behind", "left-of", "right-of"]
    counts = Counter(
        sum(word in both for word in meaning(expression.text))
        for scene in scenes("train")
        for expression in scene.expressions
        if expression.group == "relation"
    )
    assert counts[2] > 0.08 * counts.total()
    assert set(counts) == {1, 2}


def test_groups_are_equally_frequent():
    counts = Counter(each.group for scene in scenes("train") for each in scene.expressions)
    assert counts.total() == 3 * MANY["train"]
    assert all(abs(count - MANY["train"]) < 0.12 * MANY["train"] for count in counts.values())
    unseen = Counter(each.group for scene in scenes("test-unseen") for each in scene.expressions)
    assert unseen == {"attribute": 7, "location": 7, "relation": 7}
    assert {each.group for scene in scenes("test-relation") for each in scene.expressions} == {"relation"}


def test_sentences_of_one_group_name_different_objects():
    for scene in everywhere():
        assert len({(each.group, each.thing) for each in scene.expressions}) == len(scene.expressions)


def test_objects_lie_in_the_picture_and_can_be_seen():
    for scene in everywhere():
        assert 3 <= len(scene.things) <= 8
        wide = np.full((520, 520, 3), 128, dtype=np.uint8)
        for thing, mask in zip(scene.things, render(EMPTY, scene.things)[1], strict=True):
            whole = render(wide, [thing])[1].sum()
            assert mask.sum() >= 0.97 * VISIBLE * whole, (thing, mask.sum(), whole)
            assert not mask[[0, -1]].any()
            assert not mask[:, [0, -1]].any()


def test_held_out_pairs_are_drawn_in_test_unseen_only_and_said_in_each_of_its_sentences():
    for split in SPLITS:
        for scene in scenes(split):
            pairs = {(thing.colour, thing.shape) for thing in scene.things}
            assert bool(pairs & HELD_OUT) == (split == "test-unseen")
    for scene in scenes("test-unseen"):
        for expression in scene.expressions:
            thing = scene.things[expression.thing]
            assert (thing.colour, thing.shape) in HELD_OUT
            assert thing.colour in meaning(expression.text)[: meaning(expression.text).index(thing.shape)]


def test_no_two_scenes_are_alike():
    assert len({scene.things for scene in everywhere()}) == sum(MANY.values())
    assert make_scene(3, "train", 0) == scenes("train")[0] != make_scene(4, "train", 0)


GUESSES = {
    "biggest": lambda thing: -thing.radius,
    "smallest": lambda thing: thing.radius,
    "central": lambda thing: (thing.x - 160) ** 2 + (thing.y - 160) ** 2,
    "outermost": lambda thing: -((thing.x - 160) ** 2) - (thing.y - 160) ** 2,
    "leftmost": lambda thing: thing.x,
    "topmost": lambda thing: thing.y,
}


@pytest.mark.parametrize("among", ["all", "candidates"])
@pytest.mark.parametrize("guess", GUESSES)
def test_a_guess_without_the_sentence_is_little_better_than_chance(guess, among):
    hits, chance = [], []
    for scene in scenes("train"):
        for expression in scene.expressions:
            named = scene.things[expression.thing]
            pool = [each for each in scene.things if among == "all" or each.shape == named.shape]
            hits.append(min(pool, key=GUESSES[guess]) == named)
            chance.append(1 / len(pool))
    assert np.mean(hits) < np.mean(chance) + 0.1


@pytest.mark.parametrize("place", ["first", "last"])
def test_the_order_of_painting_tells_nothing(place):
    wanted = [0 if place == "first" else len(scene.things) - 1 for scene in scenes("train")]
    pairs = list(zip(scenes("train"), wanted, strict=True))
    hits = [each.thing == number for scene, number in pairs for each in scene.expressions]
    chance = np.mean([1 / len(scene.things) for scene in scenes("train")])
    assert abs(np.mean(hits) - chance) < 0.08
