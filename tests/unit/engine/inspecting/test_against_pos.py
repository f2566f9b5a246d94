import pytest
from inspected import corpus, sentence

from refseg_cli.engine.inspecting.against_pos import (
    against_pos,
    disagreements,
    pos_types,
    tagged_several_ways,
)
from refseg_cli.engine.inspecting.typical import type_counts, typical_words

DOGS = corpus(
    sentence("left dog", "ae", "VERB NOUN", 0.9),
    sentence("the left dog", "uae", "DET ADJ NOUN"),
    sentence("left cat", "au", "VERB NOUN", 0.6),
    sentence("is left", "ua", "AUX VERB", 0.4),
)


def test_parts_of_speech_are_counted_by_type_with_shares_and_sums_of_probabilities() -> None:
    records = {record["pos"]: record for record in pos_types(DOGS).records()}
    noun = records["NOUN"]
    assert (noun["words"], noun["entity"], noun["unnecessary"]) == (3, 2, 1)
    assert noun["entity_share"] == pytest.approx(2 / 3)
    assert noun["entity_mass"] == pytest.approx(0.9 + 0.7 + 0.4 / 3)
    assert sum(noun[f"{name}_mass"] for name in DOGS.types) == pytest.approx(3)
    assert sum(record["words"] for record in records.values()) == len(DOGS.words)
    assert list(records)[-1] in {"DET", "ADJ", "AUX"}  # those that come most come first


def test_agreement_counts_only_words_of_which_a_type_is_expected() -> None:
    measures = against_pos(DOGS)
    assert (measures["n_words"], measures["n_expected"]) == (9, 8)  # "is" is an auxiliary
    # dog, dog, the, and left where it is an adjective
    assert measures["agreement"] == pytest.approx(4 / 8)
    assert measures["commonest"] == pytest.approx(3 / 8)
    # expected: 3 entity, 1 attribute, 3 relation, 1 unnecessary; learned: 2, 4, 0, 2
    chance = (3 * 2 + 1 * 4 + 3 * 0 + 1 * 2) / 64
    assert measures["kappa"] == pytest.approx((0.5 - chance) / (1 - chance))
    assert 0 < measures["mutual_information"] <= measures["type_entropy"]


def test_words_that_differ_most_come_first_with_an_example() -> None:
    (left, cat) = disagreements(DOGS).records()
    assert (left["word"], left["pos"], left["expected"], left["type"]) == (
        "left",
        "VERB",
        "relation",
        "attribute",
    )
    assert (left["times"], left["of"], left["example"]) == (3, 4, "left dog")
    # 0.9 and 0.1 / 3; 0.6 and 0.4 / 3; 0.4 and 0.6 / 3
    assert left["margin"] == pytest.approx(1.9 - 1.1 / 3)
    assert (cat["word"], cat["times"]) == ("cat", 1)


def test_a_word_that_spacy_tags_now_so_now_so_is_shown() -> None:
    assert tagged_several_ways(DOGS).rows == (("left", 4, "VERB 3, ADJ 1"),)


def test_without_parts_of_speech_there_is_nothing_to_compare_and_types_are_still_counted() -> None:
    untagged = corpus(sentence("left dog", "ae"))
    assert against_pos(untagged) == {}
    assert [row[:3] for row in type_counts(untagged).rows] == [
        ("entity", 1, 0.5),
        ("attribute", 1, 0.5),
        ("relation", 0, 0.0),
        ("unnecessary", 0, 0.0),
    ]


def test_words_of_no_expected_type_leave_the_measures_open() -> None:
    measures = against_pos(corpus(sentence("is", "u", "AUX")))
    assert measures["n_expected"] == 0
    assert (measures["agreement"], measures["kappa"], measures["commonest"]) == (None, None, None)


def test_typical_words_come_often_and_are_of_one_type() -> None:
    often = [sentence("dog", "e", p=0.95)] * 5
    rarely = [sentence("cat", "e", p=0.95), sentence("thing", "e", p=0.4), sentence("red", "a", p=0.95)]
    rows = typical_words(corpus(*often, *rarely)).rows
    assert [row[1] for row in rows if row[0] == "entity"] == ["dog", "cat"]
    assert [row[1] for row in rows if row[0] == "attribute"] == ["red"]
    assert rows[0][:4] == ("entity", "dog", 5, pytest.approx(0.95))
