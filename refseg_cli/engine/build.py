"""Builds the network of a run with the weights that it starts from."""

import random
from pathlib import Path

import numpy as np
import torch

from refseg.models.backbones.base import Backbone
from refseg.models.cmpc.video import build_head
from refseg.models.cmpc.video_config import CmpcVideoConfig
from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Mixture
from refseg_cli.errors import ConfigError

from .backbones import load_backbone, tune_backbone
from .run_config import RunConfig
from .text_encoders import load_text_encoder, training_sentences


def build_for_training(config: RunConfig, mixture: Mixture, root: Path) -> Segmenter:
    """Build the network of a run.

    Args:
        config: of the run.
        mixture: what it trains on; its sentences' words are those that the network knows.
        root: data root; the files that the configuration names lie under it.

    Raises:
        ConfigError: if the configuration does not say what it starts from, or its parts do not go together.
        WeightsNotFound, CheckpointError, VectorsUnreadable: if a file is missing or is not what it should be.
    """
    seed_everything(config.training.seed)
    backbone = load_backbone(config.backbone, root)
    tune_backbone(backbone, config)
    _check_clips(config, backbone, mixture)
    text_encoder = load_text_encoder(config.text, training_sentences(mixture), root)
    head = build_head(backbone.channels, text_encoder.width, config.head)
    return Segmenter(backbone, text_encoder, head, config.preprocess)


def _check_clips(config: RunConfig, backbone: Backbone, mixture: Mixture) -> None:
    """Make sure that data, head and backbone are all for photos, or all for clips.

    Raises:
        ConfigError: if one of them is not.
    """
    are_clips = mixture.samples[0].clip is not None
    is_video = isinstance(config.head, CmpcVideoConfig)
    if are_clips and not is_video:
        raise ConfigError(
            "the data are clips, and the head is one for photos: take a preset for videos, such as "
            "--preset small-video, or --set head.action_reasoning=true"
        )
    if is_video and not are_clips:
        raise ConfigError(
            "the data are photos, and the head is one for videos: take a preset for photos, such as "
            "--preset small"
        )
    if are_clips and config.data.views > 1:
        raise ConfigError("clips are seen whole, and no windows are put on them: --set data.views=1")
    if backbone.clip_frames > 1 and not is_video:
        raise ConfigError(
            f"backbone {backbone.name!r} looks at clips, and the head is one for photos: "
            "refseg train --backbone resnet101:imagenet"
        )


def seed_everything(seed: int) -> None:
    """Start all random generators from one seed: of torch, and of what libraries may draw from."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
