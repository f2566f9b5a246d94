"""Every size and switch of the method, and two presets: what the authors compute and what they print."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

Level = Literal["c3", "c4", "c5"]
LEVELS: tuple[Level, ...] = ("c3", "c4", "c5")


@dataclass(frozen=True)
class CmpcConfig:
    """The configuration of a `CmpcImage`. The defaults are the preset `official`; `paper()` is the other one.

    Each difference between the two presets is one field (`docs/method.md` has them side by side), and so is
    each ablation of the paper's Tables 5 and 8–10.

    Args:
        visual_width: C_v, channels of each level after its lateral projection.
        multimodal_width: C_m, channels of the fused and reasoned features.
        level_width: C_y, channels of a level's output and of the exchange. paper: 1000.
        convlstm_width: channels of the ConvLSTM; None for `level_width`. paper: 500.
        fusion_heads: r, terms of the bilinear fusion (eq. 4).
        word_type_width: C_n, hidden units of the word-type classifier. paper: 1000.
        levels: which backbone levels are used (Table 5: `("c5",)` in rows 1–6).
        grid: (H, W) that every level is resized to; None keeps the size of the first level.
        entity_perception: off, the visual features stand for the multimodal ones (Table 5, EP).
        relation_reasoning: off, no graph (Table 5, RAR).
        graph_layers: g, graph convolutions on one adjacency (Table 10; 2 on G-Ref).
        concat_multimodal: whether a level's output sees M, else X (Table 5, CMF).
        exchange_rounds: n, rounds of feature exchange (Table 8). paper: 3.
        exchange_guide: what guides the exchange: the "necessary" words or the encoder's "sentence" (Table 9).
        convlstm: off, the levels are added (Table 5, CLSTM).
        coordinates: where the 8 coordinates enter: "fusion" = each fusion head and the output, "lateral" =
            the lateral projection (paper).
        l2_normalisation: unit length for words, laterals, sentence vectors, M, the graph and the exchange.
            paper: off.
        word_type_activation: of the classifier's hidden units. paper: "sigmoid".
        fusion_tanh: tanh on both branches and on the sum of the fusion. paper: off.
        projection_bias: biases in the products that the paper prints without (W3–W7, W10, W11). paper: off.
        vertex_projection: a linear layer before the graph (M → M̃). paper: on.
        relation_gate: p_rel multiplies the affinity "logits" or the "words" (eq. 5; paper).
        affinity_scale: affinities divided by √C_m. paper: off.
        graph_convolution: "normalised" = ReLU(M + LN(A M)) → linear → LN → ReLU; "plain" = (A + I) M W7
            (eq. 10; paper).
        output_sentence: sentence vector in a level's output: "entity" (q_e) or "necessary" words (s; paper).
        output_relu: ReLU on a level's output. paper: off.
        exchange_pooling: Λ by "softmax" of scaled products or by the bare "dot" product (eq. 22; paper).
        exchange_gate: one gate "per_source" level, after a projection, or one "shared" one (eq. 24; paper).
        peephole: ConvLSTM peepholes per "map" cell and channel, which ties the head to `grid`, or per
            "channel" (paper).
        convlstm_norm: layer norm in the ConvLSTM. paper: off.
        auxiliary_scores: a score map of each level before the exchange, for the loss. paper: off.
        upsampling: sample positions: "legacy" (TensorFlow 1) or "half_pixel" (paper).
        l2_rescale: multiply each unit vector by √C, so that small widths start to learn. In neither preset.
        coordinate_scale: factor on the coordinates. In neither preset.
        score_bias: initial bias of the score maps; -2.5 says "mostly background". In neither preset.

    Raises:
        ValueError: if a value is out of range or two fields exclude each other.
    """

    visual_width: int = 1000
    multimodal_width: int = 1000
    level_width: int = 500
    convlstm_width: int | None = None
    fusion_heads: int = 5
    word_type_width: int = 500
    levels: tuple[Level, ...] = LEVELS
    grid: tuple[int, int] | None = (40, 40)

    entity_perception: bool = True
    relation_reasoning: bool = True
    graph_layers: int = 1
    concat_multimodal: bool = True
    exchange_rounds: int = 2
    exchange_guide: Literal["necessary", "sentence"] = "necessary"
    convlstm: bool = True

    coordinates: Literal["fusion", "lateral"] = "fusion"
    l2_normalisation: bool = True
    word_type_activation: Literal["relu", "sigmoid"] = "relu"
    fusion_tanh: bool = True
    projection_bias: bool = True
    vertex_projection: bool = False
    relation_gate: Literal["logits", "words"] = "logits"
    affinity_scale: bool = True
    graph_convolution: Literal["normalised", "plain"] = "normalised"
    output_sentence: Literal["entity", "necessary"] = "entity"
    output_relu: bool = True
    exchange_pooling: Literal["softmax", "dot"] = "softmax"
    exchange_gate: Literal["per_source", "shared"] = "per_source"
    peephole: Literal["map", "channel"] = "map"
    convlstm_norm: bool = True
    auxiliary_scores: bool = True
    upsampling: Literal["legacy", "half_pixel"] = "legacy"

    l2_rescale: bool = False
    coordinate_scale: float = 1.0
    score_bias: float = 0.0

    def __post_init__(self) -> None:
        for name, choices in _choices(type(self)).items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {choices}, got {getattr(self, name)!r}")
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} must be at least {least}, got {value}")
        sides = [1, 1] if self.grid is None else list(self.grid)
        if len(sides) != 2 or min(sides) < 1:
            raise ValueError(f"grid must be (H, W) of at least 1 each, or None, got {self.grid}")
        if (
            not self.levels
            or tuple(sorted(set(self.levels))) != self.levels
            or not set(self.levels) <= set(LEVELS)
        ):
            raise ValueError(f"levels must be some of {LEVELS} in that order, got {self.levels}")
        if len(self.levels) == 1 and self.exchange_rounds:
            raise ValueError("one level has no other to exchange with: set exchange_rounds = 0")
        if self.convlstm and self.peephole == "map" and self.grid is None:
            raise ValueError('peephole "map" needs a fixed grid: set grid, or peephole = "channel"')
        if not self.entity_perception and self.visual_width != self.multimodal_width:
            raise ValueError("without entity_perception, visual_width must equal multimodal_width")

    @classmethod
    def official(cls, **changes: Any) -> Self:
        """What the authors' released code computes, with some fields changed."""
        return cls(**changes)

    @classmethod
    def paper(cls, **changes: Any) -> Self:
        """The equations as the paper prints them, with some fields changed."""
        return cls(**{**_PAPER, **changes})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build it from JSON, where tuples have become lists."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**fields)


