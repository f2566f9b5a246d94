"""Reads the older TensorFlow checkpoints (V1, one file, such as DeepLab's) with the help of TensorFlow.

They are compressed, and nobody has written them since 2017: TensorFlow reads them better than code here.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refseg.encoders.errors import RefsegError

from .errors import CheckpointError
from .tensorflow_table import MAGIC


class TensorFlowMissing(RefsegError):
    """A file needs TensorFlow to be read, and it is not installed."""

    exit_code = 4


def read_v1(path: Path) -> dict[str, NDArray[Any]]:
    """Read all variables of a V1 checkpoint.

    Raises:
        CheckpointError: if the file is not one, or is damaged.
        TensorFlowMissing: if TensorFlow is not installed.
    """
    if not _is_table(path):
        raise CheckpointError(
            f"{path} is not a TensorFlow checkpoint: give the path of one, without .index, .meta or .data-…"
        )
    try:
        tensorflow = import_module("tensorflow")
    except ImportError as error:
        raise TensorFlowMissing(
            f"{path} is of TensorFlow's old form (V1), which only TensorFlow reads: pip install tensorflow"
        ) from error
    try:
        reader = tensorflow.train.load_checkpoint(str(path))
        return {name: np.asarray(reader.get_tensor(name)) for name in reader.get_variable_to_shape_map()}
    except tensorflow.errors.OpError as error:
        reason = str(error).strip().partition("\n")[0]
        raise CheckpointError(f"{path} cannot be read by TensorFlow ({reason}): copy it again") from error


def _is_table(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-len(MAGIC), 2)
            return file.read() == MAGIC
    except OSError:  # also of a file shorter than that
        return False
