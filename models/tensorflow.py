"""The authors' TensorFlow variables and refseg's tensors: one declared table, read in both directions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .backbones.deeplab_resnet import tensorflow_names as backbone_names
from .cmpc.config import CmpcConfig
from .cmpc.video_config import CmpcVideoConfig

Array = NDArray[np.float32]
Arrays = Sequence[Array]
SCOPE = "text_objseg/"
_LSTM = SCOPE + "RNN/multi_rnn_cell/cell_0/basic_lstm_cell/"
_CONVLSTM = SCOPE + "rnn/conv_lstm_cell/"
_FORGET_BIAS = 1.0


@dataclass(frozen=True)
class Row:
    """Some TensorFlow variables that are some of refseg's tensors.

    Args:
        tensorflow: the variables' names.
        torch: the tensors' keys in the state dict of a `Segmenter`.
        to_torch: turns the variables into the tensors.
        to_tensorflow: its inverse.
    """

    tensorflow: tuple[str, ...]
    torch: tuple[str, ...]
    to_torch: Callable[[Arrays], list[Array]]
    to_tensorflow: Callable[[Arrays], list[Array]]


def official_rows(config: CmpcConfig, with_backbone: bool) -> list[Row]:
    """The whole table for a head of the preset `official`, its text encoder and, if wanted, its backbone.

    The head for videos has the same variables and those of its action-aware reasoning.
    """
    rows = [_same(SCOPE + "Variable", "text_encoder.embedding.weight"), *_lstm_rows()]
    rows += [
        _linear(f"words_parse_{i}", f"head.word_types.{name}") for i, name in ((1, "hidden"), (2, "output"))
    ]
    for level in config.levels:
        rows += _level_rows(level, config.fusion_heads)
        if isinstance(config, CmpcVideoConfig):
            rows += _action_rows(level)
    for exchange in range(config.exchange_rounds):
        for level in config.levels:
            rows += _exchange_rows(level, exchange, len(config.levels) - 1)
    rows += [*_convlstm_rows(config), *_conv("score", "head.score")]
    return rows + backbone_rows() if with_backbone else rows


def backbone_rows() -> list[Row]:
    """The part of the table that is the backbone's."""
    return [_backbone_row(torch, name) for torch, name in backbone_names().items()]


def convert(rows: Sequence[Row], arrays: Mapping[str, Array], to: str = "torch") -> dict[str, Array]:
    """Turn TensorFlow variables into refseg's tensors, or with `to="tensorflow"` the other way round.

    Raises:
        KeyError: naming a missing array.
    """
    converted: dict[str, Array] = {}
    for row in rows:
        sources, targets = (row.tensorflow, row.torch) if to == "torch" else (row.torch, row.tensorflow)
        turn = row.to_torch if to == "torch" else row.to_tensorflow
        converted.update(zip(targets, turn([arrays[name] for name in sources]), strict=True))
    return converted


def _level_rows(level: str, n_heads: int) -> list[Row]:
    here = f"head.levels.{level}."
    return [
        _linear(f"{level}_lateral", here + "lateral"),
        *_heads(f"vis_trans_{level}_head", here + "perceive.visual", n_heads),
        *_heads(f"lang_trans_{level}_head", here + "perceive.language", n_heads),
        _linear(f"words_trans_{level}", here + "reason.word_key"),
        _linear(f"spa_graph_trans2_{level}", here + "reason.region_key"),
        *_graph_rows(f"spa_graph_{level}", here + "reason.layers.0."),
        _linear(f"fusion_{level}", here + "output.projection"),
        *_conv(f"score_{level}", f"head.level_scores.{level}"),
    ]


def _action_rows(level: str) -> list[Row]:
    here = f"head.levels.{level}.act."
    return [
        _linear(f"tg_vtrans_{level}", here + "pool.region_key"),
        _linear(f"tg_ltrans_{level}", here + "pool.action_query"),
        _linear(f"tg_query_{level}", here + "graph.edges.query"),
        _linear(f"tg_key_{level}", here + "graph.edges.key"),
        *_graph_rows(f"temp_graph_{level}", here + "graph.layer."),
        _linear(f"mm_trans_{level}", here + "context.region_query"),
        _linear(f"ctx_trans_{level}", here + "context.frame_key"),
    ]


def _graph_rows(graph: str, layer: str) -> list[Row]:
    return [
        *_norm(SCOPE + f"gconv_feat_ln_{graph}", layer + "message_norm"),
        _linear(f"gconv_update_{graph}", layer + "update"),
        *_norm(SCOPE + f"gconv_update_ln_{graph}", layer + "update_norm"),
    ]


def _exchange_rows(level: str, exchange: int, n_sources: int) -> list[Row]:
    prefix = level if exchange == 0 else f"{level}_{exchange + 1}"
    here = f"head.exchanges.{exchange}.levels.{level}."
    rows = [
        _linear(f"spa_graph_key_{prefix}gv_f1", here + "key"),
        _linear(f"lang_query_{prefix}gv_f1", here + "query"),
        _linear(f"gv_lang_{prefix}gv_f1", here + "context"),
    ]
    for source in range(n_sources):
        rows.append(_linear(f"lang_feat_{prefix}_f{source + 1}", f"{here}gates.{source}"))
        rows.append(_linear(f"trans_feat_{prefix}_f{source + 1}", f"{here}sources.{source}"))
    return rows


