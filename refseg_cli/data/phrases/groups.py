"""Phrases that name all objects of a kind: "both dogs", "the three cups", "all people".

They stand beside the phrases of `generate`, which name one object each, and change nothing of those.
"""

from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
import pycocotools.mask as rle

from refseg_cli.data.masks import decode_mask

from .generate import Phrase, draw_word
from .nouns import Noun, nouns_of
from .plural import plural
from .scene import PARTS, Scene, Thing

MAX_PHRASES = 3
"""Most phrases for one group."""

_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
_PAIR = ("both {p}", "the two {p}", "two {p}", "both of the {p}", "{p}", "the {p}")
_FEW = ("all {p}", "all the {p}", "the {c} {p}", "{c} {p}", "all {c} {p}", "all of the {p}", "{p}", "the {p}")
_MANY = ("all {p}", "all the {p}", "all of the {p}", "every {n}", "the {p}")


def groups_of(scene: Scene, seed: int, first_id: int) -> Iterator[tuple[Thing, list[Phrase]]]:
    """Make the phrases for each kind of which a photo holds several, all of them clear.

    Args:
        scene: the photo.
        seed: the same number gives the same phrases.
        first_id: number of the first annotation that is made.

    Yields:
        All objects of a kind as one thing, whose annotation unites theirs, and the phrases that name it.

    Raises:
        DataError: a mask cannot be decoded.
    """
    for category in sorted({thing.category for thing in scene.things}):
        things = [thing for thing in scene.things if thing.category == category]
        if len(things) > 1 and all(thing.clear for thing in things):
            phrases = _phrases(scene, things, Random(f"{seed}/{scene.image_id}/all {category}"))
            if phrases:
                yield _united(scene, things, first_id), phrases
                first_id += 1


def _phrases(scene: Scene, things: Sequence[Thing], random: Random) -> list[Phrase]:
    """Draw different phrases for all objects of a category."""
    nouns = [noun for noun in nouns_of(things[0].category) if _names_exactly(noun, scene, things)]
    texts: dict[str, None] = {}
    for _ in range(4 * MAX_PHRASES if nouns else 0):
        word = draw_word(random.choice(nouns), random)
        several = plural(word)
        if several and len(texts) < MAX_PHRASES:
            texts[random.choice(_said(word, several, len(things)))] = None
    return [Phrase(text, "plural") for text in texts]


def _names_exactly(noun: Noun, scene: Scene, things: Sequence[Thing]) -> bool:
    """Tell whether a noun means all of these objects and no other in the photo."""
    rivals = scene.rivals(things[0], noun)
    return rivals is not None and len(rivals) == len(things) - 1


def _said(word: str, several: str, count: int) -> list[str]:
    """Put a noun into the wordings for its number; "the sheep" would leave open whether it is one."""
    wordings = _PAIR if count == 2 else _FEW if count in _COUNTS else _MANY
    clear = [wording for wording in wordings if several != word or wording not in ("{p}", "the {p}")]
    return [wording.format(n=word, p=several, c=_COUNTS.get(count)) for wording in clear]


def _united(scene: Scene, things: Sequence[Thing], ann_id: int) -> Thing:
    """Unite the masks of several objects in one annotation."""
    mask = np.zeros((scene.height, scene.width), dtype=bool)
    for thing in things:
        mask |= decode_mask(thing.annotation, scene.height, scene.width)
    encoded = rle.encode(np.asfortranarray(mask, dtype=np.uint8))
    counts = encoded["counts"].decode("ascii")
    left, top, width, height = (float(side) for side in rle.toBbox(encoded))
    return Thing(
        ann_id=ann_id,
        category=things[0].category,
        left=left / scene.width,
        top=top / scene.height,
        right=(left + width) / scene.width,
        bottom=(top + height) / scene.height,
        share=float(mask.mean()),
        annotation={
            "id": ann_id,
            "image_id": scene.image_id,
            "category_id": things[0].annotation["category_id"],
            PARTS: [thing.ann_id for thing in things],
            "bbox": [left, top, width, height],
            "area": int(mask.sum()),
            "iscrowd": 1,  # for other programs, which then do not count it as one more object
            "segmentation": {"size": [scene.height, scene.width], "counts": counts},
        },
    )
