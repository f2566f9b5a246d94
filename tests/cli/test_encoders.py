"""`refseg encoders`, and a text encoder of another package through every command: `examples/char-encoder`."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_training import write_tiny_training
from typer.testing import CliRunner

from refseg.encoders.catalogue import VARIABLE
from refseg.models.checkpoint import load_checkpoint
from refseg_cli.app import app

Run = Callable[..., tuple[int, str, str]]
PHOTO = "dogs/images/COCO_train2014_000000000001.jpg"


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the example was installed as its reader would do it; nothing is fetched."""
    pytest.importorskip("pip")
    folder = tmp_path_factory.mktemp("char-encoder")
    source = shutil.copytree(root / "examples" / "char-encoder", folder / "source")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", folder / "site"]
    command = [sys.executable, "-m", "pip", "install", *options, source]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `refseg …` in this process and an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return command


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "char_encoder", raising=False)


def rows(out: str) -> dict[str, list[str]]:
    """The rows of a table by their first column."""
    return {name: rest for name, *rest in (line.split("\t") for line in out.splitlines())}


def test_an_installed_encoder_is_listed_and_nothing_heavy_is_imported(site: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from refseg_cli.app import app\n"
        "try: app(['encoders', 'list', '--json'])\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "print(*{'torch', 'transformers', 'char_encoder'} & {*sys.modules}, file=sys.stderr)"
    )
    command, places = [sys.executable, "-c", code], {"PYTHONPATH": str(site), VARIABLE: "mine=gone.file:Mine"}
    done = subprocess.run(command, cwd=tmp_path, env=places, capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
    listed = {row["name"]: (row["from"], row["status"]) for row in json.loads(done.stdout)["encoders"]}
    assert listed["char"] == ("char-encoder 0.1.0", "found")
    assert listed["mine"] == (VARIABLE, "there is no module gone")
    assert listed["lstm-glove"] == listed["transformer"] == ("refseg", "found")


@pytest.mark.usefixtures("installed")
def test_an_encoder_is_shown_with_the_command_that_trains_it(run: Run) -> None:
    code, out, err = run("encoders", "show", "char", "--set", "text.options.width=8")
    assert (code, err) == (0, "")
    shown = {line[:12].strip(): line[12:] for line in out.splitlines()}
    assert shown["class"] == "char_encoder:CharEncoder"
    assert shown["width"] == "8 numbers a word"
    assert shown["parameters"] == "33,200, of them trained 33,200"
    assert shown["train with"] == "refseg train --dataset unc --encoder char"
    assert shown["options"].startswith("width, max_words, n_vectors: --set text.options.width=")
    told = json.loads(run("encoders", "show", "char", "--json")[1])
    assert (told["width"], told["from"], told["config"]["name"]) == (128, "char-encoder 0.1.0", "char")


def test_the_papers_encoder_is_shown_without_its_vectors_at_hand(run: Run) -> None:
    code, out, _ = run("encoders", "show", "lstm-glove", "--json", "--quiet")
    told = json.loads(out)
    assert (code, told["width"], told["max_words"]) == (0, 1000, 20)
    assert told["train"] == "refseg train --dataset unc --encoder lstm-glove"
    assert "options" not in told


def test_a_malformed_variable_does_not_hide_the_papers_encoder(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "malformed")
    code, out, _ = run("encoders", "show", "lstm-glove")
    assert code == 0
    assert "refseg\n" in out


@pytest.mark.usefixtures("installed")
def test_the_example_keeps_what_encoders_promise(run: Run) -> None:
    code, out, err = run("encoders", "test", "char", "--set", "text.options.width=8")
    assert (code, err) == (0, "")
    promises = rows(out)
    assert promises.pop("promise") == ["result"]
    assert len(promises) == 10
    assert {result for (result,) in promises.values()} == {"kept"}


BROKEN = """
from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
class Proud(LstmGlove):
    name = "proud"
    @classmethod
    def from_config(cls, config):
        return cls(Vocabulary.of("ab"), LstmGloveConfig(2, 2))
    def encode(self, expressions):
        return super().encode(expressions) if "🐶" not in expressions[0] else 1 / 0
"""


def test_broken_promises_are_told_one_by_one_and_the_exit_code_is_5(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "proud_encoder.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(VARIABLE, "proud=proud_encoder:Proud")
    code, out, err = run("encoders", "test", "proud", "--json")
    told = {check["promise"]: check["found"] for check in json.loads(out)["checks"]}
    assert code == 5
    assert (
        "ZeroDivisionError: division by zero (proud_encoder.py, line 10)" in told["spans cut the words out"]
    )
    assert told["from_config() builds the same"] is None
    assert err == (
        "refseg: text encoder proud breaks 4 of 10 promises; mend it, then: refseg encoders test proud\n"
    )


def test_an_encoder_that_is_not_there_or_breaks_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("encoders", "show", "lstm_glove")[::2] == (
        2,
        "refseg: there is no text encoder 'lstm_glove': did you mean 'lstm-glove'?\n",
    )
    monkeypatch.setenv(VARIABLE, "mine=gone:Mine")
    code, out, err = run("encoders", "test", "mine")
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert "ModuleNotFoundError: No module named 'gone'" in err
    monkeypatch.setenv(VARIABLE, "mine")
    assert run("encoders", "list")[0] == 2


def test_an_encoder_that_does_not_tell_its_width_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shy_encoder.py").write_text(f"{BROKEN}    width = property(lambda _: {{}}['width'])\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(VARIABLE, "shy=shy_encoder:Proud")
    code, out, err = run("encoders", "show", "shy")
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert err.startswith("refseg: text encoder 'shy' cannot be ")


@pytest.mark.usefixtures("installed")
def test_a_network_with_the_example_trains_predicts_is_scored_and_needs_it(
    run: Run, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = write_tiny_training(tmp_path)
    code, out, err = run("train", *options, "--encoder", "char", "--set", "text.options.width=8")
    assert (code, err.count("Traceback")) == (0, 0), err
    checkpoint = out.strip()
    assert load_checkpoint(checkpoint).segmenter.text_encoder.config()["width"] == 8

    code, out, _ = run("predict", PHOTO, "left dog", "--checkpoint", checkpoint, "--quiet")
    assert code == 0
    assert all(Path(line).is_file() for line in out.splitlines())
    code, out, _ = run("eval", "--checkpoint", checkpoint, "--dataset", "dogs", "--json", "--quiet")
    assert (code, "oIoU" in out) == (0, True)

    run_folder = str(Path(checkpoint).parents[1])
    text = (tmp_path / run_folder / "config.toml").read_text()
    (tmp_path / run_folder / "config.toml").write_text(text.replace("steps = 4\n", "steps = 6\n", 1))
    assert run("train", "--resume", run_folder, "--device", "cpu")[0] == 0

    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder != str(site)])
    code, out, err = run("predict", PHOTO, "left dog", "--checkpoint", checkpoint, "--force")
    assert (code, out) == (2, "")
    assert f"{checkpoint}: there is no text encoder 'char'" in err
