from dataclasses import replace

import pytest
from inspected import corpus, sentence

from refseg_cli.engine.inspecting.comparing import agreement_between, changed_words, type_changes
from refseg_cli.engine.inspecting.corpus import Corpus
from refseg_cli.engine.inspecting.gold import gold_accuracy, gold_confusions

KNOWN = corpus(
    sentence("left dog", "ue", "VERB NOUN", gold="re"),
    sentence("the red dog is", "ueee", "DET ADJ NOUN AUX", gold="uaeu"),
)


def test_accuracy_is_told_for_each_true_type_and_each_way() -> None:
    learned, pos, random = gold_accuracy(KNOWN).records()
    assert learned["by"] == "learned types"
    assert (learned["entity"], learned["attribute"], learned["relation"]) == (1, 0, 0)
    assert learned["unnecessary"] == 0.5
    assert learned["all"] == pytest.approx(3 / 6)
    assert learned["mean"] == pytest.approx((1 + 0 + 0 + 0.5) / 4)
    assert (pos["all"], pos["unnecessary"]) == (pytest.approx(5 / 6), 0.5)  # "is" has no expected type
    assert 0 <= random["all"] <= 1


def test_random_types_are_right_as_often_as_chance_has_it() -> None:
    many = corpus(*[sentence("left dog", "ue", gold="re")] * 2000)
    learned, random = gold_accuracy(many).records()
    assert learned["by"] == "learned types"  # and no row of parts of speech, as there are none
    assert random["all"] == pytest.approx(1 / 4, abs=0.03)
    assert random["kappa"] == pytest.approx(0, abs=0.03)


def test_confusions_count_true_types_against_what_was_said() -> None:
    learned, pos = ({row["gold"]: row for row in table.records()} for table in gold_confusions(KNOWN))
    assert learned["relation"] == {
        "gold": "relation",
        "words": 1,
        "entity": 0,
        "attribute": 0,
        "relation": 0,
        "unnecessary": 1,
    }
    assert pos["unnecessary"]["none"] == 1
    assert sum(row["words"] for row in learned.values()) == 6


def test_a_true_type_that_the_network_does_not_have_is_always_missed() -> None:
    # as of an image model on the sentences of clips, some of whose words are actions
    (spoken,) = corpus(sentence("dog runs", "er", gold="er")).sentences
    runs = replace(spoken.words[1], gold="action")
    learned, _ = gold_accuracy(corpus(replace(spoken, words=(spoken.words[0], runs)))).records()
    assert (learned["entity"], learned["action"], learned["all"]) == (1, 0, 0.5)


A = corpus(sentence("left dog", "ae", p=0.7), sentence("the dog", "ue"), name="a")
B = corpus(sentence("left dog", "re", p=0.7), sentence("the dog", "ue"), name="b")


def test_two_checkpoints_are_compared_word_by_word() -> None:
    between = agreement_between(A, B)
    assert (between["n_words"], between["same"]) == (4, 0.75)
    assert type_changes(A, B).records()[1] == {
        "a": "attribute",
        "entity": 0,
        "attribute": 0,
        "relation": 1,
        "unnecessary": 0,
    }
    assert agreement_between(A, A)["kappa"] == 1


def test_words_that_changed_type_are_listed_by_how_much_probability_moved() -> None:
    (row,) = changed_words(A, B).records()
    assert (row["word"], row["a"], row["b"], row["times"], row["of"]) == (
        "left",
        "attribute",
        "relation",
        1,
        1,
    )
    assert row["moved"] == pytest.approx(0.6)
    assert changed_words(A, A).rows == ()


def test_words_that_only_one_encoder_takes_are_left_out() -> None:
    longer = corpus(sentence("left dog", "ae"), sentence("the dog", "ue"))
    (first, second) = longer.sentences
    cut = Corpus("cut", None, longer.types, (first, type(second)(second.text, second.words[:1], 1)))
    assert agreement_between(longer, cut)["n_words"] == 3
    assert cut.n_dropped == 1
