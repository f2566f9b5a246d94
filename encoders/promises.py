"""The promises of a text encoder, one function each: it raises `PromiseBroken` if one is not kept."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from .base import TextEncoder, TextFeatures
from .contract_sentences import contract_sentences
from .errors import EncoderBroken, ExpressionEmpty, RefsegError
from .registry import build_encoder, find_encoder, plugin_code
from .tokens import split_words

TOLERANCE = 1e-5
"""How far a vector may be from that of another batch, relative to the largest number in it."""

_BATCH = 25
_FEW = ("left dog", "the second man from the left, in a red t-shirt", "🐶 's", "x")
_WITHOUT_WORDS = ("", "   ", "\t\n", "\u3000")


class PromiseBroken(EncoderBroken):
    """A text encoder does something else than it promises."""


@dataclass(frozen=True)
class Trial:
    """An encoder, and what it makes of sentences: computed once, looked at by several functions.

    Args:
        encoder: in evaluation mode.
        sentences: of one word or more each.
    """

    encoder: TextEncoder
    sentences: Sequence[str] = field(default_factory=contract_sentences)

    @cached_property
    def alone(self) -> list[TextFeatures]:
        """Each sentence encoded alone."""
        return [self._encode([sentence]) for sentence in self.sentences]

    @cached_property
    def batched(self) -> list[tuple[TextFeatures, int]]:
        """For each sentence the batch that it was encoded in, and its place there."""
        starts = range(0, len(self.alone), _BATCH)  # alone first: an error then names its sentence
        batches = [self._encode(self.sentences[start : start + _BATCH]) for start in starts]
        return [(batch, i) for batch in batches for i in range(len(batch))]

    def each(self, fault: Callable[[str, TextFeatures, int], str | None]) -> None:
        """Raise if `fault` finds something wrong with a sentence, given its batch and its place there."""
        rows = zip(self.sentences, self.batched, strict=True)
        faults = {sentence: fault(sentence, *place) for sentence, place in rows}
        found = {sentence: told for sentence, told in faults.items() if told is not None}
        if found:
            sentence, told = next(iter(found.items()))
            raise PromiseBroken(
                f"{len(found)} of {len(faults)} sentences, the first {_shown(sentence)}: {told}"
            )

    def _encode(self, sentences: Sequence[str]) -> TextFeatures:
        more = f" and {len(sentences) - 1} more" if sentences[1:] else ""
        told = f"encoding {_shown(sentences[0])}{more}"
        try:
            with plugin_code("it fails", advice=""):
                text: object = self.encoder.encode(sentences)
        except RefsegError as error:
            raise PromiseBroken(f"{told}: {error}") from error
        if not isinstance(text, TextFeatures) or len(text) != len(sentences):
            raise PromiseBroken(f"{told}: expected TextFeatures of {len(sentences)}, got {_shown(text)}")
        return text


def sizes_are_told(trial: Trial) -> None:
    """`width` and `max_words` are whole numbers above 0."""
    for name in ("width", "max_words"):
        value = getattr(trial.encoder, name)
        if type(value) is not int or value < 1:
            raise PromiseBroken(f"{name} is {value!r}, expected a whole number above 0")


def config_names_the_class(trial: Trial) -> None:
    """`config` is JSON, and its `name` is the one by which the class is found."""
    name = _config(trial.encoder).get("name")
    if find_encoder(str(name)) is not type(trial.encoder):
        raise PromiseBroken(f"its name is {name!r}, by which another class is found")


def config_builds_the_same(trial: Trial) -> None:
    """`from_config` gives an encoder of the same configuration, with weights of the same shapes."""
    built = build_encoder(_config(trial.encoder))
    if _config(built) != _config(trial.encoder):
        raise PromiseBroken(f"the one that was built has {_shown(_config(built))}")
    ours, theirs = ({(k, v.shape) for k, v in each.state_dict().items()} for each in (trial.encoder, built))
    if differing := sorted(name for name, _ in ours ^ theirs):
        raise PromiseBroken(f"the one that was built differs in {', '.join(dict.fromkeys(differing))}")


def weights_carry_over(trial: Trial) -> None:
    """What a checkpoint keeps, put into one that `from_config` built, gives the same vectors."""
    built = build_encoder(_config(trial.encoder)).eval()
    elsewhere = trial.encoder.stored_elsewhere()
    kept = {name: tensor for name, tensor in trial.encoder.state_dict().items() if name not in elsewhere}
    brought = {name: tensor for name, tensor in built.state_dict().items() if name in elsewhere}
    built.load_state_dict(kept | brought)
    if not _equal(trial.encoder.encode(_FEW), built.encode(_FEW)):
        raise PromiseBroken("the vectors differ: something that matters is neither there nor in config()")


def blanks_are_refused(trial: Trial) -> None:
    """An expression without words raises `ExpressionEmpty`, alone and beside others."""
    for blank in _WITHOUT_WORDS:
        for expressions in ([blank], ["left dog", blank]):
            try:
                trial.encoder.encode(expressions)
            except ExpressionEmpty:
                continue
            raise PromiseBroken(f"encode({expressions!a}) does not raise ExpressionEmpty")


def words_are_those_of_split_words(trial: Trial) -> None:
    """The first words are kept, at most `max_words`, and `n_dropped` tells how many are not."""

    def fault(sentence: str, text: TextFeatures, i: int) -> str | None:
        words, kept = split_words(sentence), len(text.tokens[i])
        expected = tuple(word.text for word in words[:kept])
        if not 1 <= kept <= trial.encoder.max_words:
            return f"{kept} words are kept, expected 1 to max_words = {trial.encoder.max_words}"
        if text.tokens[i] != expected:
            return f"tokens are {_shown(text.tokens[i])}, expected {_shown(expected)}"
        if text.n_dropped[i] != len(words) - kept:
            return f"n_dropped is {text.n_dropped[i]}, but of {len(words)} words {kept} are kept"
        return None

    trial.each(fault)


def spans_cut_the_words_out(trial: Trial) -> None:
    """The spans tell where in the expression, as it was typed, each word stands."""

    def fault(sentence: str, text: TextFeatures, i: int) -> str | None:
        cut = tuple(sentence[start:end].lower() for start, end in text.spans[i])
        return None if cut == text.tokens[i] else f"they cut out {_shown(cut)}, not {_shown(text.tokens[i])}"

    trial.each(fault)


def vectors_are_whole(trial: Trial) -> None:
    """Each word has a vector of `width` finite numbers, and what stands beyond the words is zero."""

    def fault(_: str, text: TextFeatures, i: int) -> str | None:
        vectors, is_word, kept = text.words[i], text.is_word[i], len(text.tokens[i])
        if vectors.shape[1] != trial.encoder.width or vectors.dtype != torch.float32:
            return f"{vectors.shape[1]} numbers of {vectors.dtype}, expected {trial.encoder.width} of float32"
        if is_word.tolist() != [t < kept for t in range(len(is_word))]:
            return f"is_word tells {is_word.sum()} words, expected the first {kept} places"
        if not (vectors.isfinite().all() and text.sentence[i].isfinite().all()):
            return "a number is not finite"
        return "beyond the words, numbers are not zero" if vectors[~is_word].any() else None

    trial.each(fault)


def same_in_a_batch(trial: Trial) -> None:
    """Neither padding nor the other expressions of a batch change a vector."""
    alone = dict(zip(trial.sentences, trial.alone, strict=True))

    def fault(sentence: str, text: TextFeatures, i: int) -> str | None:
        one, kept = alone[sentence], len(text.tokens[i])
        if one.tokens[0] != text.tokens[i]:
            return f"{len(one.tokens[0])} words are kept alone, {kept} in a batch"
        words = _difference(one.words[0, :kept], text.words[i, :kept])
        differs = max(words, _difference(one.sentence[0], text.sentence[i]))
        return (
            None if differs <= TOLERANCE else f"vectors differ by {differs:.1e}, allowed is {TOLERANCE:.0e}"
        )

    trial.each(fault)


def same_each_time(trial: Trial) -> None:
    """In evaluation mode a second call gives the same, and calls change no weight."""
    before = {name: tensor.clone() for name, tensor in trial.encoder.state_dict().items()}
    if not _equal(trial.encoder.encode(_FEW), trial.encoder.encode(_FEW)):
        raise PromiseBroken("two calls give different vectors")
    for name, tensor in trial.encoder.state_dict().items():
        if not torch.equal(tensor, before[name]):
            raise PromiseBroken(f"encoding changes {name}")


def _config(encoder: TextEncoder) -> dict[str, Any]:
    """The configuration as it comes out of a checkpoint: tuples have become lists."""
    return dict(json.loads(json.dumps(encoder.config(), allow_nan=False)))


def _equal(one: TextFeatures, other: TextFeatures) -> bool:
    return torch.equal(one.words, other.words) and torch.equal(one.sentence, other.sentence)


def _difference(one: Tensor, other: Tensor) -> float:
    """The largest difference, relative to the largest number; NaN if there are any."""
    return ((one - other).abs().max() / one.abs().max().clamp_min(1e-30)).item()


def _shown(value: object) -> str:
    """A value in ASCII, cut where it is long."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
