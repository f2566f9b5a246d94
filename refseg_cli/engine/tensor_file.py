"""Tensors and what is to be known about them in one file, which is written whole and checked when it is read.

The format is safetensors, so nothing in a file is ever executed. safetensors itself writes a file in one go
and notices a file that is cut short; this writes piece by piece and notices any changed byte too.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from refseg_cli.errors import DataError
from refseg_cli.files import written_whole

_FACTS, _CHECKSUM = "refseg", "crc32"
_DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors and facts whole or not at all.

    Args:
        path: of the file; its folder is there.
        tensors: on any device.
        facts: JSON.

    Raises:
        DataError: if it cannot be written.
    """
    header: dict[str, Any] = {}
    pieces, end = [], 0
    for name, tensor in sorted(tensors.items()):
        piece = _bytes(tensor)
        start, end = end, end + piece.nbytes
        header[name] = {
            "dtype": _DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
        pieces.append(piece)
    text = json.dumps(facts)
    header["__metadata__"] = {_FACTS: text, _CHECKSUM: str(_checksum(text, pieces))}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)  # the format wants the data aligned
    with written_whole(path) as stream:
        stream.write(len(encoded).to_bytes(8, "little") + encoded)
        for piece in pieces:
            stream.write(piece.data)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the tensors and the facts.

    Raises:
        DataError: if the file is missing, or not as it was written.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
        facts = json.loads(metadata[_FACTS])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})") from None
    if metadata.get(_CHECKSUM) != str(_checksum(metadata[_FACTS], map(_bytes, tensors.values()))):
        raise DataError(f"{path} is not as it was written")
    return tensors, facts


def _bytes(tensor: Tensor) -> NDArray[np.uint8]:
    """The content of a tensor, on the CPU."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy()


def _checksum(text: str, pieces: Any) -> int:
    checksum = zlib.crc32(text.encode())
    for piece in pieces:
        checksum = zlib.crc32(piece, checksum)
    return checksum


def tensors_digest(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """A SHA-256 of some tensors and their names."""
    digest = sha256()
    for name, tensor in tensors:
        # as bytes, since NumPy has no bfloat16
        digest.update(name.encode() + tensor.cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
