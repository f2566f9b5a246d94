"""What descriptions name in small scenes made by hand, and what is left when parts are left out."""

from drawn_scenes import thing

from refseg_cli.data.shapes.facts import facts_of
from refseg_cli.data.shapes.grammar import ANYTHING, Description, other_attachment, parts, shorter, without
from refseg_cli.data.shapes.solver import misleads, named, names_only, needs_every_part

STAR, RED_STAR = Description("star"), Description("star", "red")
SQUARE = Description("square")

ROW = facts_of(
    [
        thing("star", "red", 40, 160),  # 0
        thing("star", "blue", 110, 160),  # 1
        thing("square", "red", 180, 160),  # 2
        thing("star", "red", 280, 160),  # 3
    ]
)


def left_of(description, anchor):
    return description._replace(relation="left of", anchor=anchor)


def test_looks_are_joined():
    assert named(STAR, ROW) == (0b1011, 0b1011)
    assert named(RED_STAR, ROW) == (0b1001, 0b1001)
    assert named(Description("heart"), ROW) == (0, 0)
    assert named(ANYTHING, ROW) == (0b1111, 0b1111)


def test_a_relation_needs_one_anchor_that_fits():
    assert named(left_of(STAR, SQUARE), ROW) == (0b0011, 0b0011)
    assert named(left_of(STAR, RED_STAR), ROW) == (0b0011, 0b0011)  # the one on the right
    assert named(left_of(Description("star", "blue"), SQUARE), ROW) == (0b0010, 0b0010)
    assert named(left_of(STAR, left_of(STAR, SQUARE)), ROW) == (0b0001, 0b0001)


def test_a_superlative_is_taken_last():
    assert named(RED_STAR._replace(place="rightmost"), ROW) == (0b1000, 0b1000)
    assert named(Description("star", "blue", place="rightmost"), ROW) == (0b0010, 0b0010)
    assert named(SQUARE._replace(place="leftmost"), ROW) == (0b0100, 0b0100)


def test_two_that_are_almost_level_leave_a_doubt():
    level = facts_of([thing("star", "red", 60, 100), thing("star", "red", 200, 106)])
    assert named(STAR._replace(place="topmost"), level) == (0, 0b11)
    assert not names_only(STAR._replace(place="topmost"), 0, level)


def test_a_doubt_about_another_object_is_enough_to_name_none():
    doubtful = facts_of([thing("star", "red", 60, 100), thing("star", "red", 140, 200)])
    assert named(STAR._replace(place="left"), doubtful) == (0b01, 0b11)
    assert not names_only(STAR._replace(place="left"), 0, doubtful)


def test_a_corner_is_both_of_its_halves():
    corners = facts_of([thing("star", "red", x, y) for x in (60, 260) for y in (60, 260)])
    top_right = STAR._replace(place="top right")
    assert names_only(top_right, 2, corners)
    assert needs_every_part(top_right, 2, corners)
    assert set(shorter(top_right)) == {STAR, STAR._replace(place="top"), STAR._replace(place="right")}


def test_a_part_that_can_go_is_noticed():
    assert names_only(Description("star", "blue"), 1, ROW)
    assert needs_every_part(Description("star", "blue"), 1, ROW)
    assert not needs_every_part(Description("star", "blue", "medium"), 1, ROW)
    assert not needs_every_part(RED_STAR._replace(place="rightmost"), 3, ROW)  # the rightmost star will do
    assert not needs_every_part(left_of(Description("star", "blue"), SQUARE), 1, ROW)


def test_an_anchor_must_be_needed_too():
    pair = facts_of(
        [
            thing("star", "red", 40, 60),
            thing("square", "red", 120, 60),
            thing("star", "red", 40, 260),
            thing("heart", "red", 120, 260),
        ]
    )
    by_square = left_of(STAR, SQUARE)
    assert names_only(by_square, 0, pair)
    assert needs_every_part(by_square, 0, pair)  # "left of anything" is true of both stars
    alone = facts_of(
        [thing("star", "red", 40, 60), thing("square", "red", 120, 60), thing("star", "red", 40, 260)]
    )
    assert names_only(by_square, 0, alone)
    assert not needs_every_part(by_square, 0, alone)


def test_shorter_readings_are_all_that_leave_something_out():
    description = left_of(RED_STAR, Description("square", "blue"))
    square = Description("square")
    expected = {
        *(left_of(STAR, anchor) for anchor in (Description("square", "blue"), square, ANYTHING)),
        *(left_of(RED_STAR, anchor) for anchor in (square, ANYTHING)),
        RED_STAR,
        STAR,
    }
    assert set(shorter(description)) == expected
    assert len(list(shorter(description))) == len(expected)
    assert list(shorter(STAR)) == []


def test_two_relations_can_be_understood_in_two_ways():
    heart, cross = Description("heart"), Description("cross")
    description = Description("star", relation="above", anchor=left_of(heart, cross))
    assert other_attachment(description) == (
        Description("star", relation="above", anchor=heart),
        left_of(STAR, cross),
    )
    assert other_attachment(left_of(STAR, heart)) is None
    things = [thing("star", "red", 60, 60), thing("heart", "red", 60, 160), thing("cross", "red", 180, 160)]
    assert not misleads(description, 0, facts_of(things))
    other = [thing("star", "red", 180, 40), thing("heart", "red", 180, 120), thing("cross", "red", 290, 60)]
    both_hold = facts_of([*things, *other])  # the fourth is above a heart, and itself left of a cross
    assert names_only(description, 0, facts_of(things))
    assert misleads(description, 0, both_hold)


def test_sizes_and_colours_are_left_out_one_by_one():
    description = left_of(Description("star", "red", "small"), Description("square", "blue"))
    assert parts(description) == [(0, "size"), (0, "colour"), (1, "colour")]
    assert without(description, 1, "colour") == left_of(
        Description("star", "red", "small"), Description("square")
    )
    assert without(description, 0, "size") == left_of(RED_STAR, Description("square", "blue"))
