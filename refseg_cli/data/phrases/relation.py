"""How an object stands to another one of a different kind: beside it, on it, holding it."""

from collections.abc import Sequence

from .facts import Fact, clearly_left
from .nouns import nouns_of
from .scene import Scene, Thing

_RIDDEN = {
    **dict.fromkeys(("horse", "motorcycle", "bicycle", "elephant"), ("riding", "on")),
    **dict.fromkeys(("surfboard", "skateboard", "snowboard"), ("on", "riding")),
    **dict.fromkeys(("bench", "couch"), ("on", "sitting on")),
    **dict.fromkeys(("bed", "boat"), ("on", "in")),
    "chair": ("on", "sitting on", "in"),
    "skis": ("on",),
}
"""What a person can be on, and how that is said."""

_HELD = {
    **dict.fromkeys(("tennis racket", "baseball bat", "frisbee", "surfboard", "remote"), ("holding", "with")),
    **dict.fromkeys(("skateboard", "wine glass", "suitcase", "dog", "cat", "kite", "skis"), ("with",)),
    **dict.fromkeys(("backpack", "tie", "baseball glove"), ("with", "wearing")),
    **dict.fromkeys(("handbag", "teddy bear"), ("with", "holding")),
    "umbrella": ("holding", "with", "under"),
    "cell phone": ("holding", "with", "on"),
    "book": ("with", "reading"),
    "laptop": ("with", "using"),
}
"""What a person can have at hand, and how that is said."""

_LARGE_ANCHOR = 0.01


def relation_facts(scene: Scene, thing: Thing, rivals: Sequence[Thing]) -> list[Fact]:
    """State relations to an object that is the only one of its kind, true of this object alone.

    Args:
        scene: the photo.
        thing: the object to name.
        rivals: all others that the noun could mean.
    """
    facts: list[Fact] = []
    kinds = {thing.category, *(rival.category for rival in rivals)}
    for anchor in scene.things:
        if anchor.category in kinds or not _is_anchor(scene, anchor):
            continue
        noun = nouns_of(anchor.category)[0].words[0]
        facts.extend(_beside(thing, rivals, anchor, noun))
        facts.extend(_sides(thing, rivals, anchor, noun))
        if thing.category == "person":
            facts.extend(_with(thing, rivals, anchor, noun))
        if anchor.category == "person":
            facts.extend(_with_person(thing, rivals, anchor))
    return facts


def _is_anchor(scene: Scene, anchor: Thing) -> bool:
    """Tell whether an object can be spoken of by its category alone."""
    if anchor.crowd or anchor.share < _LARGE_ANCHOR / 4 or anchor.category == "bear":
        return False
    noun = nouns_of(anchor.category)[0]
    return scene.rivals(anchor, noun) == []


def gap(one: Thing, other: Thing) -> float:
    """Measure the empty space between two boxes, in shares of the photo; 0 when they touch."""
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    return max(across, down, 0.0)


def inside(one: Thing, other: Thing) -> float:
    """Measure which part of the box of `one` lies in the box of `other`, 0 to 1."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    area = one.width * one.height
    return max(across, 0.0) * max(down, 0.0) / area if area > 0 else 0.0


def _beside(thing: Thing, rivals: Sequence[Thing], anchor: Thing, noun: str) -> list[Fact]:
    """Side by side, level, and every rival far from the anchor."""
    level = min(thing.bottom, anchor.bottom) - max(thing.top, anchor.top)
    across = abs(thing.x - anchor.x) >= 0.4 * (thing.width + anchor.width)
    if anchor.share < _LARGE_ANCHOR or level < 0.5 * min(thing.height, anchor.height) or not across:
        return []
    if gap(thing, anchor) > 0.03 or any(gap(rival, anchor) < 0.15 for rival in rivals):
        return []
    wordings = (
        "{n} next to the A",
        "{n} next to A",
        "{n} beside the A",
        "the {n} by the A",
        "{n} near the A",
    )
    return [_about(wordings, noun, 2.0 if rivals else 0.7)]


def _sides(thing: Thing, rivals: Sequence[Thing], anchor: Thing, noun: str) -> list[Fact]:
    """Left or right of the anchor, while every rival is on its other side."""
    across = min(thing.right, anchor.right) - max(thing.left, anchor.left)
    if anchor.share < _LARGE_ANCHOR or across > 0.25 * min(thing.width, anchor.width):
        return []
    for side, holds in (("left", clearly_left), ("right", lambda one, other: clearly_left(other, one))):
        if holds(thing, anchor) and not any(holds(rival, anchor) or _near(rival, anchor) for rival in rivals):
            wordings = (
                f"{{n}} {side} of the A",
                f"{{n}} to the {side} of the A",
                f"{{n}} on the {side} of the A",
            )
            return [_about(wordings, noun, 1.5 if rivals else 0.4)]
    return []


def _near(one: Thing, other: Thing) -> bool:
    """Tell whether neither is clearly left of the other."""
    return not clearly_left(one, other) and not clearly_left(other, one)


def _with(person: Thing, rivals: Sequence[Thing], anchor: Thing, noun: str) -> list[Fact]:
    """A person on or with something that no other person comes near."""
    if any(gap(rival, anchor) < 0.01 for rival in rivals):
        return []
    weight = 2.5 if rivals else 0.7
    if anchor.category in _RIDDEN and _is_on(person, anchor):
        verbs = _RIDDEN[anchor.category]
    elif anchor.category in _HELD and _has_in_hand(person, anchor):
        verbs = _HELD[anchor.category]
    else:
        return []
    wordings = [
        form for verb in verbs for form in (f"{{n}} {verb} the A", f"{{n}} {verb} A", f"the {{n}} {verb} a A")
    ]
    return [_about(wordings, noun, weight)]


def _with_person(thing: Thing, rivals: Sequence[Thing], person: Thing) -> list[Fact]:
    """Something that the only person is on, while every other one of its kind is free."""
    if not rivals or thing.category not in _RIDDEN or any(gap(rival, person) < 0.01 for rival in rivals):
        return []
    if not _is_on(person, thing):
        return []
    return [
        _about(
            ("{n} with the person on it", "{n} with a person on it", "{n} under the person"), "person", 2.0
        )
    ]


def _is_on(person: Thing, seat: Thing) -> bool:
    """Tell whether a person's box stands on or in that of a seat, mount or board."""
    middle = seat.left <= person.x <= seat.right
    reaches = seat.top <= person.bottom <= seat.bottom + 0.05
    return middle and reaches and person.top < seat.top + 0.25 * seat.height


def _has_in_hand(person: Thing, held: Thing) -> bool:
    """Tell whether most of a smaller thing's box lies in or at the person's."""
    return held.share < person.share and inside(held, person) >= 0.5


def _about(wordings: Sequence[str], noun: str, weight: float) -> Fact:
    """Put the anchor's noun where a wording has a lonely capital A."""
    article = "an" if noun[0] in "aeiou" else "a"
    said = (wording.replace("a A", f"{article} {noun}").replace(" A", f" {noun}") for wording in wordings)
    return Fact("relation", tuple(said), weight)
