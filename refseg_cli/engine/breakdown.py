"""Sorts samples into groups that are scored apart: what is hard, and where a score comes from.

Groups are by the length of the sentence, the category and the size of the thing named, the types that the
network gave to the words, and whether the sentence relates the thing to another.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from refseg.encoders.tokens import split_words
from refseg.models.cmpc.words import VIDEO_WORD_TYPES
from refseg_cli.data.samples import Sample
from refseg_cli.data.word_types import RELATION, weak_types

from .measure import Measured

Group = list[int]
"""The places of some samples."""

LENGTHS: Final = {"gref": (5, 7, 10), "gref-umd": (5, 7, 10), "referit": (1, 2, 4), "refclef": (1, 2, 4)}
"""The last length of each group but the last, as papers since 2018 have them; they cut sentences at 20."""
_OTHER_LENGTHS: Final = (2, 3, 5)


def breakdown(
    samples: Sequence[Sample], measured: Sequence[Measured], categories: Mapping[int, str]
) -> dict[str, dict[str, Group]]:
    """Sort samples.

    Args:
        samples: what was asked.
        measured: what each answer was worth.
        categories: names by number, as far as they are known.

    Returns:
        "length", "size", "word types" (where a model was asked), "relation words" and "category" → name of
        the group → places in `samples`.
    """
    named = {
        "length": [length_group(n_words(sample.expression), sample.dataset) for sample in samples],
        "size": [size_group(each.area) for each in measured],
        "word types": [types_group(each.word_types) for each in measured],
        "relation words": [relation_group(sample.expression) for sample in samples],
        "category": [categories.get(sample.category_id, str(sample.category_id)) for sample in samples],
    }
    if not any(each.word_types for each in measured):
        del named["word types"]
    return {by: grouped(names) for by, names in named.items()}


def n_words(expression: str) -> int:
    """The words of a sentence, without punctuation."""
    return sum(any(letter.isalnum() for letter in word.text) for word in split_words(expression))


def length_group(length: int, dataset: str) -> str:
    """Such as "1-2" or "6+" words; the borders hang on the dataset."""
    borders = LENGTHS.get(dataset, _OTHER_LENGTHS)
    first = 1
    for last in borders:
        if length <= last:
            return str(last) if first == last else f"{first}-{last}"
        first = last + 1
    return f"{first}+"


def size_group(area: int) -> str:
    """COCO's small, medium and large, in pixels of the photo, and "0" where nothing is meant."""
    if not area:
        return "0"
    if area < 32**2:
        return "1 to 32²"
    return "32² to 96²" if area < 96**2 else "96² and more"


def types_group(word_types: Sequence[str]) -> str:
    """The types that are there, such as "entity + relation"; unnecessary words say nothing."""
    there = [name for name in VIDEO_WORD_TYPES[:-1] if name in word_types]
    return " + ".join(there) or "none"


def relation_group(expression: str) -> str:
    """Whether a word relates the thing to another, by a lexicon: "behind", "holding", "left of"."""
    there = RELATION in weak_types([word.text for word in split_words(expression)])
    return "some" if there else "none"


def grouped(names: Sequence[str]) -> dict[str, Group]:
    """The places of each name; names that begin with a number come first, by that number."""
    groups: defaultdict[str, Group] = defaultdict(list)
    for place, name in enumerate(names):
        groups[name].append(place)
    return {name: groups[name] for name in sorted(groups, key=_by_number)}


def _by_number(name: str) -> tuple[float, str]:
    leading = re.match(r"[0-9]+", name)
    return float(leading[0]) if leading else math.inf, name
