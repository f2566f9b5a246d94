"""ResNet-50 and -101 with torchvision's own weights: the freely available stand-in for the authors' backbone.

differs: from DeepLab's ResNet in padding, in where the strides sit and in the picture's normalisation, all of
which stay torchvision's, because its weights were trained so.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pickle import UnpicklingError
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn

from refseg.models.errors import WeightsNotFound

from .base import Backbone, Levels
from .frozen_batch_norm import FrozenBatchNorm2d
from .provenance import IMAGENET, Provenance
from .weights_file import load_exactly

Weights = Literal["imagenet", "coco-voc"]

_MEAN_RGB = (0.485, 0.456, 0.406)
_STD_RGB = (0.229, 0.224, 0.225)
_PROVENANCE = {
    "imagenet": IMAGENET,
    "coco-voc": IMAGENET | Provenance(("COCO train2017 (masks of the 20 VOC classes)",), "yes"),
}


class TorchvisionResNet(Backbone):
    """A ResNet that keeps stride 8 to the end by dilation; the architecture is imported from torchvision."""

    channels = (512, 1024, 2048)
    _mean: Tensor
    _std: Tensor

    def __init__(self) -> None:
        from torchvision import models  # type: ignore[import-untyped]

        super().__init__()
        resnet = getattr(models, self.name)(
            weights=None,
            replace_stride_with_dilation=[False, True, True],
            norm_layer=partial(FrozenBatchNorm2d, eps=1e-5),
        )
        self.conv1, self.bn1, self.relu, self.maxpool = resnet.conv1, resnet.bn1, resnet.relu, resnet.maxpool
        self.layer1, self.layer2 = resnet.layer1, resnet.layer2
        self.layer3, self.layer4 = resnet.layer3, resnet.layer4
        self.register_buffer("_mean", 255 * torch.tensor(_MEAN_RGB).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("_std", 255 * torch.tensor(_STD_RGB).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def pretrained(cls, weights: Weights) -> Self:
        """Makes the network with published weights, which torchvision fetches unless it already has them.

        Args:
            weights: "imagenet" (classification), or "coco-voc": the backbone of torchvision's DeepLabv3,
                trained on the COCO pictures that show one of Pascal VOC's 20 classes.

        Raises:
            WeightsNotFound: when they cannot be fetched.
        """
        backbone = cls()
        published = _fetch(backbone.name, weights)
        load_exactly(backbone, backbone_tensors(published), f"torchvision's {weights} weights")
        backbone.provenance = _PROVENANCE[weights]
        return backbone

    def forward(self, images: Tensor) -> Levels:
        """See `Backbone.forward`; every level has stride 8."""
        stem = self.relu(self.bn1(self.conv1((images - self._mean) / self._std)))
        c3 = self.layer2(self.layer1(self.maxpool(stem)))
        c4 = self.layer3(c3)
        return Levels(c3, c4, self.layer4(c4))

    def stages(self) -> Sequence[nn.Module]:
        """See `Backbone.stages`."""
        return self.layer2, self.layer3, self.layer4


class ResNet50(TorchvisionResNet):
    """ResNet-50, dilated; see `TorchvisionResNet`."""

    name = "resnet50"


class ResNet101(TorchvisionResNet):
    """ResNet-101, dilated; see `TorchvisionResNet`."""

    name = "resnet101"


def backbone_tensors(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Picks a ResNet's own tensors out of the weights of a torchvision classifier or segmenter."""
    prefix = "backbone." if any(name.startswith("backbone.") for name in published) else ""
    named = {name.removeprefix(prefix): t for name, t in published.items() if name.startswith(prefix)}
    return {
        name: t
        for name, t in named.items()
        if not name.startswith("fc.") and not name.endswith(".num_batches_tracked")
    }


def _fetch(name: str, weights: Weights) -> Mapping[str, Tensor]:
    from torchvision import models

    choices: dict[str, Any] = {
        "imagenet": models.get_model_weights(name),
        "coco-voc": models.get_model_weights(f"deeplabv3_{name}"),
    }
    if weights not in choices:
        known = " or ".join(f"{name}:{choice}" for choice in choices)
        raise WeightsNotFound(
            f"{name} has no weights {weights!r}: refseg train --backbone {known}, or a checkpoint's path"
        )
    version = "IMAGENET1K_V1" if weights == "imagenet" else "COCO_WITH_VOC_LABELS_V1"
    try:
        found: Mapping[str, Tensor] = choices[weights][version].get_state_dict(
            progress=False, check_hash=True, weights_only=True
        )
    # no network; a file that is not what its name's hash says; one that was cut short
    except (OSError, RuntimeError, EOFError, UnpicklingError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        asset = name if weights == "imagenet" else f"deeplab-{name}"
        raise WeightsNotFound(
            f"the {weights} weights of {name} could not be fetched ({reason}): refseg download {asset}"
        ) from error
    return found
