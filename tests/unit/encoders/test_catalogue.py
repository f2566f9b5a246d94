"""Which encoders there are: told by packages and by a variable, without importing any."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from refseg.encoders import catalogue as module
from refseg.encoders.catalogue import BUILT_IN, ENTRY_POINT_GROUP, VARIABLE, catalogue, states
from refseg.encoders.errors import EncoderListMalformed, EncoderNotFound
from refseg.encoders.lstm import LstmGlove
from refseg.encoders.registry import find_encoder


@pytest.fixture(autouse=True)
def no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is installed where the tests run."""
    monkeypatch.setattr(module, "entry_points", lambda **_: [])


def listed() -> dict[str, tuple[str, str]]:
    """Name → where it is from and its state, of those that are not built in."""
    entries = catalogue()
    told = zip(entries, states(entries), strict=True)
    return {entry.name: (entry.origin, state) for entry, state in told if entry.name not in BUILT_IN}


def test_the_variable_names_encoders_that_are_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("raise SystemExit")
    (tmp_path / "mine" / "words.py").write_text("import nothing_like_it")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(VARIABLE, " a=mine.words:Mine , b-2 = mine.gone:Mine,c=gone.words:Mine,d=mine:Mine,")
    before = set(sys.modules)
    assert listed() == {
        "a": (VARIABLE, "found"),
        "b-2": (VARIABLE, "found"),  # what is in a package is known once it is imported
        "c": (VARIABLE, "there is no module gone"),
        "d": (VARIABLE, "found"),
    }
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("mine", "'mine' is not name=module:Class"),
        ("mine=file", "'mine=file' is not name=module:Class"),
        ("mine=file.py:Mine:More", "is not name=module:Class"),
        ("=file:Mine", "'=file:Mine' is not name=module:Class"),
        ("my encoder=file:Mine", "is not name=module:Class"),
        ("mine=../file:Mine", "is not name=module:Class"),
        ("lstm-glove=file:Mine", "there is a text encoder 'lstm-glove' already; choose another name"),
        ("a=file:Mine,a=file:Other", "there is a text encoder 'a' already"),
    ],
)
def test_a_malformed_variable_is_told_in_one_line_and_leaves_the_built_in_ones(
    value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(EncoderListMalformed, match=f"^{VARIABLE}: ") as caught:
        find_encoder("other")
    assert told in str(caught.value)
    assert caught.value.exit_code == 2
    assert find_encoder("lstm-glove") is LstmGlove


def test_the_variable_stands_before_a_package_and_the_package_is_told_as_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = [EntryPoint(name, "json:JSONDecoder", ENTRY_POINT_GROUP) for name in ("mine", "lstm-glove")]
    monkeypatch.setattr(module, "entry_points", lambda **_: points)
    monkeypatch.setenv(VARIABLE, "mine=json:JSONEncoder")
    entries = catalogue()
    told = dict(zip(((entry.name, entry.origin) for entry in entries), states(entries), strict=True))
    assert told["mine", VARIABLE] == "found"
    assert told["mine", "a package"] == f"hidden by the one of {VARIABLE}"
    assert told["lstm-glove", "a package"] == "hidden by the one of refseg"


def test_a_package_with_a_malformed_target_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("mine", "no class", ENTRY_POINT_GROUP)]
    monkeypatch.setattr(module, "entry_points", lambda **_: points)
    assert listed() == {"mine": ("a package", "'no class' is not module:Class")}


def test_an_empty_variable_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " , ")
    assert listed() == {}
    with pytest.raises(EncoderNotFound):
        find_encoder("mine")
