"""Reads from the authors' TensorFlow checkpoints the variables of the network, all of them and no others."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .cmpc.config import CmpcConfig
from .cmpc.video_config import CmpcVideoConfig
from .errors import CheckpointError
from .tensorflow import SCOPE, Row, backbone_rows, official_rows
from .tensorflow_bundle import read_bundle
from .tensorflow_v1 import read_v1

Variables = Mapping[str, NDArray[Any]]

ADVICE = "give a checkpoint of the authors' image or video model"
_SLOTS = ("/Adam", "/Adam_1")
_COUNTERS = (SCOPE + "Variable_1", SCOPE + "beta1_power", SCOPE + "beta2_power")
_BACKBONE = ("conv1", "bn", "res")
_VIDEO_ALONE = tuple(SCOPE + name for name in ("tg_", "mm_trans_", "ctx_trans_"))


def read_model(prefix: Path, backbone_prefix: Path | None) -> Variables:
    """Read all variables of the model, from one checkpoint or two, and leave those of the training aside.

    Raises:
        CheckpointError: if a file is not a checkpoint, or its names are not those of the model.
        TensorFlowMissing: if a file is of TensorFlow's old form and TensorFlow is not installed.
    """
    head = _read(prefix)
    sources = {name: head for name in head if not _is_of_training(name)}
    has_backbone = any(name.startswith(_BACKBONE) for name in sources)
    if has_backbone and backbone_prefix is not None:
        raise CheckpointError(f"{prefix} has a backbone of its own: leave out --backbone")
    if backbone_prefix is not None:
        sources |= dict.fromkeys(
            _backbone_names(backbone := _read(backbone_prefix), backbone_prefix), backbone
        )
    config = kind_of_head(sources).official(fusion_heads=n_fusion_heads(sources))
    with_backbone = has_backbone or backbone_prefix is not None
    _check_names(prefix, sources, official_rows(config, with_backbone))
    if not has_backbone and backbone_prefix is None:
        raise CheckpointError(f"{prefix} holds no backbone: add a checkpoint of DeepLab by --backbone PREFIX")
    return {name: source[name] for name, source in sources.items()}


def read_backbone(prefix: Path) -> Variables:
    """Read the backbone's variables alone, of a checkpoint of DeepLab or of a whole model.

    Raises:
        CheckpointError: if the file is not a checkpoint, or its names are not those of DeepLab's ResNet-101.
        TensorFlowMissing: if it is of TensorFlow's old form and TensorFlow is not installed.
    """
    variables = _read(prefix)
    names = _backbone_names(variables, prefix)
    _check_names(prefix, names, backbone_rows())
    return {name: variables[name] for name in names}


def main_file(path: Path) -> Path:
    """The file that tells a checkpoint apart: its index, which holds all checksums, or else its only file."""
    index = Path(f"{_prefix(path)}.index")
    return index if index.is_file() else path


def kind_of_head(names: Iterable[str]) -> type[CmpcConfig]:
    """The configuration of the image model, or of the video model if any of its own variables is there."""
    is_video = any(name.startswith(_VIDEO_ALONE) for name in names)
    return CmpcVideoConfig if is_video else CmpcConfig


def n_fusion_heads(names: Iterable[str]) -> int:
    """How many terms the fusion has, counted by names."""
    start = f"{SCOPE}vis_trans_c3_head"
    return max(1, sum(name.startswith(start) and name.endswith("/DW") for name in names))


def list_names(**complaints: Iterable[str]) -> str:
    """List names by what is wrong with them, "2 missing: a, b; 1 unknown: c"; empty if there are none."""
    sorted_names = {kind: sorted(names) for kind, names in complaints.items()}
    return "; ".join(
        f"{len(names)} {kind}: {', '.join(names)}" for kind, names in sorted_names.items() if names
    )


def _read(path: Path) -> Variables:
    file = main_file(path)
    # Without an index, a file may be of the old form; and where there is nothing, the bundle's error says so.
    if file.suffix != ".index" and file.is_file():
        return read_v1(file)
    return read_bundle(_prefix(path))


def _prefix(path: Path) -> Path:
    """The path as TensorFlow names checkpoints, where somebody has typed that of the index."""
    return Path(str(path).removesuffix(".index"))


def _is_of_training(name: str) -> bool:
    return name.endswith(_SLOTS) or name in _COUNTERS


def _backbone_names(names: Iterable[str], prefix: Path) -> list[str]:
    """What the authors restore of DeepLab's checkpoint; its classifier, for one, is left."""
    found = [name for name in names if name.startswith(_BACKBONE) and not _is_of_training(name)]
    if not found:
        raise CheckpointError(f"{prefix} holds no backbone (conv1, bn…, res…): give a checkpoint of DeepLab")
    return found


def _check_names(prefix: Path, names: Iterable[str], rows: Sequence[Row]) -> None:
    found = set(names)
    wanted = {name for row in rows for name in row.tensorflow}
    if told := list_names(missing=wanted - found, unknown=found - wanted):
        raise CheckpointError(f"{prefix} does not hold the authors' model ({told}): {ADVICE}")
