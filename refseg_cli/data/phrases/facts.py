"""What makes one object different from others of its kind: place, row, size. Each fact comes with wordings.

A fact is stated only where the margin is clear, so that its phrases name one object and no other.
In a wording, `{n}` stands for the noun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .scene import Thing

CLEAR_X = 0.08
"""Least distance of two centres that counts as left and right, in shares of the photo's width."""

CLEAR_Y = 0.12
"""Least distance of two centres that counts as above and below, in shares of the photo's height."""

CLEAR_SIZE = 1.5
"""Least ratio of two areas that counts as bigger and smaller."""


@dataclass(frozen=True)
class Fact:
    """Something true of one object alone, and ways to say it.

    Attributes:
        kind: "category", "position", "size", "ordinal", "colour" or "relation".
        wordings: with `{n}` for the noun.
        weight: how often it is said, compared to other facts.
        tail: a form that may follow another description, such as "on the left", or "".
    """

    kind: str
    wordings: tuple[str, ...]
    weight: float
    tail: str = ""


def clearly_left(one: Thing, other: Thing) -> bool:
    """Tell whether `one` is to the left of `other` beyond doubt."""
    distance = other.x - one.x >= max(CLEAR_X, 0.2 * max(one.width, other.width))
    return distance and one.left < other.left and one.right < other.right


def clearly_above(one: Thing, other: Thing) -> bool:
    """Tell whether `one` is higher in the photo than `other` beyond doubt."""
    distance = other.y - one.y >= max(CLEAR_Y, 0.2 * max(one.height, other.height))
    return distance and one.top < other.top and one.bottom < other.bottom


def clearly_bigger(one: Thing, other: Thing) -> bool:
    """Tell whether `one` covers a clearly larger part of the photo than `other`."""
    return one.share >= CLEAR_SIZE * other.share


def is_leftmost(thing: Thing, rivals: Sequence[Thing]) -> bool:
    """Tell whether an object is clearly left of all its rivals, of which there is at least one."""
    return bool(rivals) and all(clearly_left(thing, rival) for rival in rivals)


def is_rightmost(thing: Thing, rivals: Sequence[Thing]) -> bool:
    """Tell whether an object is clearly right of all its rivals, of which there is at least one."""
    return bool(rivals) and all(clearly_left(rival, thing) for rival in rivals)


def is_biggest(thing: Thing, rivals: Sequence[Thing]) -> bool:
    """Tell whether an object is clearly bigger than all its rivals, of which there is at least one."""
    return bool(rivals) and all(clearly_bigger(thing, rival) for rival in rivals)


def is_smallest(thing: Thing, rivals: Sequence[Thing]) -> bool:
    """Tell whether an object is clearly smaller than all its rivals, of which there is at least one."""
    return bool(rivals) and all(clearly_bigger(rival, thing) for rival in rivals)


def category_facts(rivals: Sequence[Thing]) -> list[Fact]:
    """State that an object is the only one of its kind."""
    if rivals:
        return []
    return [Fact("category", ("{n}", "the {n}", "{n}", "the {n} in the picture"), 1.0)]


def size_facts(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """State that an object is the biggest or the smallest of its kind."""
    several = len(rivals) > 1
    if is_biggest(thing, rivals):
        return [Fact("size", _BIGGEST if several else _BIGGER + _BIGGEST, 2.5)]
    if is_smallest(thing, rivals):
        tiny = ("tiny {n}",) if all(rival.share >= 4 * thing.share for rival in rivals) else ()
        return [Fact("size", (_SMALLEST if several else _SMALLER + _SMALLEST) + tiny, 2.5)]
    return []


def size_order_facts(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """State that exactly one of a few others is bigger, or smaller, and all the rest the other way."""
    n_bigger = sum(clearly_bigger(rival, thing) for rival in rivals)
    n_smaller = sum(clearly_bigger(thing, rival) for rival in rivals)
    if not 2 <= len(rivals) <= 5 or n_bigger + n_smaller < len(rivals) or 1 not in (n_bigger, n_smaller):
        return []
    sizes = ("biggest", "largest") if n_bigger == 1 else ("smallest",)
    plain = [f"{second} {size} {{n}}" for second in _ORDINALS[2] for size in sizes]
    return [Fact("size", (*plain, *(f"the {wording}" for wording in plain)), 1.5)]


_BIGGER = (
    "bigger {n}",
    "the bigger {n}",
    "larger {n}",
    "big {n}",
    "the big {n}",
    "large {n}",
    "the larger {n}",
)
_BIGGEST = ("biggest {n}", "the biggest {n}", "largest {n}", "the largest {n}", "biggest {n} in the picture")
_SMALLER = ("smaller {n}", "the smaller {n}", "small {n}", "the small {n}", "little {n}", "the little {n}")
_SMALLEST = ("smallest {n}", "the smallest {n}", "smallest {n} in the picture", "littlest {n}")

_ORDINALS = {1: ("first", "1st"), 2: ("second", "2nd"), 3: ("third", "3rd"), 4: ("fourth", "4th")}
_ROW = ("{o} {n} from the {s}", "{o} {n} from {s}", "the {o} {n} from the {s}", "{n} {o} from the {s}")
_ROW_SHORT = ("{o} from {s} {n}", "{n} that is {o} from the {s}", "{o} {n} to the {s}")


def ordinal_facts(thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """State an object's place in a row of three to seven, counted from the nearer end or the middle."""
    row = sorted([thing, *rivals], key=lambda each: each.x)
    if not 3 <= len(row) <= 7 or not _is_row(row):
        return []
    from_left, from_right = row.index(thing) + 1, len(row) - row.index(thing)
    facts = []
    for place, end in ((from_left, "left"), (from_right, "right")):
        if place > 4 or 2 * place > len(row) + 1:
            continue
        wordings = (*_ROW, *_ROW_SHORT[:2]) if place > 1 else _ROW[:3]
        said = tuple(
            wording.replace("{o}", word).replace("{s}", end)
            for wording in wordings
            for word in _ORDINALS[place]
        )
        facts.append(Fact("ordinal", said, 2.5 if place > 1 else 1.0))
    return facts


def _is_row(row: Sequence[Thing]) -> bool:
    """Tell whether objects, sorted from left to right, stand side by side and are of like size."""
    apart = all(right.x - left.x >= CLEAR_X for left, right in pairwise(row))
    level = max(each.y for each in row) - min(each.y for each in row) <= 0.35
    alike = max(each.share for each in row) <= 25 * min(each.share for each in row)
    return apart and level and alike
