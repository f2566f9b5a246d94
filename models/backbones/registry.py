"""The backbones by name; choosing one imports that one alone."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from refseg.models.errors import BackboneNotFound

if TYPE_CHECKING:
    from .base import Backbone

# name → "module:class", imported when chosen
_BACKBONES = {
    "deeplab-resnet101": "deeplab_resnet:DeepLabResNet101",
    "resnet50": "torchvision_resnet:ResNet50",
    "resnet101": "torchvision_resnet:ResNet101",
    "efficientnet-lite0": "efficientnet_lite:EfficientNetLite0",
    "mobilenet-v2-ssd": "mobilenet:MobileNetV2SSD",
    "i3d": "i3d:I3D",
    "pair": "pair:PairBackbone",
}


def backbone_names() -> list[str]:
    """Returns the names that `build_backbone` knows."""
    return list(_BACKBONES)


def build_backbone(config: Mapping[str, Any]) -> "Backbone":
    """Makes the backbone that a configuration names, with random weights.

    Args:
        config: what `Backbone.config()` returned: `name`, and the options of that backbone.

    Raises:
        BackboneNotFound: when no backbone has this name.
        ValueError: when the backbone has no such option.
    """
    name = str(config.get("name", ""))
    backbone = find_backbone(name)
    try:
        return backbone.from_config({key: value for key, value in config.items() if key != "name"})
    except TypeError as error:
        raise ValueError(f"backbone {name!r} cannot be built from {dict(config)!r}: {error}") from error


def find_backbone(name: str) -> type["Backbone"]:
    """Imports the class of the backbone of this name, and no other.

    Raises:
        BackboneNotFound: when no backbone has this name.
    """
    if name not in _BACKBONES:
        near = get_close_matches(name, _BACKBONES, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise BackboneNotFound(
            f"no backbone is called {name!r}; {hint}choose one of: {', '.join(_BACKBONES)}"
        )
    module, _, attribute = _BACKBONES[name].partition(":")
    found: type[Backbone] = getattr(import_module(f".{module}", __package__), attribute)
    return found
