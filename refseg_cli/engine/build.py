"""Builds the network of a run with the weights that it starts from."""

import random
from pathlib import Path

import numpy as np
import torch

from refseg.encoders.glove import read_glove
from refseg.encoders.lstm import LstmGlove
from refseg.encoders.vocabulary import Vocabulary
from refseg.models.backbones.base import Backbone
from refseg.models.backbones.pair import PairBackbone
from refseg.models.backbones.registry import build_backbone, find_backbone
from refseg.models.cmpc.image import CmpcImage
from refseg.models.segmenter import Segmenter
from refseg_cli.errors import ConfigError

from .run_config import BackboneConfig, RunConfig, TextConfig


def build_for_training(config: RunConfig, root: Path) -> Segmenter:
    """Build the network of a run.

    Args:
        config: of the run.
        root: data root; the files that the configuration names lie under it.

    Raises:
        WeightsNotFound, CheckpointError, VectorsUnreadable: if a file is missing or is not what it should be.
    """
    seed_everything(config.training.seed)
    backbone = load_backbone(config.backbone, root)
    for weight in backbone.parameters():
        weight.requires_grad_(config.backbone.trained)
    text_encoder = load_text_encoder(config.text, root)
    head = CmpcImage(backbone.channels, text_encoder.width, config.head)
    return Segmenter(backbone, text_encoder, head, config.preprocess)


def seed_everything(seed: int) -> None:
    """Start all random generators from one seed: of torch, and of what libraries may draw from."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002


def load_backbone(config: BackboneConfig, root: Path) -> Backbone:
    """Build a backbone with its weights."""
    if config.name == "pair":
        if config.first is None or config.second is None:
            raise ConfigError('backbone "pair" needs backbone.first and backbone.second')
        return PairBackbone(load_backbone(config.first, root), load_backbone(config.second, root))
    if not config.weights:
        return build_backbone({"name": config.name})
    kind = find_backbone(config.name)
    if hasattr(kind, "pretrained"):
        return kind.pretrained(*config.weights)  # type: ignore[no-any-return]
    if not hasattr(kind, "from_file"):
        raise ConfigError(
            f"backbone {config.name!r} starts from an imported checkpoint: leave backbone.weights empty"
        )
    return kind.from_file(*(root / file for file in config.weights))  # type: ignore[no-any-return]


def load_text_encoder(config: TextConfig, root: Path) -> LstmGlove:
    """Build the text encoder with its word vectors."""
    vectors = read_glove(root / config.glove) if config.glove else {}
    if config.vocabulary:
        vocabulary = Vocabulary.read(root / config.vocabulary)
    elif vectors:
        vocabulary = Vocabulary.of(vectors)
    else:
        raise ConfigError(
            "the text encoder needs text.vocabulary or text.glove: name a file under the data root"
        )
    encoder = LstmGlove(vocabulary, config.encoder)
    if vectors:
        encoder.load_vectors(vectors)
    return encoder
