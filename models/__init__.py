"""The networks that find in an image what an expression names."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from .cmpc import CmpcConfig, CmpcImage, CmpcVideo, CmpcVideoConfig
    from .predictor import Prediction, Predictor
    from .preprocess import Preprocess
    from .segmenter import Segmenter

_HOMES = {
    "Checkpoint": "checkpoint",
    "load_checkpoint": "checkpoint",
    "save_checkpoint": "checkpoint",
    "CmpcConfig": "cmpc",
    "CmpcImage": "cmpc",
    "CmpcVideo": "cmpc",
    "CmpcVideoConfig": "cmpc",
    "Prediction": "predictor",
    "Predictor": "predictor",
    "Preprocess": "preprocess",
    "Segmenter": "segmenter",
}
__all__ = [
    "Checkpoint",
    "CmpcConfig",
    "CmpcImage",
    "CmpcVideo",
    "CmpcVideoConfig",
    "Prediction",
    "Predictor",
    "Preprocess",
    "Segmenter",
    "load_checkpoint",
    "save_checkpoint",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
