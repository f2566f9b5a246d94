from pathlib import Path

import numpy as np
import pytest
from bundles import MAGIC

from refseg.models.errors import CheckpointError
from refseg.models.tensorflow_v1 import TensorFlowMissing, read_v1

# Stands in for TensorFlow: it says of any file that it holds the same variables.
STAND_IN = """
import numpy
TEXT = numpy.array([b"x"], object)
VARIABLES = {"conv1/weights": numpy.ones((2, 3), "f"), "file": numpy.int64(7), "text": TEXT}
class Reader:
    def get_variable_to_shape_map(self):
        return {name: list(value.shape) for name, value in VARIABLES.items()}
    def get_tensor(self, name):
        return VARIABLES[name]
class train:
    def load_checkpoint(path):
        if "broken" in path:
            raise RuntimeError("a long story:\\nthe file is broken")
        return Reader()
"""


@pytest.fixture
def tensorflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The source of what `import tensorflow` finds in a new process."""
    source = tmp_path / "packages" / "tensorflow.py"
    source.parent.mkdir()
    source.write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(source.parent))
    return source


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "deeplab_resnet_init.ckpt"
    path.write_bytes(b"\0" * 100 + MAGIC)
    return path


@pytest.mark.usefixtures("tensorflow")
def test_all_numbers_are_read_by_an_installed_tensorflow(checkpoint: Path) -> None:
    variables = read_v1(checkpoint)
    assert variables.keys() == {"conv1/weights", "file"}
    np.testing.assert_array_equal(variables["conv1/weights"], np.ones((2, 3), np.float32))
    assert variables["file"] == 7


def test_without_tensorflow_the_error_says_what_to_install(tensorflow: Path, checkpoint: Path) -> None:
    tensorflow.write_text("raise ImportError")
    with pytest.raises(TensorFlowMissing, match=r"pip install tensorflow$"):
        read_v1(checkpoint)


@pytest.mark.usefixtures("tensorflow")
def test_what_tensorflow_cannot_read_is_told_in_one_line(checkpoint: Path) -> None:
    broken = checkpoint.rename(checkpoint.with_name("broken.ckpt"))
    with pytest.raises(CheckpointError, match=r"broken\.ckpt cannot be read .*the file is broken") as caught:
        read_v1(broken)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"short", b"some text that is long enough", MAGIC[:-1] + b"x"])
@pytest.mark.usefixtures("tensorflow")
def test_another_file_is_refused_without_tensorflow_seeing_it(checkpoint: Path, content: bytes) -> None:
    checkpoint.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a TensorFlow checkpoint"):
        read_v1(checkpoint)
