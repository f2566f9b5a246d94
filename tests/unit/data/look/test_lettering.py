"""Text on pictures: fonts that can draw it, and lines that fit."""

import pytest
from PIL import ImageFont

from refseg_cli.data.look.lettering import can_be_drawn, font_for, printable, wrap


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  a\ttab\n line ", "a tab line"),
        ("bell \x07", "bell ?"),
        ("half \ud800", "half ?"),
        ("e\u0301", "é"),
        ("", ""),
    ],
)
def test_text_becomes_one_line_that_can_be_drawn(text: str, line: str) -> None:
    assert printable(text) == line


def test_english_is_written_in_the_font_that_is_the_same_everywhere() -> None:
    assert font_for("left dog, 2nd row…", 20).getname() == ImageFont.load_default(20).getname()
    assert can_be_drawn("left dog")


def test_letters_that_no_font_has_are_noticed_and_drawn_all_the_same() -> None:
    hieroglyph = "\U00013000 dog"
    assert not can_be_drawn(hieroglyph)
    assert font_for(hieroglyph, 20).getlength(hieroglyph) > 0


def test_lines_break_at_blanks_and_hold_every_word() -> None:
    font = font_for("abc", 20)
    text = "the man in the blue shirt behind the counter"
    lines = wrap(text, font, 150, 10)
    assert len(lines) > 1
    assert " ".join(lines) == text
    assert all(font.getlength(line) <= 150 for line in lines)


def test_what_does_not_fit_ends_in_dots() -> None:
    font = font_for("abc", 20)
    lines = wrap("the man in the blue shirt behind the counter", font, 120, 2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(font.getlength(line) <= 120 for line in lines)


def test_a_word_that_is_too_wide_is_broken_and_nothing_is_lost() -> None:
    font = font_for("abc", 20)
    assert "".join(wrap("w" * 50, font, 100, 99)) == "w" * 50
    assert wrap("ww", font, 1, 9) == ["w", "w"]  # even where not one letter fits
    assert wrap("", font, 100, 3) == []
