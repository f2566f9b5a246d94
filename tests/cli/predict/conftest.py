"""The command `refseg predict` with a tiny checkpoint, and a photo to try it on."""

from pathlib import Path

import pytest
from predicting import Done, Predict, picture
from tiny_checkpoint import write_tiny_checkpoint
from typer.testing import CliRunner

from refseg.models.predictor import Predictor
from refseg_cli.app import app


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors", data=[])


@pytest.fixture
def predict(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Predict:
    """Run `refseg predict … --checkpoint tiny.safetensors` in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, stdin: bytes | None = None) -> Done:
        words = ["predict", "--checkpoint", str(checkpoint), *map(str, arguments)]
        result = CliRunner().invoke(app, words, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if a network is loaded: what is wrong with a request is to be found before."""

    def load(*_: object, **__: object) -> None:
        pytest.fail("a network was loaded")

    monkeypatch.setattr(Predictor, "load", load)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    picture().save(path)
    return path
