"""The network: an image becomes features once, then each expression becomes a mask."""

from collections.abc import Sequence
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from refseg.encoders.base import TextEncoder, TextFeatures

from .backbones.base import Backbone
from .cmpc.clip_window import frame_offsets
from .cmpc.image import CmpcImage, ImageFeatures, Segmentation
from .cmpc.video import CmpcVideo
from .preprocess import Preprocess


class Segmenter(nn.Module):
    """A backbone, a text encoder and a head, in two stages: the image once, the expressions many.

    With a `CmpcVideo` for a head, clips stand where images do.

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

    @property
    def frame_offsets(self) -> tuple[int, ...]:
        """Which frames of a video it looks at, counted from the one to segment; for images that one alone."""
        alone = not isinstance(self.head, CmpcVideo) or not self.head.config.action_reasoning
        return (0,) if alone and self.backbone.clip_frames == 1 else frame_offsets(self.backbone.clip_frames)

    def extract_levels(self, canvases: Tensor) -> list[Tensor]:
        """Run the backbone on canvases (I, 3, S, S), RGB 0…255: levels on the grid, each (I, C, H, W).

        Of V clips of F frames, canvases are (V, F, 3, S, S) and levels (V, K, C, H, W): with a backbone for
        pictures, which sees a frame at a time, K = F; with one for clips each level has its own K.
        """
        frozen = not any(parameter.requires_grad for parameter in self.backbone.parameters())
        with torch.no_grad() if frozen else nullcontext():
            return self.head.on_grid(self._levels(canvases.to(self.device, torch.float32)))

    def _levels(self, canvases: Tensor) -> Sequence[Tensor]:
        if canvases.dim() == 4:
            return self.backbone(canvases)  # type: ignore[no-any-return]
        if self.backbone.clip_frames > 1:  # (V, F, 3, S, S) → (V, 3, F, S, S), and back
            return [level.transpose(1, 2) for level in self.backbone(canvases.transpose(1, 2))]
        levels = self.backbone(canvases.flatten(0, 1))
        return [level.unflatten(0, canvases.shape[:2]) for level in levels]

    def encode_image(self, canvases: Tensor) -> ImageFeatures:
        """Do for I canvases (I, 3, S, S), or V clips (V, F, 3, S, S), all that no expression changes."""
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
