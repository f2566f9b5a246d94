"""The words that name an object of a category, and what each of them might also mean.

The tables are for COCO's categories; any other one, of data of one's own, is named by its own name.
"""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Noun:
    """Words that mean the same, and the categories they can be meant for.

    Attributes:
        words: the commonest first.
        categories: every category that the words name.
        confusable: further COCO categories that a person might take for it.
    """

    words: tuple[str, ...]
    categories: frozenset[str]
    confusable: frozenset[str] = frozenset()

    @property
    def general(self) -> bool:
        """Whether it spans several categories, as "animal" does."""
        return len(self.categories) > 1

    def doubtful(self, category: str) -> bool:
        """Tell whether somebody might say it of an object of a category that it does not name.

        For COCO's categories the tables know. Of any other it is enough that they share a word ("car" might
        mean a police car), that the noun is a general one, or that both are people.
        """
        if category in self.categories:
            return False
        if category in COCO_CATEGORIES and self.categories <= COCO_CATEGORIES:
            return category in self.confusable
        if self.general or (self.categories == {"person"} and _PEOPLE & set(category.split())):
            return True
        theirs = " | ".join(word for noun in nouns_of(category) for word in noun.words)
        return any(f" {word} " in f" {theirs} " for word in self.words)


_COCO = """
    person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop
    sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack,
    umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball
    glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana,
    apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed,
    dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink,
    refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush
"""
COCO_CATEGORIES = frozenset(" ".join(_COCO.split()).split(", "))
"""The 80 categories, by the names of the COCO files."""

# Gender and age are never guessed: the annotations say "person" alone.
_OWN_WORDS = {
    "person": "person, guy, human",
    "car": "car",
    "bicycle": "bicycle",
    "motorcycle": "motorcycle, motorbike",
    "airplane": "airplane, plane",
    "tv": "tv, television",
    "couch": "couch, sofa",
    "potted plant": "plant, potted plant, houseplant",
    "dining table": "table, dining table",
    "cell phone": "phone, cell phone, cellphone",
    "refrigerator": "refrigerator, fridge",
    "donut": "donut, doughnut",
    "hot dog": "hot dog, hotdog",
    "teddy bear": "teddy bear, teddy, stuffed bear",
    "sports ball": "ball",
    "wine glass": "wine glass",
    "handbag": "handbag, purse",
    "suitcase": "suitcase, luggage",
    "baseball bat": "bat, baseball bat",
    "baseball glove": "glove, baseball glove, mitt",
    "tennis racket": "racket, tennis racket, racquet",
    "hair drier": "hair dryer, dryer",
    "dog": "dog, puppy",
    "cup": "cup, mug",
    "fire hydrant": "fire hydrant, hydrant",
    "traffic light": "traffic light, stoplight",
    "parking meter": "parking meter, meter",
    "oven": "oven, stove",
    "bear": "",  # only as below: a teddy bear is called a bear as well
}

_ANIMALS = frozenset({"bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"})

_PEOPLE = frozenset(
    """
    adult baby biker boy child cyclist driver farmer girl guy human kid lady man motorcyclist pedestrian
    people person player policeman rider skier surfer toddler woman worker
    """.split()
)

_SHARED_WORDS = (
    Noun(("bear",), frozenset({"bear"}), frozenset({"teddy bear"})),
    Noun(("bike",), frozenset({"bicycle"}), frozenset({"motorcycle"})),
    Noun(("bike",), frozenset({"motorcycle"}), frozenset({"bicycle"})),
    Noun(("screen", "monitor"), frozenset({"tv"}), frozenset({"laptop"})),
    Noun(("computer",), frozenset({"laptop"}), frozenset({"tv", "keyboard"})),
    Noun(("glass",), frozenset({"wine glass"}), frozenset({"cup"})),
    Noun(("bag",), frozenset({"handbag", "backpack", "suitcase"})),
    Noun(("board",), frozenset({"surfboard", "skateboard", "snowboard"})),
    Noun(("animal",), _ANIMALS, frozenset({"teddy bear"})),
    Noun(
        ("vehicle",),
        frozenset({"car", "bus", "truck"}),
        frozenset({"motorcycle", "bicycle", "train", "boat"}),
    ),
    Noun(("fruit",), frozenset({"apple", "banana", "orange"})),
)

_CONFUSABLE = {"car": frozenset({"truck"}), "cup": frozenset({"wine glass"}), "chair": frozenset({"bench"})}


def plain_name(category: str) -> str:
    """Bring the name of a category to words that may stand in a phrase: "Person_walking" to "person walking".

    What stands in brackets is left out, and so is all punctuation; a name of nothing else gives "".
    """
    without_brackets = re.sub(r"\([^)]*\)", " ", category.lower())
    return " ".join(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", without_brackets))


@cache
def nouns_of(category: str) -> tuple[Noun, ...]:
    """List the nouns that can name an object of a category, its own words first.

    A category that is not in the table is named by its own name, a `plain_name`.
    """
    words = tuple(word.strip() for word in _OWN_WORDS.get(category, category).split(",") if word)
    own = (Noun(words, frozenset({category}), _CONFUSABLE.get(category, frozenset())),) if words else ()
    return own + tuple(noun for noun in _SHARED_WORDS if category in noun.categories)


def every_noun() -> frozenset[str]:
    """List every word or pair of words in the tables, the categories' own names included."""
    own = {word.strip() for words in _OWN_WORDS.values() for word in words.split(",") if word}
    shared = {word for noun in _SHARED_WORDS for word in noun.words}
    return frozenset({*own, *shared, *COCO_CATEGORIES})
