"""Builds the network of a run with the weights that it starts from."""

import random
from pathlib import Path

import numpy as np
import torch

from refseg.models.cmpc.image import CmpcImage
from refseg.models.segmenter import Segmenter
from refseg_cli.data.mixture import Mixture

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
        ConfigError: if the configuration does not say what it starts from.
        WeightsNotFound, CheckpointError, VectorsUnreadable: if a file is missing or is not what it should be.
    """
    seed_everything(config.training.seed)
    backbone = load_backbone(config.backbone, root)
    tune_backbone(backbone, config)
    text_encoder = load_text_encoder(config.text, training_sentences(mixture), root)
    head = CmpcImage(backbone.channels, text_encoder.width, config.head)
    return Segmenter(backbone, text_encoder, head, config.preprocess)


def seed_everything(seed: int) -> None:
    """Start all random generators from one seed: of torch, and of what libraries may draw from."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
