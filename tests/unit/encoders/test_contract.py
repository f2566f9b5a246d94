"""The contract: kept by the encoders that there are, and each way of breaking it is noticed and told."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, Self

import pytest
import torch
from torch import nn

from refseg.encoders import promises
from refseg.encoders.base import TextFeatures
from refseg.encoders.catalogue import VARIABLE
from refseg.encoders.contract import check_encoder
from refseg.encoders.contract_sentences import contract_sentences
from refseg.encoders.errors import EncoderBroken, ExpressionEmpty
from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.promises import PromiseBroken, Trial
from refseg.encoders.tokens import split_words
from refseg.encoders.vocabulary import Vocabulary

Encode = Callable[[LstmGlove, Sequence[str]], TextFeatures]


def make(kind: type[LstmGlove] = LstmGlove) -> LstmGlove:
    words = {word.text for sentence in contract_sentences()[:200] for word in split_words(sentence)}
    return kind(Vocabulary.of(sorted(words)), LstmGloveConfig(embedding_width=8, width=8)).eval()


def faulty(change: Callable[[TextFeatures], TextFeatures]) -> LstmGlove:
    """An encoder whose result is changed."""

    class Faulty(LstmGlove):
        def encode(self, expressions: Sequence[str]) -> TextFeatures:
            return change(super().encode(expressions))

    return make(Faulty)


def told(promise: Callable[[Trial], None], encoder: LstmGlove) -> str:
    """What the promise says of an encoder that breaks it; asked with few sentences."""
    with torch.no_grad(), pytest.raises(PromiseBroken) as caught:
        promise(Trial(encoder, contract_sentences()[:60]))
    return str(caught.value)


def test_lstm_glove_keeps_the_contract() -> None:
    assert [check for check in check_encoder(make()) if check.failure] == []


def test_the_sentences_are_500_hard_ones_and_always_the_same() -> None:
    sentences = contract_sentences()
    assert len(set(sentences)) == len(sentences) == 500
    assert sentences == contract_sentences()
    everything = "".join(sentences)
    for hard in "🐶👨‍👩‍👧‍👦-'’狗犬한כك\u0301\u200b\u200f\t\x00":
        assert hard in everything
    counts = [len(split_words(sentence)) for sentence in sentences]
    assert (min(counts), max(counts)) == (1, 400)
    assert sum(not any(map(str.isalnum, sentence)) for sentence in sentences) > 10


@pytest.mark.parametrize(
    ("promise", "change", "message"),
    [
        (
            promises.words_are_those_of_split_words,
            lambda text: replace(text, tokens=tuple(("", *row[1:]) for row in text.tokens)),
            "60 of 60 sentences, the first 'a': tokens are ('',), expected ('a',)",
        ),
        (
            promises.words_are_those_of_split_words,
            lambda text: replace(text, n_dropped=tuple(0 for _ in text.n_dropped)),
            "n_dropped is 0, but of 21 words 20 are kept",
        ),
        (
            promises.spans_cut_the_words_out,
            lambda text: replace(text, spans=tuple(((0, 1), *row[1:]) for row in text.spans)),
            "they cut out ('t', 'man', 'on', 'the', 'left'), not ('the', 'man'",
        ),
        (
            promises.vectors_are_whole,
            lambda text: replace(text, words=text.words / text.is_word[..., None]),
            "a number is not finite",
        ),
        (
            promises.vectors_are_whole,
            lambda text: replace(text, words=text.words + 1),
            "beyond the words, numbers are not zero",
        ),
        (
            promises.vectors_are_whole,
            lambda text: replace(text, words=text.words.double()),
            "8 numbers of torch.float64, expected 8 of float32",
        ),
        (
            promises.vectors_are_whole,
            lambda text: replace(text, is_word=torch.ones_like(text.is_word)),
            "is_word tells",
        ),
        (
            promises.same_in_a_batch,
            lambda text: replace(text, words=text.words / text.words.std()),
            "vectors differ by",
        ),
        (
            promises.same_in_a_batch,
            lambda text: replace(text, sentence=text.sentence * (1 + 1e-4 * (len(text) > 1))),
            "vectors differ by 1.0e-04, allowed is 1e-05",
        ),
        (
            promises.same_each_time,
            lambda text: replace(text, words=nn.functional.dropout(text.words)),
            "two calls give different vectors",
        ),
    ],
)
def test_a_result_that_breaks_a_promise_is_told(
    promise: Callable[[Trial], None], change: Callable[[TextFeatures], TextFeatures], message: str
) -> None:
    assert message in told(promise, faulty(change))


def test_sizes_that_are_no_numbers_are_told() -> None:
    encoder = make()
    encoder.max_words = 0
    assert told(promises.sizes_are_told, encoder) == "max_words is 0, expected a whole number above 0"


def test_an_encoder_that_takes_an_expression_without_words_is_told() -> None:
    class Lenient(LstmGlove):
        def encode(self, expressions: Sequence[str]) -> TextFeatures:
            return super().encode([each if each.strip() else "nothing" for each in expressions])

    assert told(promises.blanks_are_refused, make(Lenient)) == "encode(['']) does not raise ExpressionEmpty"


def test_a_sentence_that_cannot_be_encoded_is_named_and_what_was_raised() -> None:
    class Fragile(LstmGlove):
        def encode(self, expressions: Sequence[str]) -> TextFeatures:
            if any("🐶" in each for each in expressions):
                raise IndexError("no such letter")
            return super().encode(expressions)

    message = told(promises.spans_cut_the_words_out, make(Fragile))
    assert message.startswith(
        r"encoding '\U0001f436 left of \U0001f431': it fails: IndexError: no such letter"
    )
    assert "test_contract.py, line" in message


def test_an_encoder_that_refuses_a_sentence_with_words_is_told() -> None:
    class Proud(LstmGlove):
        def encode(self, expressions: Sequence[str]) -> TextFeatures:
            if any(each.strip(".") == "" for each in expressions):
                raise ExpressionEmpty("only points")
            return super().encode(expressions)

    assert "encoding '...': only points" in told(promises.vectors_are_whole, make(Proud))


def test_what_is_no_text_features_is_told() -> None:
    class Plain(LstmGlove):
        def encode(self, expressions: Sequence[str]) -> Any:
            return super().encode(expressions).words

    assert "expected TextFeatures of 1, got tensor(" in told(promises.vectors_are_whole, make(Plain))


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[LstmGlove]], LstmGlove]:
    """Make a class an encoder of the name `faulty`."""

    def run(kind: type[LstmGlove]) -> LstmGlove:
        module = ModuleType("faulty_encoder")
        vars(module)["Faulty"] = kind
        monkeypatch.setitem(sys.modules, "faulty_encoder", module)
        monkeypatch.setenv(VARIABLE, "faulty=faulty_encoder:Faulty")
        kind.name = "faulty"
        return make(kind)

    return run


Register = Callable[[type[LstmGlove]], LstmGlove]


def test_a_name_by_which_another_class_is_found_is_told(register: Register) -> None:
    class Misnamed(LstmGlove):
        def config(self) -> dict[str, Any]:
            return {**super().config(), "name": "lstm-glove"}

    message = "its name is 'lstm-glove', by which another class is found"
    assert told(promises.config_names_the_class, register(Misnamed)) == message


def test_a_configuration_that_is_not_json_is_told_by_its_check_and_the_others_go_on(
    register: Register,
) -> None:
    class Odd(LstmGlove):
        def config(self) -> dict[str, Any]:
            return {**super().config(), "seen": {1, 2}}

    failures = {check.name: check.failure for check in check_encoder(register(Odd))}
    broken = [name for name, failure in failures.items() if failure is not None]
    assert broken[0] == "config() is JSON and names the class"
    assert "Object of type set is not JSON serializable" in str(failures[broken[0]])
    assert len(broken) == 3  # and the two that build one from it


def test_an_encoder_that_is_built_otherwise_is_told(register: Register) -> None:
    class Wider(LstmGlove):
        @classmethod
        def from_config(cls, config: Mapping[str, Any]) -> Self:
            return super().from_config({**config, "width": 9})

    encoder = register(Wider)
    assert "the one that was built has {" in told(promises.config_builds_the_same, encoder)
    with pytest.raises(RuntimeError, match="size mismatch"):
        promises.weights_carry_over(Trial(encoder))


def test_weights_that_are_not_in_the_state_are_told(register: Register) -> None:
    class Forgetful(LstmGlove):
        def __init__(self, vocabulary: Vocabulary, config: LstmGloveConfig | None = None) -> None:
            super().__init__(vocabulary, config)
            self.shift = [torch.randn(1)]  # a list hides it from state_dict

        def encode(self, expressions: Sequence[str]) -> TextFeatures:
            text = super().encode(expressions)
            return replace(text, words=text.words + self.shift[0] * text.is_word[..., None])

    encoder = register(Forgetful)
    assert told(promises.weights_carry_over, encoder).startswith("the vectors differ")


def test_an_encoder_that_changes_while_it_encodes_is_told() -> None:
    class Counting(LstmGlove):
        def __init__(self, vocabulary: Vocabulary, config: LstmGloveConfig | None = None) -> None:
            super().__init__(vocabulary, config)
            self.register_buffer("calls", torch.zeros(()))

        def encode(self, expressions: Sequence[str]) -> TextFeatures:
            self.get_buffer("calls").add_(1)
            return super().encode(expressions)

    assert told(promises.same_each_time, make(Counting)) == "encoding changes calls"


def test_a_broken_promise_is_an_encoder_that_is_broken() -> None:
    assert issubclass(PromiseBroken, EncoderBroken)
