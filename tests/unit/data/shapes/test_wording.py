"""Sentences in few words, each word with its true type."""

from collections import defaultdict
from itertools import product

import pytest
from drawn_scenes import meaning, thing

from refseg.encoders.tokens import split_words
from refseg_cli.data.shapes.chance import generator
from refseg_cli.data.shapes.facts import facts_of
from refseg_cli.data.shapes.grammar import CORNERS, Description
from refseg_cli.data.shapes.vocabulary import COLOURS, SHAPES, SIZES
from refseg_cli.data.shapes.wording import WORD_TYPES, say, word_types
from refseg_cli.data.word_types import NO_TARGET, weak_types

FACTS = facts_of(
    [
        thing("star", "orange", 60, 60),
        thing("square", "blue", 200, 60),
        thing("square", "red", 60, 200),
        thing("heart", "orange", 60, 280),
        thing("heart", "orange", 200, 280),
    ]
)
PLACES = ("left", "right", "top", "bottom", *CORNERS, "middle", "leftmost", "rightmost", "topmost", "lowest")
RELATIONS = tuple(FACTS.relations)
EVERY = [
    *(Description(*looks) for looks in product(SHAPES, COLOURS, SIZES)),
    *(Description("star", place=place) for place in PLACES),
    *(Description("star", relation=relation, anchor=Description("square")) for relation in RELATIONS),
    Description("square", relation="above", anchor=Description("star", "orange")),
    Description("square", relation="above", anchor=Description("heart", "orange")),
]


@pytest.fixture(scope="module")
def sentences():
    """Ways to say every description."""
    rng = generator(7)
    said = defaultdict(set)
    for description in EVERY:
        for _ in range(6 if description.size else 60):
            said[description].add(say(description, FACTS, rng))
    return said


def test_the_vocabulary_is_small_and_all_of_it_is_used(sentences):
    words = {word for ways in sentences.values() for sentence in ways for word in sentence.split()}
    assert words == set(WORD_TYPES)
    assert len(words) < 80


def test_types_are_one_a_word_as_encoders_split_sentences(sentences):
    for sentence in {sentence for ways in sentences.values() for sentence in ways}:
        words = [word.text for word in split_words(sentence)]
        assert list(word_types(sentence)) == [WORD_TYPES[word] for word in words]


def test_every_way_to_say_something_says_it_all(sentences):
    for description, ways in sentences.items():
        said = {tuple(sorted(meaning(sentence))) for sentence in ways}
        wanted = [word for word in description[:3] if word] + description.place.split()
        if description.anchor:
            wanted += [word for word in description.anchor[:3] if word]
            wanted += [
                {"in front of": "in-front"}.get(description.relation, description.relation.replace(" ", "-"))
            ]
        assert said == {tuple(sorted(wanted))}


def test_things_are_said_in_several_ways(sentences):
    assert {"star on the left", "the left star", "left star"} <= sentences[Description("star", place="left")]
    to_the_left = sentences[Description("star", relation="left of", anchor=Description("square"))]
    assert {"the star left of a square", "star to the left of a square"} <= to_the_left
    assert len(to_the_left) >= 6


def test_an_anchor_is_the_one_or_one_of_several(sentences):
    above_one = sentences[Description("square", relation="above", anchor=Description("star", "orange"))]
    assert "square above the orange star" in above_one
    assert not any(" a " in sentence or " an " in sentence for sentence in above_one)
    above_any = sentences[Description("square", relation="above", anchor=Description("heart", "orange"))]
    assert {"the square above an orange heart", "square above an orange heart"} <= above_any


def test_a_sentence_fits_into_what_encoders_read():
    full = Description("star", "orange", "medium")
    longest = full._replace(
        relation="left of", anchor=full._replace(relation="in front of", anchor=full._replace(shape="square"))
    )
    assert max(len(say(longest, FACTS, generator(number)).split()) for number in range(300)) <= 20


def test_types_differ_from_the_weak_lexicon_only_where_the_docstring_says():
    order = ("entity", "attribute", "relation", "unnecessary")
    differing = {
        word
        for word, kind in WORD_TYPES.items()
        for weak in weak_types([word])
        if weak not in {order.index(kind), NO_TARGET}
    }
    places = set(
        "left right top upper bottom lower middle center leftmost rightmost topmost highest lowest".split()
    )
    joining = set("of on at in to that side".split())
    assert differing - places - joining <= {"square", "orange", "front", "bottommost", "furthest"}


@pytest.mark.parametrize(
    ("sentence", "types"),
    [
        ("the small red star", "unnecessary attribute attribute entity"),
        ("star on the left side", "entity unnecessary unnecessary relation unnecessary"),
        (
            "disc to the left of a cross",
            "entity unnecessary unnecessary relation unnecessary unnecessary entity",
        ),
        ("star that touches the moon", "entity unnecessary relation unnecessary entity"),
        ("heart in front of square", "entity unnecessary relation unnecessary entity"),
    ],
)
def test_types_of_some_sentences(sentence, types):
    assert " ".join(word_types(sentence)) == types
