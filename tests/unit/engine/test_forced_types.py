"""Types that words are to have for certain."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from little_tagger import write_little_tagger

from refseg_cli.data.parts_of_speech import TaggerMissing
from refseg_cli.engine.forced_types import forced_types, load_tagger, network_types, read_set_types
from refseg_cli.errors import UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache without a pipeline, and no pipeline in memory."""
    monkeypatch.setenv("REFSEG_HOME", str(tmp_path))
    load_tagger.cache_clear()
    yield tmp_path
    load_tagger.cache_clear()


def test_nothing_is_forced_and_no_tagger_asked_where_nobody_wants_it(home: Path) -> None:
    assert forced_types("learned", home) is None
    assert forced_types("random", home, {}) is None
    assert [network_types(mode) for mode in ("learned", "random", "uniform", "pos")] == [
        "learned",
        "random",
        "uniform",
        "learned",
    ]


def test_every_occurrence_of_a_word_is_forced_whatever_its_case(home: Path) -> None:
    forced = forced_types("learned", home, {"dog": "relation", ",": "entity"})
    assert forced is not None
    assert forced("Dog, left of dog") == ["relation", "entity", None, None, "relation"]


def test_parts_of_speech_force_what_they_let_one_expect_and_a_told_type_stands_over_it(home: Path) -> None:
    write_little_tagger(home)
    forced = forced_types("pos", home, {"dog": "unnecessary"})
    assert forced is not None
    assert forced("left dog zyzzyva") == ["relation", "unnecessary", None]


def test_in_videos_verbs_are_expected_to_be_actions(home: Path) -> None:
    write_little_tagger(home)
    forced = forced_types("pos", home, actions=True)
    assert forced is not None
    assert forced("holding dog") == ["action", "entity"]


def test_without_a_pipeline_the_command_that_gets_it_is_told(home: Path) -> None:
    with pytest.raises(TaggerMissing, match=r"refseg download spacy$"):
        forced_types("pos", home)


def test_settings_are_read_by_word_and_the_last_counts() -> None:
    sentences = ["Man, holding dog", " "]
    assert read_set_types(["holding=entity", "HOLDING = relation", ",=entity"], sentences) == {
        "holding": "relation",
        ",": "entity",
    }


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("holding", "takes word=type, got 'holding': for example holding=relation"),
        ("=relation", "takes word=type"),
        ("holding=relations", "there is no type 'relations': did you mean 'relation'?"),
        ("holding=verb", "choose one of entity, attribute, relation, action, unnecessary"),
        ("hold=relation", "no sentence has the word 'hold': did you mean 'holding'?"),
        ("cat=entity", "no sentence has the word 'cat': choose one of man, holding, dog"),
    ],
)
def test_an_unknown_type_or_word_is_refused_with_a_hint(setting: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_set_types([setting], ["man holding dog"])
    assert told in str(caught.value)
