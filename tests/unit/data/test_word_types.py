from itertools import combinations
from pathlib import Path

import pytest
from scenes import box, instances, sentences

from refseg_cli.data.phrases.generate import generate
from refseg_cli.data.samples import Sample
from refseg_cli.data.word_lexicon import ATTRIBUTES, ENTITIES, RELATIONS, UNNECESSARY
from refseg_cli.data.word_types import mirrored, target_types, weak_types


@pytest.mark.parametrize(
    ("expression", "types"),
    [
        ("man holding white frisbee", [0, 2, 1, 0]),
        ("the left dog", [3, 1, 0]),
        ("Second Cup from the right", [1, 0, 2, 3, 1]),
        ("dog left of the couch", [0, 2, 2, 3, 0]),
        ("guy on left of picture", [0, 2, 1, 2, 3]),
        ("orange cat , lol", [1, 0, 3, 3]),
        ("the orange", [3, 0]),
        ("wine glass", [0, 0]),
        ("black square on the wall", [1, 0, 2, 3, 0]),
        ("square left of the disc", [0, 2, 2, 3, 0]),
        ("square furthest left", [0, 1, 1]),
        ("cross , circle", [0, 3, 0]),
        ("square white plate", [1, 1, 0]),
        ("the circle thing", [3, 1, 3]),
        ("heart shaped rock", [1, -100, -100]),
        ("zyzzyva dog", [-100, 0]),
        ("", []),
    ],
)
def test_common_words_get_the_type_that_a_person_would_give(expression: str, types: list[int]) -> None:
    assert weak_types(expression.split()) == types


def test_no_word_has_two_types() -> None:
    for one, other in combinations((ENTITIES, ATTRIBUTES, RELATIONS, UNNECESSARY), 2):
        assert not one & other


def test_every_word_of_the_generated_phrases_is_known() -> None:
    dogs = [box(n, 18, 4 + 24 * n, 20 + 8 * n, 14 + n, 10 + 5 * n) for n in range(4)]
    coco = instances(*dogs, box(7, 1, 2, 2, 40, 95), box(8, 19, 5, 60, 60, 39))
    for seed in range(20):
        for texts in sentences(generate(coco, None, seed)).values():
            for text in texts:
                assert -100 not in weak_types(text.split()), text


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("left dog", "right dog"),
        ("Leftmost cup, RIGHT of the left-hand plate!", "Rightmost cup, LEFT of the right-hand plate!"),
        ("topright corner", "topleft corner"),
        ("bright cleft leftovers", "bright cleft leftovers"),
        ("left_hand", "right_hand"),
        ("  two   spaces ", "  two   spaces "),
    ],
)
def test_left_and_right_are_exchanged_and_nothing_else(expression: str, expected: str) -> None:
    assert mirrored(expression) == expected


def scene_sample(expression: str, word_types: tuple[str, ...]) -> Sample:
    return Sample(
        sample_id="1",
        image_id=1,
        image_path=Path("1.png"),
        expression=expression,
        annotation={},
        height=8,
        width=8,
        word_types=word_types,
    )


def test_targets_come_from_the_lexicon_or_from_what_the_dataset_knows() -> None:
    sample = scene_sample("left dog", ("relation", "entity"))
    assert target_types(sample, source="lexicon") == [1, 0]
    assert target_types(sample, source="gold") == [2, 0]


@pytest.mark.parametrize("word", [word for word in sorted(ATTRIBUTES) if mirrored(word) != word])
@pytest.mark.parametrize("sentence", ["{} dog", "dog {} of the cat", "dog on the {} of the picture"])
def test_types_hold_for_the_mirrored_sentence_too(word: str, sentence: str) -> None:
    one, other = sentence.format(word), mirrored(sentence.format(word))
    assert one != other
    assert weak_types(one.split()) == weak_types(other.split())


def test_no_true_types_are_made_up_where_they_do_not_fit_the_words() -> None:
    sample = scene_sample("left, star", ("relation", "entity"))  # the comma is a word
    assert target_types(sample, source="gold") == [-100, -100, -100]
