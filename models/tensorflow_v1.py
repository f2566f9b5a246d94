"""Reads the older TensorFlow checkpoints (V1, one file, such as DeepLab's) with the help of TensorFlow.

They are compressed, and nobody has written them since 2017: TensorFlow reads them better than code here.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refseg.encoders.errors import RefsegError

from .errors import CheckpointError
from .tensorflow_table import MAGIC

_NOT_INSTALLED = 4
# Run in a process of its own: in one, the LLVMs inside TensorFlow and PyTorch may meet and abort it.
_SCRIPT = f"""
import sys
try:
    import numpy, tensorflow
except ImportError:
    sys.exit({_NOT_INSTALLED})
reader = tensorflow.train.load_checkpoint(sys.argv[1])
arrays = {{name: numpy.asarray(reader.get_tensor(name)) for name in reader.get_variable_to_shape_map()}}
arrays = {{name: array for name, array in arrays.items() if array.dtype.kind in "fiu"}}
numpy.savez(sys.argv[2], numpy.array([*arrays], dtype=str), *arrays.values())
"""


class TensorFlowMissing(RefsegError):
    """A file needs TensorFlow to be read, and it is not installed."""

    exit_code = 4


def read_v1(path: Path) -> dict[str, NDArray[Any]]:
    """Read all numbers of a V1 checkpoint.

    Raises:
        CheckpointError: if the file is not one, or is damaged.
        TensorFlowMissing: if TensorFlow is not installed.
    """
    if not _is_table(path):
        raise CheckpointError(
            f"{path} is not a TensorFlow checkpoint: give the path of one, without .index, .meta or .data-…"
        )
    with TemporaryDirectory() as folder:
        copy = Path(folder, "variables.npz")
        command = [sys.executable, "-P", "-c", _SCRIPT, str(path.absolute()), str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode == _NOT_INSTALLED:
            raise TensorFlowMissing(
                f"{path} is a TensorFlow checkpoint of the old form (V1); to read it: pip install tensorflow"
            )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise CheckpointError(f"{path} cannot be read by TensorFlow ({reason}): copy it again")
        with np.load(copy, allow_pickle=False) as arrays:
            names, *values = (arrays[key] for key in arrays.files)
    return dict(zip(names.tolist(), values, strict=True))


def _is_table(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-len(MAGIC), 2)
            return file.read() == MAGIC
    except OSError:  # also of a file shorter than that
        return False
