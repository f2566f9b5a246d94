"""File names made from sentences and from other file names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseg_cli.engine.names import LONGEST_SLUG, expression_slug, image_stem, unique_names


@pytest.mark.parametrize(
    ("expression", "slug"),
    [
        ("man holding white frisbee", "man-holding-white-frisbee"),
        ("  The  Dog. ", "the-dog"),
        ("2 apples", "2-apples"),
    ],
)
def test_plain_words_are_joined_by_hyphens(expression: str, slug: str) -> None:
    assert expression_slug(expression) == slug


@pytest.mark.parametrize(
    ("expression", "start"),
    [
        ("chien à gauche", "chien-a-gauche-"),
        ("t-shirt", "t-shirt-"),
        ("the man, left", "the-man-left-"),
        ("左边的狗", "expression-"),
        ("🐕!", "expression-"),
        (".", "expression-"),
        ("../../etc/passwd", "etc-passwd-"),
    ],
)
def test_lost_letters_are_made_up_for_by_a_hash(expression: str, start: str) -> None:
    assert re.fullmatch(re.escape(start) + "[0-9a-f]{6}", expression_slug(expression))


def test_a_long_sentence_is_cut_between_words() -> None:
    slug = expression_slug("the very old man " * 20)
    assert re.fullmatch(r"the-very-old-man(-the|-very|-old|-man)*-[0-9a-f]{6}", slug)
    assert LONGEST_SLUG - 10 < len(slug) <= LONGEST_SLUG + 7


def test_long_sentences_with_one_beginning_differ() -> None:
    assert expression_slug("dog " * 50 + "left") != expression_slug("dog " * 50 + "right")


@given(st.text(min_size=1))
def test_any_text_becomes_a_safe_name(expression: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", expression_slug(expression))
    assert len(expression_slug(expression)) <= LONGEST_SLUG + len("-123456")


@given(st.lists(st.text(st.sampled_from("aAbB .,-é")), unique=True, max_size=6))
def test_different_sentences_never_share_a_file(expressions: list[str]) -> None:
    names = unique_names(expressions, expression_slug)
    assert len({name.lower() for name in names}) == len(names)


def test_sentences_that_differ_in_case_alone_are_told_apart() -> None:
    first, second = unique_names(["Turkey", "turkey"], expression_slug)
    assert first.startswith("turkey-")
    assert second.startswith("turkey-")
    assert first != second


def test_images_of_one_name_in_several_folders_are_told_apart() -> None:
    names = unique_names(["a/1.jpg", "b/1.jpg", "b/2.jpg"], image_stem)
    assert len(set(names)) == 3
    assert names[2] == "2"


def test_the_name_of_an_image_is_kept() -> None:
    assert image_stem("fotos/Strand (2) été.jpeg") == "Strand (2) été"


@pytest.mark.parametrize("stem", ["é" * 120, "x" * 240, "bytes-\udcff\udcfe"])
def test_a_name_that_would_not_do_is_shortened_and_hashed(stem: str) -> None:
    name = image_stem(f"{stem}.jpg")
    assert len(name.encode()) <= 107
    assert re.search("-[0-9a-f]{6}$", name)