_PAPER: dict[str, Any] = {
    "level_width": 1000,
    "convlstm_width": 500,
    "word_type_width": 1000,
    "exchange_rounds": 3,
    "coordinates": "lateral",
    "l2_normalisation": False,
    "word_type_activation": "sigmoid",
    "fusion_tanh": False,
    "projection_bias": False,
    "vertex_projection": True,
    "relation_gate": "words",
    "affinity_scale": False,
    "graph_convolution": "plain",
    "output_sentence": "necessary",
    "output_relu": False,
    "exchange_pooling": "dot",
    "exchange_gate": "shared",
    "peephole": "channel",
    "convlstm_norm": False,
    "auxiliary_scores": False,
    "upsampling": "half_pixel",
}


_LEAST = {
    "visual_width": 1,
    "multimodal_width": 1,
    "level_width": 1,
    "convlstm_width": 1,
    "fusion_heads": 1,
    "word_type_width": 1,
    "graph_layers": 0,
    "exchange_rounds": 0,
}


def _choices(config: type[CmpcConfig]) -> dict[str, tuple[Any, ...]]:
    """The allowed values of each field that is on or off, or one of several words."""
    hints = get_type_hints(config)
    switches = {name: (False, True) for name, hint in hints.items() if hint is bool}
    return switches | {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}
