"""The picture that explains a mask."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from predicting import picture

from refseg.models.cmpc.words import VIDEO_WORD_TYPES, WORD_TYPES
from refseg_cli.data.word_type_colours import WORD_TYPE_COLOURS
from refseg_cli.engine.explain import Explanation
from refseg_cli.engine.explain_parts import chip, flow, glowing, text, word_block
from refseg_cli.engine.explain_picture import band, page

WIDTH, HEIGHT = 60, 40


def explanation(*words: str, type_names: tuple[str, ...] = WORD_TYPES) -> Explanation:
    """Of made-up numbers: the left half is found, and every word looks at the right half."""
    half = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    half[:, : WIDTH // 2] = 1
    types = np.tile(np.array([0.7, *[0.1] * (len(type_names) - 1)], dtype=np.float32), (len(words), 1))
    return Explanation(
        expression=" ".join(words),
        words=words,
        type_names=type_names,
        word_types=types,
        routing=np.tile(2 * (1 - half), (len(words), 1, 1)),
        probability=half,
        entity_words=" ".join(words),
        of_entity_words=half,
        without_reasoning=half,
        random_types=np.tile(types, (3, 1, 1)),
        of_random_types=np.tile(half, (3, 1, 1)),
    )


def drawn(*explanations: Explanation, threshold: float = 0.5) -> Image.Image:
    photo = picture(WIDTH, HEIGHT)
    return page([band(photo, each, threshold) for each in explanations], explanations[0].type_names)


def n_of_colour(drawn: Image.Image, colour: tuple[int, int, int]) -> int:
    return int((np.asarray(drawn) == colour).all(axis=-1).sum())


def test_every_type_of_words_has_a_colour_of_its_own_that_carries_white_letters() -> None:
    assert tuple(WORD_TYPE_COLOURS) == VIDEO_WORD_TYPES
    assert len({*WORD_TYPE_COLOURS.values()}) == len(VIDEO_WORD_TYPES)
    for colour in WORD_TYPE_COLOURS.values():
        parts = np.array(colour) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        contrast = 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05)
        assert contrast >= 3  # WCAG, for large letters


def test_an_action_has_a_place_in_the_legend_and_a_bar_where_the_network_knows_of_it() -> None:
    made = explanation("dog", type_names=VIDEO_WORD_TYPES)
    without, with_actions = drawn(explanation("dog")), drawn(made)
    assert with_actions.size == (without.width, without.height + 18)  # a bar
    colour = WORD_TYPE_COLOURS["action"]
    assert n_of_colour(without, colour) == 0
    in_legend = n_of_colour(with_actions, colour)
    assert in_legend > 500
    jumping = replace(made, word_types=made.word_types[:, [1, 2, 3, 0, 4]])
    assert n_of_colour(drawn(jumping), colour) > in_legend + 500  # its word too


def test_a_row_for_each_sentence_stands_below_the_other() -> None:
    one = drawn(explanation("left", "dog"))
    two = drawn(explanation("left", "dog"), explanation("right", "dog"))
    assert one.width == two.width == 1680
    band = two.height - one.height
    assert band > 2 * HEIGHT
    same = np.asarray(two)[: one.height - 40]
    np.testing.assert_array_equal(same, np.asarray(one)[:-40])


def test_the_words_of_a_long_sentence_go_on_below() -> None:
    short = drawn(explanation(*["dog"] * 8))
    long = drawn(explanation(*["dog"] * 20))
    assert long.height > short.height + 100
    assert long.width == short.width


def test_the_mask_follows_the_threshold() -> None:
    made = explanation("dog")
    made = replace(made, probability=made.probability * 0.4)
    low, high = (np.asarray(drawn(made, threshold=threshold)) for threshold in (0.3, 0.5))
    assert not np.array_equal(low, high)


@pytest.mark.parametrize("missing", ["routing", "of_entity_words", "without_reasoning"])
def test_what_a_network_does_not_have_is_left_empty(missing: str) -> None:
    whole = drawn(explanation("dog"))
    without = drawn(replace(explanation("dog"), **{missing: None}))
    assert without.width == whole.width
    assert not np.array_equal(np.asarray(without), np.asarray(whole)[: without.height])


def test_what_was_meant_is_drawn_around_where_it_is_known() -> None:
    photo, meant = picture(WIDTH, HEIGHT), Image.new("L", (WIDTH, HEIGHT))
    meant.paste(255, (30, 10, 50, 30))
    green = n_of_colour(band(photo, explanation("dog"), 0.5, "median: IoU 50.0 %", meant), (0, 170, 90))
    assert green == pytest.approx(4 * 20, abs=8)
    assert n_of_colour(drawn(explanation("dog")), (0, 170, 90)) == 0


@pytest.mark.parametrize("word", ["dog", "w" * 300, "\x07", "左边", " , "])
def test_any_word_is_drawn_within_its_block(word: str) -> None:
    block = word_block(word, dict(zip(WORD_TYPES, [0.1, 0.2, 0.6, 0.1], strict=True)), 120)
    assert block.width == 120
    assert n_of_colour(block, WORD_TYPE_COLOURS["relation"]) > 1000
    assert chip(word, "entity", 13, 100).width <= 100


def test_a_bar_is_as_long_as_its_probability() -> None:
    def full_rows(p: float) -> int:
        block = word_block("dog", {"entity": p, "attribute": 1 - p, "relation": 0, "unnecessary": 0}, 200)
        blue = tuple(round(part + (255 - part) * 0.45) for part in WORD_TYPE_COLOURS["entity"])
        return int((np.asarray(block)[-70] == blue).all(axis=-1).sum())

    assert full_rows(0.25) == pytest.approx(50, abs=2)
    assert full_rows(0.75) == pytest.approx(150, abs=2)


def test_nothing_leaves_the_photo_grey_and_strength_glows() -> None:
    strength = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    strength[:, 20:40], strength[:, 40:] = 1, -1
    drawn = np.asarray(glowing(picture(WIDTH, HEIGHT), strength)).astype(int)
    grey, warm, cold = drawn[:, :20], drawn[:, 20:40], drawn[:, 40:]
    assert np.ptp(grey, axis=-1).max() == 0
    assert (warm[..., 0] > warm[..., 2] + 80).all()
    assert (cold[..., 2] > cold[..., 0] + 40).all()


def test_pictures_flow_into_lines_and_none_is_lost() -> None:
    pieces = [Image.new("RGB", (40, 10), (10 * number, 0, 0)) for number in range(5)]
    flowed = flow(pieces, 100, 10)
    assert flowed.size == (90, 3 * 10 + 2 * 10)
    assert [n_of_colour(flowed, (10 * number, 0, 0)) for number in range(5)] == [400] * 5


def test_text_is_as_wide_as_it_was_told_to_be() -> None:
    assert text("a long line " * 20, 15, 200, 3).width == 200
    assert text("short", 15).width < 100
