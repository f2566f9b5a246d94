"""Networks that turn an image into feature maps at three levels, behind one interface."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Backbone, Levels
    from .provenance import Provenance
    from .registry import backbone_names, build_backbone

_HOMES = {
    "Backbone": "base",
    "Levels": "base",
    "Provenance": "provenance",
    "backbone_names": "registry",
    "build_backbone": "registry",
}
__all__ = ["Backbone", "Levels", "Provenance", "backbone_names", "build_backbone"]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
