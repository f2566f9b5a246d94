"""The sizes and switches of the network for videos: those for images, and of its third stage besides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from .config import CmpcConfig


@dataclass(frozen=True)
class CmpcVideoConfig(CmpcConfig):
    """The configuration of a `CmpcVideo`. The defaults are the preset `official`; `paper()` is the other one.

    Args:
        concat_multimodal: as for images. The authors' code for videos has it off, the paper on.
        output_sentence: as for images. All necessary words, actions among them, in both presets.
        action_reasoning: off, the other frames do not matter (Table 6, AAR).
        temporal_adjacency: how frames are related: "direct", by their own features, or "adaptive", by the
            action words that both answer to (Table 7, DR and AR).
        context_query: what of the centre frame looks at the other frames: the "perceived" regions M or the
            "reasoned" ones M̄ (eq. 19; paper).
        context_value: what it takes from them: the "reasoned" vertices P̄ or the "perceived" ones P̃ (eq. 21;
            paper).
    """

    concat_multimodal: bool = False
    output_sentence: Literal["entity", "necessary"] = "necessary"

    action_reasoning: bool = True
    temporal_adjacency: Literal["direct", "adaptive"] = "direct"
    context_query: Literal["perceived", "reasoned"] = "perceived"
    context_value: Literal["perceived", "reasoned"] = "reasoned"

    @classmethod
    def paper(cls, **changes: Any) -> Self:
        """The equations as the paper prints them, with some fields changed."""
        return super().paper(**{**_PAPER, **changes})


_PAPER: dict[str, Any] = {
    "concat_multimodal": True,
    "context_query": "reasoned",
    "context_value": "perceived",
}


def head_config(values: Mapping[str, Any]) -> CmpcConfig:
    """Build from JSON the configuration of the head for images or for videos that it is of."""
    config = CmpcVideoConfig if "action_reasoning" in values else CmpcConfig
    return config.from_dict(values)
