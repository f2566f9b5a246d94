"""A checkpoint too small to be of use, with random weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from refseg.encoders.lstm import LstmGlove, LstmGloveConfig
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.registry import build_backbone
from refseg.models.checkpoint import Checkpoint, save_checkpoint
from refseg.models.cmpc import CmpcConfig, CmpcVideoConfig, build_head
from refseg.models.predictor import Predictor
from refseg.models.preprocess import Preprocess
from refseg.models.segmenter import Segmenter

_SMALL = {
    "visual_width": 16,
    "multimodal_width": 16,
    "level_width": 8,
    "word_type_width": 8,
    "fusion_heads": 2,
    "grid": (8, 8),
    "l2_rescale": True,
}


def write_tiny_checkpoint(path: Path, **provenance: Any) -> Path:
    """Write one that came about as `provenance` says; the same on every call."""
    return _write(path, CmpcConfig.official(**_SMALL), provenance)


def write_tiny_video_checkpoint(path: Path, **changes: Any) -> Path:
    """Write one for videos, with some fields of its head's configuration changed; the same on every call."""
    return _write(path, CmpcVideoConfig.official(**{**_SMALL, **changes}), {"data": []})


def _write(path: Path, config: CmpcConfig, provenance: Mapping[str, Any]) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        backbone = build_backbone({"name": "efficientnet-lite0"})
        head = build_head(backbone.channels, 16, config)
        encoder = LstmGlove(Vocabulary.of(["left", "right", "dog"]), LstmGloveConfig(8, 16))
        segmenter = Segmenter(backbone, encoder, head, Preprocess(64))
    predictor = Predictor(Checkpoint(segmenter))
    predictor.set_image(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    # So that masks are neither empty nor full.
    head.score.bias.data -= float(np.median(predictor.logits("dog")))
    save_checkpoint(path, segmenter, provenance)
    return path
