"""Motion sentences: every action can be said, and every word has its true type."""

import numpy as np
import pytest

from refseg_cli.data.shapes.grammar import Description
from refseg_cli.data.shapes.motion_truth import ACTIONS
from refseg_cli.data.shapes.motion_wording import MOTION_WORD_TYPES, motion_word_types, say_motion

BLUE_STAR = Description("star", "blue")


def sentences(action, description=BLUE_STAR):
    return {say_motion(description, action, np.random.default_rng(seed)) for seed in range(60)}


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_can_be_said_in_several_ways_with_and_without_an_article(action):
    said = sentences(action)
    assert len(said) >= 6
    assert {sentence.startswith("the ") for sentence in said} == {True, False}
    assert all("blue star" in sentence for sentence in said)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_sentence_has_an_action_beside_its_looks(action):
    for sentence in sentences(action):
        types = dict(zip(sentence.split(), motion_word_types(sentence), strict=True))
        assert "action" in types.values()
        assert (types["blue"], types["star"]) == ("attribute", "entity")


def test_no_two_actions_share_a_sentence():
    said = [sentence for action in ACTIONS for sentence in sentences(action)]
    assert len(said) == len(set(said))


def test_left_and_right_are_said_in_the_same_ways():
    assert {sentence.replace("left", "right") for sentence in sentences("left")} == sentences("right")


def test_a_size_comes_before_a_colour_and_synonyms_are_used():
    said = sentences("blinks", Description("moon", "purple", "small"))
    assert any("small purple moon" in sentence for sentence in said)
    assert any("little violet crescent" in sentence for sentence in said)


def test_a_noun_that_fits_everything_can_be_dropped():
    said = sentences("left", Description("", "red"))
    nouns = {word for sentence in said for word in sentence.split()} & {"thing", "object", "shape"}
    assert nouns == {"thing", "object", "shape"}
    assert {MOTION_WORD_TYPES[noun] for noun in nouns} == {"unnecessary"}


@pytest.mark.parametrize(
    ("sentence", "letters"),
    [
        ("the red square that is moving left", "uaeuuxx"),
        ("spinning blue star", "xae"),
        ("circle that does not blink", "euuxx"),
        ("green square moving up and down", "aexxux"),
        ("the little heart that moves to the left", "uaeuxuux"),
        ("yellow thing going from side to side", "auxuxux"),
    ],
)
def test_the_true_type_of_each_word(sentence, letters):
    names = {"e": "entity", "a": "attribute", "x": "action", "u": "unnecessary"}
    assert motion_word_types(sentence) == tuple(names[letter] for letter in letters)
