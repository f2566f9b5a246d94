"""MobileNetV2 as the detector SSD trained it on COCO, with SSD's coarse map of object classes on request."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, cast

import torch
from torch import Tensor, nn

from .base import Levels
from .inverted_residual import BlockGroup, InvertedResidual, MobileBackbone
from .provenance import Provenance
from .tensorflow_layout import batch_norm_names, from_tensorflow
from .weights_file import load_exactly, read_npz

N_CLASSES = 90
"""COCO's label ids 1..90; ten of them were never used and stay near zero."""

_GROUPS = (
    BlockGroup(1, 3, 1, 1, 16),
    BlockGroup(2, 3, 2, 6, 24),
    BlockGroup(3, 3, 2, 6, 32),
    BlockGroup(4, 3, 2, 6, 64),
    BlockGroup(3, 3, 1, 6, 96),
    BlockGroup(3, 3, 2, 6, 160),
    BlockGroup(1, 3, 1, 6, 320),
)
_N_BLOCKS = sum(group.repeats for group in _GROUPS)
_ANCHORS = 3
_EXPANDED = 576
_CLASS_NAMES = {
    "class_predictor.conv.weight": "BoxPredictor_0/ClassPredictor/weights",
    "class_predictor.conv.bias": "BoxPredictor_0/ClassPredictor/biases",
}


class ClassPredictor(nn.Module):
    """SSD's first class predictor: how much each cell looks like each class of COCO."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(_EXPANDED, _ANCHORS * (N_CLASSES + 1), 3, padding=1)

    def forward(self, expanded: Tensor) -> Tensor:
        """(B, 576, H, W) → (B, 90, H, W) probabilities; channel i is COCO's label id i + 1.

        A class counts as much as its most certain anchor; the background, class 0, is left out.
        """
        logits: Tensor = self.conv(expanded)
        by_anchor = logits.reshape(-1, _ANCHORS, N_CLASSES + 1, *logits.shape[-2:])  # (B, 3, 91, H, W)
        return by_anchor.amax(dim=1)[:, 1:].sigmoid()


class MobileNetV2SSD(MobileBackbone):
    """MobileNetV2 from SSD: levels of stride 8, 16 and 32 from blocks 5, 12 and 16.

    Args:
        class_scores: whether c4 also carries the 90 class probabilities, after its own 96 channels.
    """

    name = "mobilenet-v2-ssd"

    def __init__(self, *, class_scores: bool = False) -> None:
        super().__init__(_GROUPS)
        self.channels = (32, 96 + N_CLASSES if class_scores else 96, 320)
        self.class_predictor = ClassPredictor() if class_scores else None

    @classmethod
    def from_file(cls, path: str | Path, classes: str | Path | None = None) -> Self:
        """Makes the network with published weights.

        Args:
            path: `ssd_mobilenet_v2_coco_backbone.npz`.
            classes: `ssd_mobilenet_v2_coco_classes.npz`; with it, c4 carries the class probabilities.

        Raises:
            WeightsNotFound: when a file is not there.
            CheckpointError: when it holds other weights.
        """
        backbone = cls(class_scores=classes is not None)
        tensors = _renamed(read_npz(path), tensorflow_names())
        if classes is not None:
            tensors |= _renamed(read_npz(classes), _CLASS_NAMES)
        load_exactly(backbone, tensors, path if classes is None else f"{path} with {classes}")
        backbone.provenance = Provenance(("COCO (detection)",), "yes")
        return backbone

    def config(self) -> dict[str, Any]:
        """See `Backbone.config`."""
        return {"name": self.name, "class_scores": self.class_predictor is not None}

    def forward(self, images: Tensor) -> Levels:
        """See `Backbone.forward`; strides 8, 16 and 32."""
        c3 = self._blocks[:6](self._stem(images * (2 / 255) - 1))
        c4 = self._blocks[6:13](c3)
        block = cast("InvertedResidual", self._blocks[13])
        expanded = block.expand(c4)
        c5 = self._blocks[14:](block.reduce(expanded, c4))
        if self.class_predictor is not None:
            c4 = torch.cat((c4, self.class_predictor(expanded)), dim=1)
        return Levels(c3, c4, c5)

    def stages(self) -> Sequence[nn.Module]:
        """See `Backbone.stages`; the class predictor is in none of them."""
        return self._blocks[:6], self._blocks[6:13], self._blocks[13:]


def tensorflow_names() -> dict[str, str]:
    """Returns torch key → name in the published .npz file, for everything but the class predictor."""
    names = _conv_names("_conv_stem", "_bn0", "Conv", "weights")
    for index in range(_N_BLOCKS):
        ours = f"_blocks.{index}."
        theirs = f"expanded_conv_{index}" if index else "expanded_conv"
        if index:
            names |= _conv_names(f"{ours}_expand_conv", f"{ours}_bn0", f"{theirs}/expand", "weights")
        names |= _conv_names(
            f"{ours}_depthwise_conv", f"{ours}_bn1", f"{theirs}/depthwise", "depthwise_weights"
        )
        names |= _conv_names(f"{ours}_project_conv", f"{ours}_bn2", f"{theirs}/project", "weights")
    return names


def _conv_names(conv: str, norm: str, layer: str, kernel: str) -> dict[str, str]:
    layer = f"MobilenetV2/{layer}"
    return {f"{conv}.weight": f"{layer}/{kernel}"} | batch_norm_names(norm, f"{layer}/BatchNorm")


def _renamed(arrays: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    return {key: from_tensorflow(name, arrays[name]) for key, name in names.items() if name in arrays}
