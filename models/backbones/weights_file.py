"""Reading published weights from a file, with one clear line when it is not the file it should be."""

import struct
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from refseg.models.errors import CheckpointError, WeightsNotFound

_NEXT = "see what can be fetched: refseg download --list"
# What the readers make of broken files. NumPy parses an array's header as Python; zipfile raises RuntimeError
# for an archive that is encrypted or of a kind it does not know; a pickle whose bytes were changed calls
# things with whatever it holds.
_FAULTS: tuple[type[Exception], ...] = (
    SafetensorError,
    BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    SyntaxError,
    TokenError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    struct.error,
)


def read_safetensors(path: str | Path) -> dict[str, Tensor]:
    """Reads every tensor of a safetensors file.

    Raises:
        WeightsNotFound: when there is no such file.
        CheckpointError: when it is something else.
    """
    return _read(Path(path), load_file)


def read_npz(path: str | Path) -> dict[str, Tensor]:
    """Reads every array of an .npz file; pickled objects are refused.

    Raises:
        WeightsNotFound: when there is no such file.
        CheckpointError: when it is something else.
    """
    return _read(Path(path), _load_npz)


def read_torch(path: str | Path) -> dict[str, Tensor]:
    """Reads a table of tensors that `torch.save` wrote; anything in it that could run is refused.

    Raises:
        WeightsNotFound: when there is no such file.
        CheckpointError: when it is something else.
    """
    return _read(Path(path), _load_torch)


def load_exactly(module: nn.Module, tensors: Mapping[str, Tensor], source: object) -> None:
    """Fills every weight and statistic of a module; no name may be missing or left over, no shape may differ.

    Args:
        module: what to fill, in place.
        tensors: its state by name, of any floating type.
        source: where they come from, for the message.

    Raises:
        CheckpointError: when the tensors are not exactly those of the module.
    """
    wanted, found = _shapes(module.state_dict()), _shapes(tensors)
    complaints = {
        "missing": sorted(wanted.keys() - found.keys()),
        "unknown": sorted(found.keys() - wanted.keys()),
        "of another shape": sorted(key for key in wanted.keys() & found.keys() if wanted[key] != found[key]),
    }
    told = ", ".join(f"{len(keys)} {what} ({_few(keys)})" for what, keys in complaints.items() if keys)
    if told:
        name = getattr(module, "name", type(module).__name__)
        raise CheckpointError(f"{source} does not hold the weights of {name}: {told}; {_NEXT}")
    module.load_state_dict(dict(tensors))


def _read(path: Path, load: Callable[[Path], dict[str, Tensor]]) -> dict[str, Tensor]:
    if not path.is_file():
        raise WeightsNotFound(f"{path}: no such weights file; {_NEXT}")
    try:
        return load(path)
    except _FAULTS as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CheckpointError(f"{path} cannot be read as a file of weights: {reason}; {_NEXT}") from error


def _load_npz(path: Path) -> dict[str, Tensor]:
    with path.open("rb") as file:  # NumPy would leave a broken archive open
        arrays: Any = np.load(file, allow_pickle=False)
        if isinstance(arrays, np.ndarray):  # a plain .npy file
            return {"": torch.from_numpy(arrays)}
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


def _load_torch(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():  # about forms that are refused below
            warnings.simplefilter("ignore")
            loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, LookupError):  # PyTorch would tell how to run it nevertheless, or "101"
        loaded = None
    if not isinstance(loaded, Mapping) or not all(_is_plain(tensor) for tensor in loaded.values()):
        raise ValueError("it is broken, or holds other things than a table of weights")
    return {str(name): tensor for name, tensor in loaded.items()}


def _is_plain(tensor: Any) -> bool:
    """Whether it is a tensor whose numbers are there, one by one."""
    return (
        isinstance(tensor, Tensor)
        and tensor.layout == torch.strided
        and tensor.device.type == "cpu"
        and not tensor.is_quantized
    )


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


def _few(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]}, …"
