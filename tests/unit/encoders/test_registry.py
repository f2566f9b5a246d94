"""Encoders are found by name; those of other packages are imported only when they are chosen."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from refseg.encoders import registry
from refseg.encoders.errors import EncoderBroken, EncoderNotFound
from refseg.encoders.lstm import LstmGlove
from refseg.encoders.registry import ENTRY_POINT_GROUP, build_encoder, encoder_names, find_encoder

GOOD = """
from refseg.encoders.lstm import LstmGlove
class Echo(LstmGlove):
    name = "echo"
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that register an encoder: one good, the others broken in different ways."""
    (tmp_path / "echo_encoder.py").write_text(GOOD)
    (tmp_path / "broken_encoder.py").write_text("import a_package_that_nobody_has")
    (tmp_path / "odd_encoder.py").write_text("encoder = 42\n")
    points = [
        EntryPoint(name, value, ENTRY_POINT_GROUP)
        for name, value in {
            "echo": "echo_encoder:Echo",
            "broken": "broken_encoder:Encoder",
            "odd": "odd_encoder:encoder",
            "absent": "odd_encoder:Absent",
        }.items()
    ]
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == ENTRY_POINT_GROUP else [])
    for module in ("echo_encoder", "broken_encoder", "odd_encoder"):
        monkeypatch.delitem(sys.modules, module, raising=False)


def test_the_built_in_encoder_is_found() -> None:
    assert "lstm-glove" in encoder_names()
    assert find_encoder("lstm-glove") is LstmGlove


@pytest.mark.usefixtures("plugins")
def test_listing_imports_nothing() -> None:
    before = set(sys.modules)
    assert encoder_names() == sorted(["absent", "broken", "echo", "lstm-glove", "odd"])
    assert set(sys.modules) == before


@pytest.mark.usefixtures("plugins")
def test_choosing_imports_the_one_that_was_chosen() -> None:
    encoder: Any = find_encoder("echo")
    assert encoder.name == "echo"
    assert issubclass(encoder, LstmGlove)
    assert not {"broken_encoder", "odd_encoder"} & set(sys.modules)


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken", r"'broken' \(broken_encoder:Encoder\) cannot be imported: No module named"),
        ("absent", r"'absent' \(odd_encoder:Absent\) cannot be imported: .*Absent"),
        ("odd", "'odd' is 42, not a subclass of TextEncoder"),
    ],
)
def test_a_broken_encoder_is_told_when_chosen_and_harms_no_other(name: str, message: str) -> None:
    with pytest.raises(EncoderBroken, match=message) as caught:
        find_encoder(name)
    assert caught.value.exit_code == 4
    assert find_encoder("lstm-glove") is LstmGlove
    assert find_encoder("echo").name == "echo"


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(("typed", "meant"), [("lstm_glove", "lstm-glove"), ("ecko", "echo")])
def test_a_name_mistyped_brings_the_near_one(typed: str, meant: str) -> None:
    with pytest.raises(EncoderNotFound, match=f"no text encoder '{typed}': did you mean '{meant}'"):
        find_encoder(typed)


@pytest.mark.usefixtures("plugins")
def test_a_name_near_to_none_brings_them_all() -> None:
    with pytest.raises(
        EncoderNotFound, match="choose one of: absent, broken, echo, lstm-glove, odd"
    ) as caught:
        build_encoder({"name": "xyz"})
    assert caught.value.exit_code == 2


@pytest.mark.usefixtures("plugins")
def test_no_plugin_takes_the_place_of_a_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("lstm-glove", "odd_encoder:encoder", ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda **_: [point])
    assert find_encoder("lstm-glove") is LstmGlove