def _convlstm_rows(config: CmpcConfig) -> list[Row]:
    here, grid = "head.convlstm.", config.grid or (40, 40)
    kernel = Row((_CONVLSTM + "kernel",), (here + "kernel",), _matrix_to_torch, _matrix_to_tensorflow)
    rows = [kernel]
    for letter, name in (("i", "input"), ("f", "forget"), ("o", "output")):
        rows.append(_map(_CONVLSTM + f"W_c{letter}", here + f"peephole_{name}", grid))
    for i, name in enumerate(("candidate", "input", "forget", "output", "cell")):
        rows += _norm(_CONVLSTM + ("LayerNorm" if i == 0 else f"LayerNorm_{i}"), here + f"norms.{name}")
    return rows


def _same(tensorflow: str, torch: str) -> Row:
    return Row((tensorflow,), (torch,), list, list)


def _linear(tensorflow: str, torch: str) -> Row:
    """A 1×1 convolution (1, 1, in, out) and its bias as a linear layer (out, in)."""
    names = (f"{SCOPE}{tensorflow}/DW", f"{SCOPE}{tensorflow}/biases")
    return Row(
        names,
        (f"{torch}.weight", f"{torch}.bias"),
        lambda arrays: [*_matrix_to_torch(arrays[:1]), arrays[1]],
        lambda arrays: [*_matrix_to_tensorflow(arrays[:1]), arrays[1]],
    )


def _heads(tensorflow: str, torch: str, n_heads: int) -> list[Row]:
    """The fusion's heads, n 1×1 convolutions, as one linear layer."""
    names = [f"{SCOPE}{tensorflow}{head}/" for head in range(1, n_heads + 1)]
    return [
        Row(
            tuple(name + "DW" for name in names),
            (f"{torch}.weight",),
            lambda arrays: [np.concatenate([array[0, 0].T for array in arrays])],
            lambda arrays: [head.T[None, None] for head in np.split(arrays[0], n_heads)],
        ),
        Row(
            tuple(name + "biases" for name in names),
            (f"{torch}.bias",),
            lambda arrays: [np.concatenate(arrays)],
            lambda arrays: np.split(arrays[0], n_heads),
        ),
    ]


def _conv(tensorflow: str, torch: str) -> list[Row]:
    return [
        _kernel(f"{SCOPE}{tensorflow}/DW", f"{torch}.weight"),
        _same(f"{SCOPE}{tensorflow}/biases", f"{torch}.bias"),
    ]


def _kernel(tensorflow: str, torch: str) -> Row:
    """A convolution's kernel (height, width, in, out) as (out, in, height, width)."""
    return Row(
        (tensorflow,),
        (torch,),
        lambda arrays: [arrays[0].transpose(3, 2, 0, 1)],
        lambda arrays: [arrays[0].transpose(2, 3, 1, 0)],
    )


def _norm(tensorflow: str, torch: str) -> list[Row]:
    return [_same(f"{tensorflow}/gamma", f"{torch}.weight"), _same(f"{tensorflow}/beta", f"{torch}.bias")]


def _map(tensorflow: str, torch: str, grid: tuple[int, int]) -> Row:
    """A peephole map (H, W, C) as (N, C)."""
    return Row(
        (tensorflow,),
        (torch,),
        lambda arrays: [arrays[0].reshape(-1, arrays[0].shape[-1])],
        lambda arrays: [arrays[0].reshape(*grid, -1)],
    )


def _backbone_row(torch: str, tensorflow: str) -> Row:
    make = _kernel if tensorflow.endswith("/weights") else _same
    return make(tensorflow, f"backbone.{torch}")


def _matrix_to_torch(arrays: Arrays) -> list[Array]:
    return [arrays[0][0, 0].T]


def _matrix_to_tensorflow(arrays: Arrays) -> list[Array]:
    return [arrays[0].T[None, None]]


def _lstm_rows() -> list[Row]:
    """TensorFlow's gates are input, candidate, forget, output; it adds the forget bias at run time."""
    here = "text_encoder.lstm."
    return [
        Row(
            (_LSTM + "kernel",),
            (here + "weight_ih_l0", here + "weight_hh_l0"),
            _kernel_to_torch,
            _kernel_to_tensorflow,
        ),
        Row(
            (_LSTM + "bias",), (here + "bias_ih_l0", here + "bias_hh_l0"), _bias_to_torch, _bias_to_tensorflow
        ),
    ]


def _swap_gates(columns: Array) -> Array:
    """Exchange the second and third quarter of the last axis (candidate and forget): its own inverse."""
    first, second, third, fourth = np.split(columns, 4, axis=-1)
    return np.concatenate([first, third, second, fourth], axis=-1)


def _kernel_to_torch(arrays: Arrays) -> list[Array]:
    width = arrays[0].shape[1] // 4
    kernel = _swap_gates(arrays[0])
    return [kernel[:-width].T, kernel[-width:].T]


def _kernel_to_tensorflow(arrays: Arrays) -> list[Array]:
    return [_swap_gates(np.concatenate([arrays[0].T, arrays[1].T]))]


def _bias_to_torch(arrays: Arrays) -> list[Array]:
    bias = _swap_gates(arrays[0])
    width = len(bias) // 4
    bias[width : 2 * width] += _FORGET_BIAS
    return [bias, np.zeros_like(bias)]


def _bias_to_tensorflow(arrays: Arrays) -> list[Array]:
    bias = arrays[0] + arrays[1]
    width = len(bias) // 4
    bias[width : 2 * width] -= _FORGET_BIAS
    return [_swap_gates(bias)]
