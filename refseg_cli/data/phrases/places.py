"""Where an object is: left or right, top or bottom, front or back of the others, or a corner of the photo."""

from collections.abc import Sequence

from .facts import (
    CLEAR_SIZE,
    Fact,
    clearly_above,
    clearly_left,
    is_leftmost,
    is_rightmost,
)
from .scene import Thing

_PLAIN = (
    "{s} {n}", "the {s} {n}", "{n} on the {s}", "the {n} on the {s}", "{n} on {s}", "{n} {s}", "{s} side {n}",
    "{n} to the {s}", "the {n} to the {s}", "{n} on the {s} side", "{n} on {s} side", "{n} at {s}",
    "the {n} that is on the {s}", "{n} {s} side", "{n} on the {s} of the picture",
)  # fmt: skip
_FAR = (
    "{s}most {n}", "the {s}most {n}", "{n} on the far {s}", "far {s} {n}", "{n} on far {s}", "{n} far {s}",
    "{n} furthest to the {s}", "the {n} all the way to the {s}", "very {s} {n}", "{n} farthest {s}",
)  # fmt: skip
_TOP = (
    "top {n}",
    "the top {n}",
    "upper {n}",
    "{n} on top",
    "{n} at the top",
    "{n} at top",
    "the upper {n}",
    "{n} top",
)
_BOTTOM = (
    "bottom {n}", "the bottom {n}", "lower {n}", "{n} on the bottom", "{n} at the bottom", "{n} on bottom",
    "the lower {n}", "{n} bottom",
)  # fmt: skip
_HIGHEST = ("highest {n}", "top {n}", "{n} at the very top", "the top {n}", "uppermost {n}")
_LOWEST = ("lowest {n}", "bottom {n}", "{n} at the very bottom", "the bottom {n}")
_FRONT = (
    "front {n}", "{n} in front", "the {n} in front", "closest {n}", "{n} closest to us",
    "{n} in the foreground", "nearest {n}", "{n} closest to the camera",
)  # fmt: skip
_BACK = (
    "back {n}", "{n} in back", "{n} in the back", "the {n} in the back", "{n} in the background",
    "furthest {n}", "background {n}", "{n} farthest away",
)  # fmt: skip
_MIDDLE = (
    "middle {n}", "{n} in the middle", "the {n} in the middle", "the middle {n}", "center {n}",
    "{n} in middle", "{n} in the center", "{n} middle",
)  # fmt: skip
_CORNER = (
    "{v} {s} {n}", "{n} in the {v} {s} corner", "{n} {v} {s}", "the {v} {s} {n}", "{n} on the {v} {s}",
    "{n} in {v} {s}", "{n} at the {v} {s}", "{v} {s} corner {n}", "{s} {v} {n}",
)  # fmt: skip
_PLACE = ("{n} on the {s}", "{n} on {s}", "{s} {n}", "the {n} on the {s} side", "{n} {s}")


def position_facts(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """State where an object is among others of its kind, or in the photo when it is the only one."""
    if not rivals:
        return _place(thing)
    return [
        *_sideways(thing, rivals),
        *_upright(thing, rivals),
        *_depth(thing, rivals),
        *_middle(thing, rivals),
        *_corner(thing, rivals),
    ]


def _sideways(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    for side, holds in (("left", is_leftmost), ("right", is_rightmost)):
        if holds(thing, rivals):
            alone_there = len(rivals) == 1 or _far_apart(thing, rivals)
            wordings = _PLAIN + _FAR[:6] if alone_there else _FAR
            return [_said("position", wordings, 4.0, s=side, tail=f"on the {side}" if alone_there else "")]
    return []


def _far_apart(thing: Thing, rivals: Sequence[Thing]) -> bool:
    """Tell whether an object is so far to one side that it is "the left one" even among several."""
    return len(rivals) <= 3 and all(abs(rival.x - thing.x) >= 0.2 for rival in rivals)


def _upright(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    several = len(rivals) > 1
    if all(clearly_above(thing, rival) for rival in rivals):
        return [Fact("position", _HIGHEST if several else _TOP, 2.5, "" if several else "at the top")]
    if all(clearly_above(rival, thing) for rival in rivals):
        return [Fact("position", _LOWEST if several else _BOTTOM, 2.5, "" if several else "at the bottom")]
    return []


def _depth(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """Nearer things stand lower in a photo and look bigger; both must hold, and neither by a little."""
    if all(_in_front(thing, rival) for rival in rivals):
        return [Fact("position", _FRONT, 1.5, "in front")]
    if all(_in_front(rival, thing) for rival in rivals):
        return [Fact("position", _BACK, 1.5, "in the back")]
    return []


def _in_front(one: Thing, other: Thing) -> bool:
    return one.bottom - other.bottom >= 0.08 and one.share >= 2 * CLEAR_SIZE * other.share


def _middle(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """The middle one of three, with the others on its two sides."""
    if len(rivals) != 2:
        return []
    left, right = sorted(rivals, key=lambda each: each.x)
    if clearly_left(left, thing) and clearly_left(thing, right):
        return [Fact("position", _MIDDLE, 3.0, "in the middle")]
    return []


def _corner(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """A corner of the photo that holds this object, while all others of its kind are outside that quarter."""
    if not (_outer(thing.x) and _outer(thing.y)) or max(thing.width, thing.height) > 0.55:
        return []
    side, row = "left" if thing.x < 0.5 else "right", "top" if thing.y < 0.5 else "bottom"
    for rival in rivals:
        across = rival.x - thing.x if side == "left" else thing.x - rival.x
        down = rival.y - thing.y if row == "top" else thing.y - rival.y
        # another one nearer to that corner in either direction would make the phrase doubtful
        if max(across, down) < 0.25 or min(across, down) < -0.05:
            return []
    wordings = [_said("position", _CORNER, 1.0, s=side, v=word).wordings for word in _ROWS[row]]
    return [Fact("position", wordings[0] + wordings[1], 2.0)]


_ROWS = {"top": ("top", "upper"), "bottom": ("bottom", "lower")}


def _outer(place: float) -> bool:
    return abs(place - 0.5) >= 0.16


def _place(thing: Thing) -> list[Fact]:
    """The side of the photo that holds the only object of its kind: true, though it tells nothing apart."""
    if thing.width > 0.45 or abs(thing.x - 0.5) < 0.18:
        return []
    return [_said("position", _PLACE, 0.7, s="left" if thing.x < 0.5 else "right")]


def _said(kind: str, wordings: Sequence[str], weight: float, tail: str = "", **words: str) -> Fact:
    """Put side and row words into wordings, leaving `{n}` for the noun."""
    return Fact(kind, tuple(wording.format(n="{n}", **words) for wording in wordings), weight, tail)
