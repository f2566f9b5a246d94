"""One file that holds a whole model and says what it is: safetensors, with a description in its header."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from refseg.encoders.errors import (
    EncoderBroken,
    EncoderListMalformed,
    EncoderNotFound,
    PretrainedUnusable,
    RefsegError,
)
from refseg.encoders.registry import build_encoder

from .backbones.provenance import Provenance
from .backbones.registry import build_backbone
from .cmpc.video import build_head
from .cmpc.video_config import head_config
from .errors import CheckpointError
from .preprocess import Preprocess
from .segmenter import Segmenter

FORMAT = 1
_KEY = "refseg"
_NO_ENCODER = (EncoderBroken, EncoderListMalformed, EncoderNotFound, PretrainedUnusable)
_BUNDLED = Path(__file__).parent / "checkpoints"


@dataclass(frozen=True)
class Checkpoint:
    """A model as loaded, and where it comes from.

    Args:
        segmenter: the network, in evaluation mode, float32.
        provenance: what made it: the data that it and its backbone saw, the command, the seed, the licences.
        path: the file.
    """

    segmenter: Segmenter
    provenance: Mapping[str, Any] = field(default_factory=dict)
    path: Path = Path()


def save_checkpoint(
    path: Path, segmenter: Segmenter, provenance: Mapping[str, Any], half: bool = False
) -> None:
    """Write a model to one file, at once or not at all.

    Args:
        path: of the file; its folder is made.
        segmenter: the network.
        provenance: JSON; what data it saw, and how it was made.
        half: store matrices and kernels in half precision; vectors (norms, biases) stay in full.
    """
    elsewhere = stored_elsewhere(segmenter)
    tensors = {name: each for name, each in segmenter.state_dict().items() if name not in elsewhere}
    write_checkpoint(path, {**describe(segmenter), "provenance": dict(provenance)}, tensors, half)


def write_checkpoint(
    path: Path, description: Mapping[str, Any], tensors: Mapping[str, Tensor], half: bool = False
) -> None:
    """Write tensors under a description: see `save_checkpoint`, and `backbone_file.save_backbone`."""
    told = {"format": FORMAT, "version": version("refseg"), **description}
    tensors = {name: _stored(tensor, half) for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(tensors, temporary, metadata={_KEY: json.dumps(told, sort_keys=True)})
        temporary.chmod(0o644)  # safetensors writes for the owner alone
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(checkpoint: str | Path) -> Checkpoint:
    """Load a model from a path, or a bundled one by its name. Nothing in the file is ever executed.

    Raises:
        CheckpointError: if there is none, or the file is not one of refseg's, or its parts do not fit.
        EncoderNotFound, EncoderBroken, EncoderListMalformed, PretrainedUnusable: if its text encoder is not
            at hand.
    """
    path = find_checkpoint(checkpoint)
    try:
        with safe_open(path, framework="pt") as file:
            description = read_description(path, file.metadata())
            if "head" not in description:
                raise CheckpointError(f"{path} holds a backbone alone: refseg train --backbone {path}")
            names = file.keys()
            tensors = {name: file.get_tensor(name).float() for name in names}
        segmenter = build_segmenter(description)
        elsewhere, state = stored_elsewhere(segmenter), segmenter.state_dict()
        segmenter.load_state_dict({**{name: state[name] for name in elsewhere}, **tensors})
    except _NO_ENCODER as error:
        raise type(error)(f"{path}: {error}") from error
    except (SafetensorError, OSError, RefsegError, KeyError, TypeError, ValueError, RuntimeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            f"{path} is not a checkpoint of refseg ({_first_line(error)}): {_ADVICE}"
        ) from error
    segmenter.backbone.provenance = Provenance.of_checkpoint(description["provenance"])
    return Checkpoint(segmenter.eval(), description["provenance"], path)


def stored_elsewhere(segmenter: Segmenter) -> frozenset[str]:
    """The names of the tensors that a checkpoint does not hold, as its text encoder brings them by itself."""
    return frozenset(f"text_encoder.{name}" for name in segmenter.text_encoder.stored_elsewhere())


def bundled_checkpoints() -> dict[str, Path]:
    """The checkpoints that come with refseg: name → file."""
    return {path.stem: path for path in sorted(_BUNDLED.glob("*.safetensors"))}


def find_checkpoint(checkpoint: str | Path) -> Path:
    """The file of a bundled name or of a path.

    Raises:
        CheckpointError: if there is neither.
    """
    bundled = bundled_checkpoints()
    if str(checkpoint) in bundled:
        return bundled[str(checkpoint)]
    path = Path(checkpoint)
    if not path.is_file():
        names = ", ".join(bundled) or "none"
        raise CheckpointError(
            f"there is no checkpoint {str(checkpoint)!r}: give a .safetensors file or a bundled name: {names}"
        )
    return path


def is_checkpoint(path: Path) -> bool:
    """Whether a file says that it is one of refseg's; others publish weights in the same format."""
    try:
        with safe_open(path, framework="pt") as file:
            return _KEY in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False


def describe(segmenter: Segmenter) -> dict[str, Any]:
    """The architecture as JSON: `build_segmenter` makes the same network from it, without weights."""
    return {
        "backbone": segmenter.backbone.config(),
        "text_encoder": segmenter.text_encoder.config(),
        "head": asdict(segmenter.head.config),
        "preprocess": segmenter.preprocess.config(),
    }


def build_segmenter(description: Mapping[str, Any]) -> Segmenter:
    """Wire a network from a description: the one place where configurations become parts."""
    backbone = build_backbone(description["backbone"])
    text_encoder = build_encoder(description["text_encoder"])
    head = build_head(backbone.channels, text_encoder.width, head_config(description["head"]))
    return Segmenter(backbone, text_encoder, head, Preprocess.from_config(description["preprocess"]))


def read_description(path: Path, metadata: Mapping[str, str] | None) -> dict[str, Any]:
    """Read the description from a safetensors header.

    Raises:
        CheckpointError: if there is none, or a later version of refseg wrote it.
    """
    if not metadata or _KEY not in metadata:
        raise CheckpointError(f"{path} holds tensors but no description of a refseg model: {_ADVICE}")
    description = json.loads(metadata[_KEY])
    if not isinstance(description, dict) or not isinstance(description.get("provenance"), dict):
        raise CheckpointError(f"{path} has a malformed description: {_ADVICE}")
    if description.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} has format {description.get('format')!r}, this refseg reads {FORMAT}: "
            "pip install --upgrade refseg"
        )
    return description


_ADVICE = "give a file that `refseg train` or `refseg checkpoints import` wrote"


def _stored(tensor: Tensor, half: bool) -> Tensor:
    tensor = tensor.detach().to("cpu")
    narrow = half and tensor.dim() >= 2 and tensor.dtype == torch.float32
    return (tensor.half() if narrow else tensor).contiguous()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
