"""What a network did on the way from a sentence to its mask, in numbers: `refseg predict --explain`."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from refseg.encoders.base import TextFeatures
from refseg.models.cmpc.config import CmpcConfig
from refseg.models.cmpc.graph import RelationReasoning, Routes
from refseg.models.cmpc.image import Segmentation
from refseg.models.cmpc.upsampling import upsample
from refseg.models.cmpc.words import ATTRIBUTE, ENTITY
from refseg.models.predictor import Predictor

RANDOM_SEEDS = (0, 1, 2)
"""The random word types that are tried."""

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Explanation:
    """How a network came to the mask of one sentence; all maps have the size (h, w) that was asked for.

    Args:
        expression: as given.
        words: the T words as kept.
        type_names: of the K word types.
        word_types: (T, K) how much each word is of each type (paper, Fig. 5).
        routing: (T, h, w) where each word looks (Fig. 9): the attention B2 of the graph (eq. 8), mean of the
            levels, as a multiple of an even share; 1 everywhere for a word that the graph does not use.
            None without relation reasoning.
        probability: (h, w) of belonging to what the sentence names.
        entity_words: the sentence without all words but those whose likeliest type is entity or attribute;
            empty where no word is.
        of_entity_words: (h, w) the probability for `entity_words` as a sentence of its own (Fig. 9 b);
            None where there are none.
        without_reasoning: (h, w) the probability without relation reasoning (Fig. 10); None where the network
            has none to leave out. See `relation_reasoning_left_out`.
        random_types: (R, T, K) other types for the words, drawn at random.
        of_random_types: (R, h, w) the probability with each of them (Fig. 6).
    """

    expression: str
    words: tuple[str, ...]
    type_names: tuple[str, ...]
    word_types: Map
    routing: Map | None
    probability: Map
    entity_words: str
    of_entity_words: Map | None
    without_reasoning: Map | None
    random_types: Map
    of_random_types: Map


def explain(predictor: Predictor, expressions: Sequence[str], size: tuple[int, int]) -> list[Explanation]:
    """Explain what B expressions mean in the image that was set.

    Args:
        predictor: with an image set.
        expressions: one word or more each.
        size: (h, w) of the maps, in the proportions of the image.

    Raises:
        ExpressionEmpty: if an expression holds no word.
        ValueError: if no image was set.
    """
    text, full = predictor.decode(expressions)
    probability = _probability(predictor, full, size)
    without = None
    if full.routes:
        with relation_reasoning_left_out(predictor.segmenter):
            without = _probability(predictor, predictor.decode(expressions)[1], size)
    at_random = [predictor.decode(expressions, word_types="random", seed=seed)[1] for seed in RANDOM_SEEDS]
    of_random = np.stack([_probability(predictor, each, size) for each in at_random])
    random_types = np.stack([_array(each.word_types) for each in at_random])
    types = _array(full.word_types)
    shorter = [entity_words(text, number, types[number]) for number in range(len(text))]
    of_shorter = {words: _probability_of(predictor, words, size) for words in {*shorter} - {""}}
    return [
        Explanation(
            expression=expression,
            words=text.tokens[i],
            type_names=predictor.segmenter.head.word_type_names,
            word_types=types[i, : len(text.tokens[i])],
            routing=_routing(predictor, full, i, len(text.tokens[i]), size) if full.routes else None,
            probability=probability[i],
            entity_words=shorter[i],
            of_entity_words=of_shorter.get(shorter[i]),
            without_reasoning=None if without is None else without[i],
            random_types=random_types[:, i, : len(text.tokens[i])],
            of_random_types=of_random[:, i],
        )
        for i, expression in enumerate(expressions)
    ]


def entity_words(text: TextFeatures, number: int, word_types: Map) -> str:
    """Shorten a sentence to the words of the first stage: entities and attributes, by their likeliest type.

    Args:
        text: of several sentences.
        number: which one.
        word_types: (T, K) of its words.

    Returns:
        The kept words, apart by a blank where they were not joined before; empty where there are none.
    """
    kept, end = "", None
    likeliest = word_types.argmax(axis=-1)
    for word, span, kind in zip(text.tokens[number], text.spans[number], likeliest, strict=False):
        if kind in (ENTITY, ATTRIBUTE):
            kept += word if span[0] == end or not kept else f" {word}"
            end = span[1]
    return kept.strip()


@contextmanager
def relation_reasoning_left_out(network: nn.Module) -> Iterator[None]:
    """Keep from a network, for a while, what its graph found: each region gets the mean over all regions.

    The paper's Fig. 10 compares two trainings. This compares one network with itself: what remains to tell
    one region from another is what was perceived before the graph. The features before and after the graph
    cannot be compared themselves: they have no axes in common, nor do the sentence vectors with either.
    """
    with ExitStack() as hooks:
        for module in network.modules():
            if isinstance(module, RelationReasoning):
                handle = module.register_forward_hook(_level_out)
                hooks.callback(handle.remove)
        yield


def word_to_region(routes: Sequence[Routes], number: int, n_words: int) -> Tensor:
    """How each word of a sentence shares out its attention over the regions: (T, N), rows sum to 1.

    Equation: 8; the mean over the levels.
    """
    return torch.stack([level.word_to_region[number, :n_words].float() for level in routes]).mean(dim=0)


def _level_out(_: nn.Module, __: object, result: tuple[Tensor, Routes]) -> tuple[Tensor, Routes]:
    reasoned, routes = result
    return reasoned.mean(dim=1, keepdim=True).expand_as(reasoned), routes


def _routing(
    predictor: Predictor, segmentation: Segmentation, number: int, n_words: int, size: tuple[int, int]
) -> Map:
    """How many times an even share of its attention each word pays to each place, (T, h, w)."""
    shares = word_to_region(segmentation.routes, number, n_words)
    grid = segmentation.grid_logits.shape[-2:]
    times_even = (shares * shares.shape[1]).unflatten(1, grid)
    return _array(_in_picture(predictor, times_even, segmentation.config, size))


def _probability_of(predictor: Predictor, expression: str, size: tuple[int, int]) -> Map:
    """(h, w) for one sentence."""
    only: Map = _probability(predictor, predictor.decode([expression])[1], size)[0]
    return only


def _probability(predictor: Predictor, segmentation: Segmentation, size: tuple[int, int]) -> Map:
    """(B, h, w)."""
    return _array(_in_picture(predictor, segmentation.grid_logits, segmentation.config, size).sigmoid())


def _in_picture(predictor: Predictor, maps: Tensor, config: CmpcConfig, size: tuple[int, int]) -> Tensor:
    """Bring maps (B, H, W) from the grid of the network over its canvas to a picture: (B, h, w)."""
    preprocess = predictor.segmenter.preprocess
    canvases = upsample(maps.float(), (preprocess.size, preprocess.size), config.upsampling)
    return preprocess.restore(canvases, *size)


def _array(tensor: Tensor) -> Map:
    return np.asarray(tensor.float().cpu(), dtype=np.float32)
