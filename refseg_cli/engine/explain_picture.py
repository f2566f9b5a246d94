"""The picture of `--explain`: the words of each sentence, its maps, and what else could be."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from refseg.models.predictor import Predictor
from refseg_cli.data.look.tiles import PALE_INK, PAPER

from .explain import RANDOM_SEEDS, Explanation, Map, explain
from .explain_parts import Picture, chip, column, fitted, flow, glowing, row, scale, text, word_block
from .overlay import draw_outline

_MARGIN, _GAP, _NARROW = 40, 20, 8
_PANEL = 250
_WIDTH = 6 * _PANEL + 5 * _GAP
_ANSWER = (400, 330)
_WORD = 131
_DOUBLINGS = 3  # of an even share of attention, that the strongest colours stand for
_MEANT = (0, 170, 90)
_FLAT = 1.05  # times an even share: a word that looks nowhere more than this has no say in the graph

_MEANINGS = {
    "entity": "a thing",
    "attribute": "what it is like",
    "relation": "how it stands to others",
    "action": "what it does",
    "unnecessary": "the rest",
}


def explained(
    predictor: Predictor, image: Image.Image, expressions: Sequence[str], threshold: float
) -> Picture:
    """Explain sentences about the image that was set, in one picture with a row for each.

    Args:
        predictor: with the image set.
        image: that image, RGB.
        expressions: one word or more each.
        threshold: foreground is where the probability is above it.

    Returns:
        RGB, 1680 pixels wide.
    """
    photo = reduced(image)
    explanations = explain(predictor, expressions, (photo.height, photo.width))
    return page([band(photo, each, threshold) for each in explanations], explanations[0].type_names)


def reduced(image: Image.Image) -> Picture:
    """An image at the size at which it is explained."""
    shrink = min(_ANSWER[0] / image.width, _ANSWER[1] / image.height)
    width, height = (max(1, round(side * shrink)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def page(bands: Sequence[Picture], type_names: Sequence[str]) -> Picture:
    """Put explanations one below the other under a legend of the types of words."""
    line = Image.new("RGB", (_WIDTH, 2), (215, 215, 222))
    all_ = column([_legend(type_names), *(part for each in bands for part in (line, each))], _GAP)
    whole = Image.new("RGB", (all_.width + 2 * _MARGIN, all_.height + 2 * _MARGIN), PAPER)
    whole.paste(all_, (_MARGIN, _MARGIN))
    return whole


def _legend(type_names: Sequence[str]) -> Picture:
    """The types of words, and the two scales of colour."""
    types = [row([chip(name, name, 17, _PANEL), text(_MEANINGS[name], 17)], _NARROW) for name in type_names]
    attention = (f"1/{2**_DOUBLINGS}", "even share", f"{2**_DOUBLINGS} times")
    scales = [
        row([text("probability", 15), scale(0, ("0", "0.5", "1"), 300)], _NARROW),
        row([text("attention of a word to a place", 15), scale(-1, attention, 420)], _NARROW),
    ]
    return column([row(types, 2 * _GAP), row(scales, 3 * _GAP)], 16)


def band(
    photo: Picture,
    explanation: Explanation,
    threshold: float,
    note: str = "",
    meant: Image.Image | None = None,
) -> Picture:
    """Draw all about one sentence.

    Args:
        photo: RGB, of the size of the maps.
        explanation: of the sentence.
        threshold: of the masks.
        note: on one line below the sentence.
        meant: where the truth is known, "L" of the size of the photo.
    """
    head = [text(f"“{explanation.expression}”", 30, _WIDTH, 3)]
    head += [text(note, 16, _WIDTH, 1, PALE_INK)] if note else []
    return column(
        [
            *head,
            row([_answer(photo, explanation, threshold, meant), _words(photo, explanation)], 28),
            row([_steps(photo, explanation, threshold), _random(photo, explanation, threshold)], _GAP),
        ],
        14,
    )


def _answer(photo: Picture, explanation: Explanation, threshold: float, meant: Image.Image | None) -> Picture:
    answer = _outlined(photo, explanation.probability, threshold)
    about = "what the sentence names"
    if meant is not None:
        draw_outline(answer, meant, _MEANT)
        about = "in pink, and in green what was meant"
    place = Image.new("RGB", (_ANSWER[0], photo.height), PAPER)
    place.paste(answer, (0, 0))
    return column([_caption("The answer", about, _ANSWER[0]), place], _NARROW)


def _words(photo: Picture, explanation: Explanation) -> Picture:
    """A tile for each word: its types, and where it looks."""
    width = _WIDTH - _ANSWER[0] - 28
    about = (
        "how much each is of each type; below, where it makes the graph look: only relation words steer it"
    )
    tiles = [_tile(photo, explanation, number) for number in range(len(explanation.words))]
    return column([_caption("1 Words", about, width), flow(tiles, width, 16)], _NARROW)


def _tile(photo: Picture, explanation: Explanation, number: int) -> Picture:
    shares = map(float, explanation.word_types[number])
    named = dict(zip(explanation.type_names, shares, strict=True))
    block = word_block(explanation.words[number], named, _WORD)
    if explanation.routing is None:
        return block
    routing = explanation.routing[number]
    strength = np.log2(routing.clip(2.0**-_DOUBLINGS, 2.0**_DOUBLINGS)) / _DOUBLINGS
    strongest = float(routing.max())
    note = "everywhere alike" if strongest < _FLAT else f"up to {strongest:.3g} times even"
    map_ = fitted(glowing(photo, strength), _WORD, _WORD)
    return column([block, map_, text(note, 12, _WORD, 1, PALE_INK)], 4)


def _steps(photo: Picture, explanation: Explanation, threshold: float) -> Picture:
    """The probability from the entities alone to the whole sentence."""
    alone = (
        f"“{explanation.entity_words}”: its entities and attributes alone"
        if explanation.entity_words
        else "no word of it is an entity or attribute"
    )
    without = (
        "this network has no graph of relations"
        if explanation.without_reasoning is None
        else "the whole sentence, without the graph of relations"
    )
    panels = [
        _step(photo, explanation.of_entity_words, alone, threshold),
        _step(photo, explanation.without_reasoning, without, threshold),
        _step(photo, explanation.probability, "the whole sentence", threshold),
    ]
    about = "the probability of each place, step by step"
    return column([_caption("2 Comprehension", about, 3 * _PANEL), row(panels, _GAP)], _NARROW)


def _step(photo: Picture, probability: Map | None, note: str, threshold: float) -> Picture:
    if probability is None:
        picture = Image.new("RGB", photo.size, (240, 240, 243))
    else:
        picture = glowing(photo, probability)
        draw_outline(picture, _mask(probability, threshold))
    return _panel(picture, text(note, 15, _PANEL, 3))


def _random(photo: Picture, explanation: Explanation, threshold: float) -> Picture:
    """Masks under random types of words."""
    drawn = []
    for types, probability in zip(explanation.random_types, explanation.of_random_types, strict=True):
        named = zip(explanation.words, types.argmax(axis=-1), strict=True)
        chips = [chip(word, explanation.type_names[kind], 13, _PANEL) for word, kind in named]
        drawn.append(_panel(_outlined(photo, probability, threshold), flow(chips, _PANEL, 4)))
    about = f"the answers if its words had other types, drawn at random {len(RANDOM_SEEDS)} times"
    return column([_caption("3 What if", about, 3 * _PANEL + 2 * _GAP), row(drawn, _GAP)], _NARROW)


def _panel(picture: Picture, below: Picture) -> Picture:
    """A picture in its place, and something below it."""
    small = fitted(picture, _PANEL, _PANEL)
    place = Image.new("RGB", (_PANEL, small.height), PAPER)
    place.paste(small, (0, 0))
    return column([place, below], 6)


def _caption(title: str, about: str, width: int) -> Picture:
    head = text(title, 19)
    return row([head, text(about, 16, width - head.width - 12, 1, PALE_INK)], 12)


def _outlined(photo: Picture, probability: Map, threshold: float) -> Picture:
    """The photo, darker outside the mask."""
    found = _mask(probability, threshold)
    picture = Image.composite(photo, Image.blend(photo, Image.new("RGB", photo.size), 0.55), found)
    draw_outline(picture, found)
    return picture


def _mask(probability: Map, threshold: float) -> Picture:
    return Image.fromarray((probability > threshold).astype(np.uint8) * np.uint8(255))
