"""Makes referring phrases from instance masks: "left dog", "second cup from the right", "person in red".

Every phrase names one object and no other, by construction: an attribute is stated only where the object
differs clearly from all others that the noun could mean, and nothing is said about kinds of which not every
object is annotated. The phrases are templates, not what a person wrote.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from refseg.models.images import read_image
from refseg_cli.console import track
from refseg_cli.errors import DataError

from .colour import Painted
from .facts import Fact, category_facts, ordinal_facts, size_facts, size_order_facts
from .nouns import Noun, nouns_of
from .places import position_facts
from .relation import relation_facts
from .scene import Scene, Thing, read_scenes

MAX_PHRASES = 6
"""Most phrases for one object."""

_REPEATED = 0.3
"""How much less often a fact is said again in other words."""

_BARE = 3
"""Most phrases for one object that say its category and nothing else."""


@dataclass(frozen=True)
class Phrase:
    """A phrase that names one object of a photo.

    Attributes:
        text: the words, in lower case.
        kind: what sets the object apart; see `Sample.kind`.
    """

    text: str
    kind: str


def generate(
    instances: Mapping[str, Any],
    images_dir: Path | None,
    seed: int = 0,
    *,
    image_ids: Collection[int] | None = None,
    complete_categories: Collection[str] | None = None,
    max_phrases: int = MAX_PHRASES,
    size_order: bool = False,
    split: str = "train",
) -> list[dict[str, Any]]:
    """Make phrases for every object that can be named without doubt.

    Args:
        instances: content of a COCO `instances.json`.
        images_dir: folder of the photos, for colours; None to say nothing about colours.
        seed: the same number gives the same phrases.
        image_ids: photos to make phrases for; all when None.
        complete_categories: categories of which every object is annotated; None for all of them.
        max_phrases: most phrases for one object.
        size_order: also say "second biggest"; without, the phrases are those that `small` was trained on.
        split: what the references are marked with.

    Returns:
        References as in REFER's pickles, one per object; each sentence has a further key `kind`.

    Raises:
        DataError: a photo is missing, or its size is not that of its annotation.
    """
    references: list[dict[str, Any]] = []
    n_sentences = 0
    scenes = list(read_scenes(instances, image_ids, complete_categories))
    for scene in track(scenes, "making phrases"):
        painted = _painted(scene, images_dir)
        for thing, phrases in _phrases_of_scene(scene, painted, seed, max_phrases, size_order):
            references.append(as_reference(scene, thing, phrases, split, len(references), n_sentences))
            n_sentences += len(phrases)
    return references


def _painted(scene: Scene, images_dir: Path | None) -> Painted | None:
    """Read the photo for its colours."""
    if images_dir is None or not any(thing.clear for thing in scene.things):
        return None
    image = read_image(images_dir / scene.file_name)
    if image.size != (scene.width, scene.height):
        raise DataError(
            f"{images_dir / scene.file_name}: is {image.width}x{image.height} but annotated as "
            f"{scene.width}x{scene.height}; fetch the photos that belong to this instances.json"
        )
    return Painted.of(scene, image)


def _phrases_of_scene(
    scene: Scene, painted: Painted | None, seed: int, max_phrases: int, size_order: bool
) -> list[tuple[Thing, list[Phrase]]]:
    """Make the phrases of one photo; whatever could name two of its objects is dropped."""
    drafts = []
    for thing in scene.things:
        if thing.clear:
            random = Random(f"{seed}/{scene.image_id}/{thing.ann_id}")
            drafts.append((thing, phrases_of(scene, thing, painted, random, max_phrases, size_order)))
    named: dict[str, set[int]] = {}
    for thing, phrases in drafts:
        for phrase in phrases:
            named.setdefault(phrase.text, set()).add(thing.ann_id)
    sure = [
        (thing, [phrase for phrase in phrases if len(named[phrase.text]) == 1]) for thing, phrases in drafts
    ]
    return [(thing, phrases) for thing, phrases in sure if phrases]


def phrases_of(
    scene: Scene,
    thing: Thing,
    painted: Painted | None,
    random: Random,
    max_phrases: int = MAX_PHRASES,
    size_order: bool = False,
) -> list[Phrase]:
    """Draw different phrases for one object, telling facts first and often.

    Args:
        scene: the photo.
        thing: the object to name; one of the scene's.
        painted: its colours, or None to leave them out.
        random: draws facts, wordings and nouns.
        max_phrases: most phrases to draw.
        size_order: see `generate`.
    """
    options = [
        (noun, fact)
        for noun in nouns_of(thing.category)
        for fact in facts_of(scene, thing, noun, painted, size_order)
    ]
    weights = [fact.weight * (0.25 if noun.general else 1.0) for noun, fact in options]
    phrases: dict[str, Phrase] = {}
    for _ in range(4 * max_phrases):
        if sum(weights) == 0 or len(phrases) == max_phrases:
            break
        index = random.choices(range(len(options)), weights)[0]
        noun, fact = options[index]
        bare = (
            fact.kind == "category" and sum(phrase.kind == "category" for phrase in phrases.values()) >= _BARE
        )
        weights[index] *= 0.0 if bare else _REPEATED
        if not bare:
            text = random.choice(fact.wordings).format(n=draw_word(noun, random))
            phrases.setdefault(text, Phrase(text, fact.kind))
    return list(phrases.values())


def draw_word(noun: Noun, random: Random) -> str:
    """Draw one of a noun's words, the commonest half of the time."""
    return noun.words[0] if random.random() < 0.5 else random.choice(noun.words)


def facts_of(
    scene: Scene, thing: Thing, noun: Noun, painted: Painted | None, size_order: bool = False
) -> list[Fact]:
    """List all that sets an object apart from the others that a noun could mean."""
    rivals = scene.rivals(thing, noun)
    if rivals is None:
        return []
    positions = position_facts(thing, rivals)
    facts = [
        *category_facts(rivals),
        *positions,
        *size_facts(thing, rivals),
        *(size_order_facts(thing, rivals) if size_order else ()),
        *ordinal_facts(thing, rivals),
        *relation_facts(scene, thing, rivals),
    ]
    if painted is None:
        return facts
    return [*facts, *painted.facts(thing, rivals), *_coloured_positions(thing, positions, painted)]


def _coloured_positions(thing: Thing, positions: Sequence[Fact], painted: Painted) -> list[Fact]:
    """Add the object's colour to its position: both true, as people often say more than is needed."""
    colour = painted.colour(thing)
    if colour is None:
        return []
    described = f"{{n}} in {colour}" if thing.category == "person" else f"{colour} {{n}}"
    return [Fact("position", (f"{described} {fact.tail}",), 1.0) for fact in positions if fact.tail]


def as_reference(
    scene: Scene, thing: Thing, phrases: Sequence[Phrase], split: str, ref_id: int, first_sentence: int
) -> dict[str, Any]:
    """Write the phrases for one object as a reference in REFER's pickles."""
    sentences = [
        {
            "sent_id": first_sentence + index,
            "sent": phrase.text,
            "raw": phrase.text,
            "tokens": phrase.text.split(),
            "kind": phrase.kind,
        }
        for index, phrase in enumerate(phrases)
    ]
    return {
        "ref_id": ref_id,
        "ann_id": thing.ann_id,
        "image_id": scene.image_id,
        "category_id": int(thing.annotation["category_id"]),
        "file_name": scene.file_name,
        "split": split,
        "sent_ids": [sentence["sent_id"] for sentence in sentences],
        "sentences": sentences,
    }
