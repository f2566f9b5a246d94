"""Encoders are found by name; those of other packages are imported only when they are chosen."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from refseg.encoders import catalogue
from refseg.encoders.catalogue import BUILT_IN, ENTRY_POINT_GROUP
from refseg.encoders.errors import EncoderBroken, EncoderNotFound
from refseg.encoders.lstm import LstmGlove
from refseg.encoders.registry import build_encoder, encoder_names, find_encoder

FILES = {
    "echo_encoder": """
from refseg.encoders.lstm import LstmGlove
class Echo(LstmGlove):
    name = "echo"
    @classmethod
    def from_config(cls, config):
        return None if "nothing" in config else 1 / 0
""",
    "broken_encoder": "import a_package_that_nobody_has",
    "misspelled_encoder": "class Encoder\n",
    "raising_encoder": "settings = {}\nsize = settings['size']\n",
    "ending_encoder": "import sys\nsys.exit('no licence')\n",
    "odd_encoder": "encoder = 42\n",
}
PLUGINS = {
    "echo": "echo_encoder:Echo",
    "broken": "broken_encoder:Encoder",
    "misspelled": "misspelled_encoder:Encoder",
    "raising": "raising_encoder:Encoder",
    "ending": "ending_encoder:Encoder",
    "odd": "odd_encoder:encoder",
    "absent": "odd_encoder:Absent",
    "nowhere": "nowhere_encoder",
}


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that register an encoder: one can be imported, the others are broken in different ways."""
    for module, code in FILES.items():
        (tmp_path / f"{module}.py").write_text(code)
        monkeypatch.delitem(sys.modules, module, raising=False)
    points = [EntryPoint(name, value, ENTRY_POINT_GROUP) for name, value in PLUGINS.items()]
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: points if group == ENTRY_POINT_GROUP else [])


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_built_in_encoders_are_found(name: str) -> None:
    assert name in encoder_names()
    assert find_encoder(name).name == name


@pytest.mark.usefixtures("plugins")
def test_listing_imports_nothing() -> None:
    before = set(sys.modules)
    assert encoder_names() == sorted([*PLUGINS, *BUILT_IN])
    assert set(sys.modules) == before


@pytest.mark.usefixtures("plugins")
def test_choosing_imports_the_one_that_was_chosen() -> None:
    encoder: Any = find_encoder("echo")
    assert encoder.name == "echo"
    assert issubclass(encoder, LstmGlove)
    assert {*FILES} & set(sys.modules) == {"echo_encoder"}


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken", "ModuleNotFoundError: No module named .* (broken_encoder.py, line 1)"),
        ("misspelled", "SyntaxError: .* (misspelled_encoder.py, line 1)"),
        ("raising", "KeyError: 'size' (raising_encoder.py, line 2)"),
        ("ending", "SystemExit: no licence (ending_encoder.py, line 2)"),
        ("absent", "AttributeError: .* no attribute 'Absent'"),
        ("odd", "is no class that inherits from TextEncoder"),
        ("nowhere", "is not told as module:Class"),
    ],
)
def test_a_broken_encoder_is_told_when_chosen_and_harms_no_other(name: str, message: str) -> None:
    pattern = message.replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(EncoderBroken, match=pattern) as caught:
        find_encoder(name)
    assert caught.value.exit_code == 4
    assert str(caught.value).startswith(f"text encoder {name!r} ({PLUGINS[name]} of ")
    assert str(caught.value).endswith("refseg encoders list")
    assert "\n" not in str(caught.value)
    assert find_encoder("lstm-glove") is LstmGlove
    assert find_encoder("echo").name == "echo"


@pytest.mark.usefixtures("plugins")
def test_an_encoder_that_cannot_be_built_is_told_with_the_place() -> None:
    with pytest.raises(
        EncoderBroken, match=r"'echo' cannot be built: ZeroDivisionError.*echo_encoder\.py, line 7"
    ):
        build_encoder({"name": "echo"})
    with pytest.raises(EncoderBroken, match="'echo': its from_config gives NoneType"):
        build_encoder({"name": "echo", "nothing": True})


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(("typed", "meant"), [("lstm_glove", "lstm-glove"), ("ecko", "echo")])
def test_a_name_mistyped_brings_the_near_one(typed: str, meant: str) -> None:
    with pytest.raises(EncoderNotFound, match=f"no text encoder '{typed}': did you mean '{meant}'"):
        find_encoder(typed)


@pytest.mark.usefixtures("plugins")
def test_a_name_near_to_none_brings_them_all() -> None:
    with pytest.raises(
        EncoderNotFound, match="choose one of: absent, broken, echo, ending, lstm-glove"
    ) as caught:
        build_encoder({"name": "xyz"})
    assert caught.value.exit_code == 2


@pytest.mark.usefixtures("plugins")
def test_no_plugin_takes_the_place_of_a_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("lstm-glove", "odd_encoder:encoder", ENTRY_POINT_GROUP)
    monkeypatch.setattr(catalogue, "entry_points", lambda **_: [point])
    assert find_encoder("lstm-glove") is LstmGlove
