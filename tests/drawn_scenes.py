"""Objects of the generated benchmark made by hand, and a judge of its sentences with rules of his own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from refseg_cli.data.shapes.paint import render
from refseg_cli.data.shapes.things import Thing
from refseg_cli.data.shapes.vocabulary import COLOURS, SHAPES, SIZES

EMPTY = np.full((320, 320, 3), 128, dtype=np.uint8)
MEANING = {word: key for key, words in SHAPES.items() for word in words}
MEANING |= {word: key for key, (words, _) in (*COLOURS.items(), *SIZES.items()) for word in words}
MEANING |= {
    "upper": "top",
    "lower": "bottom",
    "center": "middle",
    "highest": "topmost",
    "bottommost": "lowest",
}
MEANING |= {"touches": "touching"}
JOINING = set("a an the of on at in to side that is".split())


def thing(shape: str, colour: str, x: float, y: float, size: str = "medium", angle: float = 0.0) -> Thing:
    """An object of a middling radius for its size, in the plain colour."""
    words_and_rgb = COLOURS[colour]
    return Thing(shape, colour, size, x, y, float(SIZES[size][1][0]), angle, words_and_rgb[1])


@dataclass(frozen=True)
class Judge:
    """Reads sentences about a scene by rules of its own, without a margin between true and false.

    Where the benchmark's solver is sure, any sensible rule must agree; that it is unsure elsewhere is its
    own affair.
    """

    things: Sequence[Thing]

    @cached_property
    def solid(self) -> list[np.ndarray]:
        """What each object would cover if it were alone."""
        return [render(EMPTY, [each])[1][0] for each in self.things]

    def meant(self, words: Sequence[str]) -> set[int]:
        """The objects that a row of words names, nouns and what belongs to them from the left."""
        noun = next((i for i, word in enumerate(words) if word in SHAPES or word == "thing"), None)
        assert noun is not None, words
        follow = noun + 1
        while follow < len(words) and words[follow] not in RELATED:
            follow += 1
        own = list(words[:follow])
        found = {i for i in range(len(self.things)) if all(self._is(i, word) for word in own)}
        if follow < len(words):
            related = RELATED[words[follow]]
            anchors = self.meant(words[follow + 1 :])
            found = {i for i in found if any(i != j and related(self, i, j) for j in anchors)}
        for word in own:
            if word in FOREMOST and found:
                found = {min(found, key=lambda i, way=FOREMOST[word]: way(self.things[i]))}
        return found

    def meant_otherwise(self, words: Sequence[str]) -> set[int]:
        """The objects that two relations in a row name if both are the first noun's own."""
        links = [i for i, word in enumerate(words) if word in RELATED]
        if len(links) < 2:
            return set()
        return self.meant(words[: links[1]]) & self.meant([*words[: links[0]], *words[links[1] :]])

    def _is(self, index: int, word: str) -> bool:
        each = self.things[index]
        if word in PLACES:
            return PLACES[word](each)
        return word in {"thing", each.shape, each.colour, each.size} or word in FOREMOST

    @cached_property
    def wide(self) -> list[np.ndarray]:
        """The same, four pixels wider on all sides."""
        return [_wider(_wider(solid, 0), 1) for solid in self.solid]

    def touch(self, one: int, other: int) -> bool:
        """Whether two objects are no more than some four pixels apart."""
        return bool((self.wide[one] & self.solid[other]).any())

    def covers(self, one: int, other: int) -> bool:
        """Whether an object is painted over another one."""
        return one > other and bool((self.solid[one] & self.solid[other]).any())

    def aside(self, one: int, other: int, right: int, down: int) -> bool:
        """Whether an object lies in a direction from another one, up to 50 degrees off."""
        x, y = self.things[one].x - self.things[other].x, self.things[one].y - self.things[other].y
        along, across = right * x + down * y, abs(right * y) + abs(down * x)
        return along > 0 and across < 1.2 * along


def _wider(mask: np.ndarray, axis: int) -> np.ndarray:
    return np.logical_or.reduce([np.roll(mask, shift, axis) for shift in (-4, -2, 0, 2, 4)])


PLACES: dict[str, Callable[[Thing], bool]] = {
    "left": lambda each: each.x < 140,
    "right": lambda each: each.x > 180,
    "top": lambda each: each.y < 140,
    "bottom": lambda each: each.y > 180,
    "middle": lambda each: max(abs(each.x - 160), abs(each.y - 160)) < 58,
}
FOREMOST: dict[str, Callable[[Thing], float]] = {
    "leftmost": lambda each: each.x,
    "rightmost": lambda each: -each.x,
    "topmost": lambda each: each.y,
    "lowest": lambda each: -each.y,
}
RELATED: dict[str, Callable[[Judge, int, int], bool]] = {
    "left-of": lambda judge, i, j: judge.aside(i, j, -1, 0),
    "right-of": lambda judge, i, j: judge.aside(i, j, 1, 0),
    "above": lambda judge, i, j: judge.aside(i, j, 0, -1),
    "below": lambda judge, i, j: judge.aside(i, j, 0, 1),
    "touching": Judge.touch,
    "in-front": Judge.covers,
    "behind": lambda judge, i, j: judge.covers(j, i),
}


def meaning(sentence: str) -> list[str]:
    """The words of a sentence that say something, synonyms made one."""
    text = f" {sentence} "
    for plain, word in (
        (" left of ", " left-of "), (" right of ", " right-of "), (" in front of ", " in-front "),
        (" furthest left ", " leftmost "), (" furthest right ", " rightmost "),
    ):  # fmt: skip
        text = text.replace(plain, word)
    return [MEANING.get(word, word) for word in text.split() if word not in JOINING]


def shorter_readings(words: Sequence[str]) -> Iterator[list[str]]:
    """All that is left of a sentence when words are left out, with their anchors, but for the first noun."""
    nouns = [i for i, word in enumerate(words) if word in SHAPES]
    links = [i for i, word in enumerate(words) if word in RELATED]
    loose = [i for i in range(len(words)) if i not in nouns and i not in links]
    ends = [(end, None) for end in links] + [(len(words), None)] + [(len(words), link) for link in links]
    for end, link in ends:  # cut off before a relation, or with its anchor read as "thing"
        kept = [*words[: link + 1], "thing"] if link is not None else list(words[:end])
        droppable = [i for i in loose if i < (end if link is None else link)]
        for count in range(len(droppable) + 1):
            for dropped in combinations(droppable, count):
                reading = [word for i, word in enumerate(kept) if i not in dropped]
                if reading != list(words):
                    yield reading
