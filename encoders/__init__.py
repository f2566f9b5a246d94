"""Text encoders: an expression becomes one vector per word. Knows nothing of images."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import TextEncoder, TextFeatures, kept_words
    from .contract import Check, check_encoder
    from .errors import RefsegError
    from .registry import build_encoder, encoder_names
    from .tokens import split_words
    from .vocabulary import Vocabulary

_HOMES = {
    "Check": "contract",
    "TextEncoder": "base",
    "TextFeatures": "base",
    "check_encoder": "contract",
    "kept_words": "base",
    "split_words": "tokens",
    "RefsegError": "errors",
    "build_encoder": "registry",
    "encoder_names": "registry",
    "Vocabulary": "vocabulary",
}
__all__ = [
    "Check",
    "RefsegError",
    "TextEncoder",
    "TextFeatures",
    "Vocabulary",
    "build_encoder",
    "check_encoder",
    "encoder_names",
    "kept_words",
    "split_words",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
