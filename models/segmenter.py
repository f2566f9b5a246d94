"""The network: an image becomes features once, then each expression becomes a mask."""

from collections.abc import Sequence
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from refseg.encoders.base import TextEncoder, TextFeatures

from .backbones.base import Backbone
from .cmpc.image import CmpcImage, ImageFeatures, Segmentation
from .preprocess import Preprocess


class Segmenter(nn.Module):
    """A backbone, a text encoder and a head, in two stages: the image once, the expressions many.

    Args:
        backbone: image → levels c3, c4, c5.
        text_encoder: expressions → words.
        head: both → the score of each region.
        preprocess: how an image becomes the canvas that the backbone sees.
    """

    def __init__(
        self,
        backbone: Backbone,
        text_encoder: TextEncoder,
        head: CmpcImage,
        preprocess: Preprocess | None = None,
    ) -> None:
        super().__init__()
        self.backbone, self.text_encoder, self.head = backbone, text_encoder, head
        self.preprocess = preprocess or Preprocess()

    @property
    def device(self) -> torch.device:
        """Where its parameters are."""
        return next(self.head.parameters()).device

    def extract_levels(self, canvases: Tensor) -> list[Tensor]:
        """Run the backbone on canvases (I, 3, S, S), RGB 0…255: levels on the grid, each (I, C, H, W)."""
        frozen = not any(parameter.requires_grad for parameter in self.backbone.parameters())
        with torch.no_grad() if frozen else nullcontext():
            return self.head.on_grid(self.backbone(canvases.to(self.device, torch.float32)))

    def encode_image(self, canvases: Tensor) -> ImageFeatures:
        """Do for I canvases (I, 3, S, S) all that no expression changes."""
        return self.head.encode_image(self.extract_levels(canvases))

    def encode_text(self, expressions: Sequence[str]) -> TextFeatures:
        """Encode B expressions."""
        return self.text_encoder.encode(expressions)

    def decode(
        self, image: ImageFeatures, text: TextFeatures, word_types: Tensor | None = None
    ) -> Segmentation:
        """Segment B expressions on I images, B/I for each image, image by image; see `CmpcImage.decode`."""
        return self.head.decode(image, text, word_types)

    def forward(self, canvases: Tensor, expressions: Sequence[str]) -> Segmentation:
        """Segment B expressions on I canvases, B/I for each."""
        return self.decode(self.encode_image(canvases), self.encode_text(expressions))
