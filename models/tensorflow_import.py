"""Makes a `Segmenter` of the authors' TensorFlow checkpoints: sizes from the shapes, weights by the table."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary

from .backbones.deeplab_resnet import DeepLabResNet101
from .backbones.provenance import Provenance
from .checkpoint import build_segmenter
from .cmpc.config import CmpcConfig
from .errors import CheckpointError
from .preprocess import Preprocess
from .segmenter import Segmenter
from .tensorflow import SCOPE, Array, Row, backbone_rows, convert, official_rows
from .tensorflow_variables import (
    ADVICE,
    Variables,
    kind_of_head,
    list_names,
    main_file,
    n_fusion_heads,
    read_backbone,
    read_model,
)

_STRIDE = 8  # of DeepLab: pixels of the canvas for one cell of the grid
_LARGEST_SIZE = 1 << 16
# The file's converter and the paper disagree on what DeepLab has seen, so both are told.
_BACKBONE_DATA = Provenance(
    (
        "MS-COCO (according to the converter of the authors' deeplab_resnet_init.ckpt)",
        "PASCAL VOC (according to the paper)",
    ),
    "yes",
)


def import_official(prefix: Path, vocabulary_path: Path, backbone_prefix: Path | None = None) -> Segmenter:
    """Build the network that a checkpoint of the authors' image or video model holds, with its weights.

    Args:
        prefix: the checkpoint's path, without `.index`.
        vocabulary_path: the words that it was trained with, one a line.
        backbone_prefix: another checkpoint with DeepLab's weights, if the first has none. Of this one, only
            what starts with `conv1`, `bn` or `res` is used, as by the authors.

    Raises:
        CheckpointError: if a file is not a checkpoint, or its names or shapes are not those of the model.
        TensorFlowMissing: if a file is of TensorFlow's old form and TensorFlow is not installed.
        VectorsUnreadable: if the vocabulary cannot be read.
    """
    vocabulary = Vocabulary.read(vocabulary_path)
    variables = read_model(prefix, backbone_prefix)
    _check_vocabulary(vocabulary_path, len(vocabulary), variables)
    config = _head_config(variables)
    description = {
        "backbone": {"name": DeepLabResNet101.name},
        "text_encoder": {"name": LstmGlove.name, **_text_sizes(variables), "vocabulary": vocabulary.words},
        "head": asdict(config),
        "preprocess": _preprocess(config).config(),
    }
    with torch.device("meta"):  # which takes no memory, whatever sizes an untrusted file asks for
        wanted = {key: tuple(value.shape) for key, value in build_segmenter(description).state_dict().items()}
    state = _convert(official_rows(config, with_backbone=True), variables, wanted)
    segmenter = build_segmenter(description)
    segmenter.load_state_dict({key: torch.from_numpy(array) for key, array in state.items()})
    segmenter.backbone.provenance = _BACKBONE_DATA
    return segmenter.eval()


def import_backbone(prefix: Path) -> DeepLabResNet101:
    """Build the backbone alone, with the weights of a checkpoint such as `deeplab_resnet_init.ckpt`.

    Raises:
        CheckpointError: if a file is not a checkpoint, or its names or shapes are not the backbone's.
        TensorFlowMissing: if it is of TensorFlow's old form and TensorFlow is not installed.
    """
    variables, backbone = read_backbone(prefix), DeepLabResNet101()
    wanted = {f"backbone.{key}": tuple(value.shape) for key, value in backbone.state_dict().items()}
    state = _convert(backbone_rows(), variables, wanted)
    backbone.load_state_dict({key.removeprefix("backbone."): torch.from_numpy(state[key]) for key in state})
    backbone.provenance = _BACKBONE_DATA
    return backbone


def official_provenance(
    prefix: Path, vocabulary_path: Path | None, backbone_prefix: Path | None = None
) -> dict[str, Any]:
    """Say in JSON's terms where an imported model, or a backbone without vocabulary, comes from.

    Returns:
        `source`, the `sha256` of the files that tell it apart, and `backbone`, what its backbone has seen.
    """
    paths = [prefix] if backbone_prefix is None else [prefix, backbone_prefix]
    files = [*map(main_file, paths), *([vocabulary_path] if vocabulary_path is not None else [])]
    names = " and ".join(path.name.removesuffix(".index") for path in paths)
    return {
        "source": f"imported from TensorFlow checkpoint {names}",
        "sha256": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
        "backbone": asdict(_BACKBONE_DATA),
    }


def _check_vocabulary(path: Path, n_words: int, variables: Variables) -> None:
    n_vectors = _size(variables, "Variable", 0)
    if n_words != n_vectors:
        raise CheckpointError(
            f"{path} has {n_words} words, but the checkpoint has {n_vectors} word vectors: give its own "
            "(the authors' vocabulary_Gref.txt has 12112 words, vocabulary_referit.txt 8803)"
        )


def _head_config(variables: Variables) -> CmpcConfig:
    peephole = "rnn/conv_lstm_cell/W_ci"
    return kind_of_head(variables).official(
        visual_width=_size(variables, "c3_lateral/DW", 3),
        multimodal_width=_size(variables, "words_trans_c3/DW", 3),
        level_width=_size(variables, peephole, 2),
        fusion_heads=n_fusion_heads(variables),
        word_type_width=_size(variables, "words_parse_1/DW", 3),
        grid=(_size(variables, peephole, 0), _size(variables, peephole, 1)),
    )


def _text_sizes(variables: Variables) -> dict[str, Any]:
    n_gates = _size(variables, "RNN/multi_rnn_cell/cell_0/basic_lstm_cell/bias", 0)
    sizes = LstmGloveConfig(embedding_width=_size(variables, "Variable", 1), width=max(1, n_gates // 4))
    return asdict(sizes)


def _size(variables: Variables, name: str, axis: int) -> int:
    shape: tuple[int, ...] = variables[SCOPE + name].shape
    if axis >= len(shape) or not 0 < shape[axis] <= _LARGEST_SIZE:
        raise CheckpointError(f"{SCOPE}{name} has the shape {shape}, which cannot be: {ADVICE}")
    return shape[axis]


def _preprocess(config: CmpcConfig) -> Preprocess:
    """The authors' canvas, as large as the peephole maps say."""
    height, width = config.grid or (0, 0)
    if height != width:
        raise CheckpointError(
            f"its peephole maps are {height}×{width}, but the model is of squares: {ADVICE}"
        )
    return Preprocess(size=_STRIDE * height)


