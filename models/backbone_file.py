"""The backbone of a checkpoint by itself: for a run that starts from it, and for files with nothing else."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import nn

from refseg.encoders.errors import RefsegError

from .backbones.base import Backbone
from .backbones.provenance import Provenance
from .backbones.registry import build_backbone
from .checkpoint import find_checkpoint, read_description, write_checkpoint
from .errors import CheckpointError

_PREFIX = "backbone."


def load_backbone_of(checkpoint: str | Path) -> Backbone:
    """Load the backbone of a checkpoint, with what its weights have seen; nothing else of it is read.

    Args:
        checkpoint: a bundled name, or the path of a file with a whole model or a backbone alone.

    Raises:
        CheckpointError: if there is none, or the file is not one of refseg's.
    """
    path = find_checkpoint(checkpoint)
    description = describe_backbone_of(path)
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(_PREFIX)]  # noqa: SIM118 - no mapping
            tensors = {name.removeprefix(_PREFIX): file.get_tensor(name).float() for name in names}
        backbone = build_backbone(description["backbone"])
        backbone.load_state_dict(tensors)
        backbone.provenance = Provenance.of_checkpoint(description["provenance"])
    except (SafetensorError, OSError, RefsegError, TypeError, ValueError, RuntimeError) as error:
        raise _not_one(path, error) from error
    return backbone


def describe_backbone_of(path: Path) -> dict[str, Any]:
    """Read what a checkpoint says of itself, which has at least `backbone` and `provenance`.

    Raises:
        CheckpointError: if the file is not a checkpoint of refseg.
    """
    try:
        with safe_open(path, framework="pt") as file:
            description = read_description(path, file.metadata())
        if isinstance(description.get("backbone"), dict):
            return description
    except (SafetensorError, OSError, ValueError) as error:
        raise _not_one(path, error) from error
    raise _not_one(path, "it names no backbone")


def save_backbone(path: Path, backbone: Backbone, provenance: dict[str, Any]) -> None:
    """Write a backbone alone to one file, at once or not at all.

    Args:
        path: of the file; its folder is made.
        backbone: with its weights and what they have seen.
        provenance: JSON; how it was made.
    """
    seen = {"backbone": asdict(backbone.provenance)}
    alone = nn.ModuleDict({_PREFIX.removesuffix("."): backbone})
    write_checkpoint(
        path, {"backbone": backbone.config(), "provenance": seen | provenance}, alone.state_dict()
    )


def _not_one(path: Path, reason: object) -> CheckpointError:
    first_line = str(reason).strip().partition("\n")[0]
    return CheckpointError(
        f"{path} is not a checkpoint of refseg ({first_line}): "
        "give a file that `refseg train` or `refseg checkpoints import` wrote"
    )