def _convert(
    rows: Sequence[Row], variables: Variables, wanted: Mapping[str, tuple[int, ...]]
) -> dict[str, Array]:
    """Turn the variables into a state dict, whose tensors have the wanted shapes.

    Raises:
        CheckpointError: naming all variables that have another shape or type.
    """
    state: dict[str, Array] = {}
    misfits: list[str] = []
    for row in rows:
        tensors = _convert_row(row, variables)
        if {key: array.shape for key, array in tensors.items()} == {key: wanted[key] for key in row.torch}:
            state |= tensors
        else:
            misfits += (f"{name} {variables[name].dtype}{variables[name].shape}" for name in row.tensorflow)
    if misfits:
        raise CheckpointError(f"the variables do not fit together ({list_names(misfit=misfits)}): {ADVICE}")
    return state


def _convert_row(row: Row, variables: Variables) -> dict[str, Array]:
    """Convert the variables of one row; nothing, if they do not have the form that the row expects."""
    if any(variables[name].dtype != np.float32 for name in row.tensorflow):
        return {}
    try:
        tensors = convert([row], variables)
        back = convert([row], tensors, to="tensorflow")
    except (IndexError, ValueError):  # too few axes, or sides that cannot be split
        return {}
    # A kernel that should be 1×1 and is not has lost something on the way.
    return tensors if all(back[name].shape == variables[name].shape for name in row.tensorflow) else {}
