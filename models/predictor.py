"""From an image and a sentence to a mask: what predict and eval both call, so that they cannot differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from refseg.encoders.base import TextFeatures

from .checkpoint import Checkpoint, load_checkpoint
from .cmpc.image import ImageFeatures, Segmentation
from .cmpc.video import CmpcVideo
from .cmpc.words import WORD_TYPES
from .images import read_image
from .preprocess import Preprocess
from .running import Running, find_device
from .segmenter import Segmenter
from .word_type_modes import ForcedTypes, WordTypes, given_word_types, with_forced_types

__all__ = ["Mask", "Prediction", "Predictor", "find_device"]

# Above this many pixels a map of probabilities is not kept, and the mask is made strip by strip.
_LARGE = 16_000_000
_STRIP = 4_000_000
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Prediction:
    """What one expression means in one image of H×W pixels.

    Args:
        expression: as given.
        mask: (H, W) bool, True on the referent.
        probability: (H, W) float16 foreground probability; None for images above 16 million pixels.
        score: mean foreground probability inside the mask; 0 where the mask is empty.
        words: the words as kept.
        word_types: (T, K) the types used for them.
        n_dropped: how many words were lost to the limit.
        canvas: (S, S) float32 logits on the network's canvas, of which the mask is made.
        type_names: of the K word types.
    """

    expression: str
    mask: Mask
    probability: NDArray[np.float16] | None
    score: float
    words: tuple[str, ...]
    word_types: NDArray[np.float32]
    n_dropped: int
    canvas: NDArray[np.float32]
    type_names: tuple[str, ...] = WORD_TYPES

    @property
    def area(self) -> int:
        """Foreground pixels."""
        return int(np.count_nonzero(self.mask))

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """x, y, width and height of the mask in pixels; None where it is empty."""
        columns, rows = np.flatnonzero(self.mask.any(axis=0)), np.flatnonzero(self.mask.any(axis=1))
        if not len(columns):
            return None
        left, top = int(columns[0]), int(rows[0])
        return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1


class Predictor:
    """Holds a network and one image at a time.

    Args:
        checkpoint: the network, and where it comes from.
        device: "auto" takes a GPU where there is one.
        precision: "float32", or "bfloat16" for mixed precision.
    """

    def __init__(self, checkpoint: Checkpoint, device: str = "auto", precision: str = "float32") -> None:
        if precision not in ("float32", "bfloat16"):
            raise ValueError(f'precision must be "float32" or "bfloat16", got {precision!r}')
        self.checkpoint = checkpoint
        self.segmenter: Segmenter = checkpoint.segmenter.to(find_device(device)).eval()
        self.precision = precision
        self._image: ImageFeatures | None = None
        self._size = (0, 0)

    @classmethod
    def load(cls, checkpoint: str | Path, device: str = "auto", precision: str = "float32") -> Self:
        """Load a checkpoint by its bundled name ("small") or its path.

        Raises:
            CheckpointError: if it is missing or not one of refseg's.
        """
        return cls(load_checkpoint(checkpoint), device, precision)

    @property
    def preprocess(self) -> Preprocess:
        """How an image becomes the network's canvas, and back."""
        return self.segmenter.preprocess

    def set_image(self, image: Image.Image | NDArray[np.uint8] | str | Path) -> None:
        """Do for an image all that no expression changes.

        Args:
            image: a PIL image, RGB (H, W, 3) uint8, or a path.

        Raises:
            ImageError: if a path is not a readable image.
        """
        pixels = read_image(Path(image)) if isinstance(image, str | Path) else image
        array = np.asarray(pixels.convert("RGB")) if isinstance(pixels, Image.Image) else pixels
        canvas = self.segmenter.preprocess.image(_checked(array))
        if isinstance(self.segmenter.head, CmpcVideo):  # a photo is a clip in which nothing moves
            canvas = torch.stack([canvas] * len(self.offsets))
        with self.running():
            self._image = self.segmenter.encode_image(canvas[None])
        self._size = (array.shape[0], array.shape[1])

    @property
    def offsets(self) -> tuple[int, ...]:
        """Which frames around the one that is asked about it sees; that one alone of a network for images."""
        return self.segmenter.frame_offsets

    def segment(
        self, expression: str, *, threshold: float = 0.5, word_types: WordTypes = "learned"
    ) -> Prediction:
        """Segment what an expression names in the image that was set: see `segment_many`."""
        return self.segment_many([expression], threshold=threshold, word_types=word_types)[0]

    def segment_many(
        self,
        expressions: Sequence[str],
        *,
        threshold: float = 0.5,
        word_types: WordTypes = "learned",
        seed: int = 0,
        forced: ForcedTypes | None = None,
    ) -> list[Prediction]:
        """Segment what each of B expressions names in the image that was set.

        Args:
            expressions: one word or more each.
            threshold: foreground is where the probability is above it, between 0 and 1.
            word_types: "learned"; "uniform"; or "random", drawn from `seed` and the expression alone.
            seed: of random word types.
            forced: words that are of one type for certain, over these.

        Raises:
            ExpressionEmpty: if an expression holds no word.
            ValueError: if no image was set or the threshold is out of range.
        """
        if not 0 < threshold < 1:
            raise ValueError(f"threshold must lie between 0 and 1, got {threshold}")
        text, segmentation = self.decode(expressions, word_types=word_types, seed=seed, forced=forced)
        return self.predictions(expressions, text, segmentation, self._size, threshold)

    def predictions(
        self,
        expressions: Sequence[str],
        text: TextFeatures,
        segmentation: Segmentation,
        shape: tuple[int, int],
        threshold: float = 0.5,
    ) -> list[Prediction]:
        """Bring what the network says of B expressions to an image of H×W pixels, its `shape`."""
        with self.running():
            size = self.segmenter.preprocess.size
            canvases = segmentation.logits((size, size)).float()
            used = segmentation.word_types.float().cpu().numpy()
            found = [self._finish(canvas[None], shape, threshold) for canvas in canvases]
        return [
            Prediction(
                expression=expression,
                mask=mask,
                probability=probability,
                score=score,
                words=text.tokens[i],
                word_types=used[i, : len(text.tokens[i])],
                n_dropped=text.n_dropped[i],
                canvas=canvases[i].cpu().numpy(),
                type_names=self.segmenter.head.word_type_names,
            )
            for i, (expression, (mask, probability, score)) in enumerate(zip(expressions, found, strict=True))
        ]

    def decode(
        self,
        expressions: Sequence[str],
        *,
        word_types: WordTypes = "learned",
        seed: int = 0,
        forced: ForcedTypes | None = None,
    ) -> tuple[TextFeatures, Segmentation]:
        """Give what the network itself says of B expressions in the image that was set, on its own grid.

        What is given for the types of words: see `segment_many`.

        Raises:
            ExpressionEmpty: if an expression holds no word.
            ValueError: if no image was set.
        """
        if self._image is None:
            raise ValueError("no image: call set_image first")
        text, types = self.understand(expressions, word_types=word_types, seed=seed, forced=forced)
        with self.running():
            return text, self.segmenter.decode(self._image, text, types)

    def understand(
        self,
        expressions: Sequence[str],
        *,
        word_types: WordTypes = "learned",
        seed: int = 0,
        forced: ForcedTypes | None = None,
    ) -> tuple[TextFeatures, Tensor | None]:
        """Encode B expressions, and give their words' types (B, T, K) where these are not the learned ones.

        What is given for the types of words: see `segment_many`.

        Raises:
            ExpressionEmpty: if an expression holds no word.
        """
        head = self.segmenter.head
        with self.running():
            text = self.segmenter.encode_text(expressions)
            types = given_word_types(word_types, expressions, text, seed, head.word_type_names)
            if forced is not None:
                free = head.type_words(text, types).word_types
                types = with_forced_types(free, forced, expressions, text, head.word_type_names)
            return text, types

    def logits(self, expression: str) -> NDArray[np.float32]:
        """The score of each pixel of the image, (H, W); above 0 is foreground at threshold 0.5."""
        _, segmentation = self.decode([expression])
        with self.running():
            size = self.segmenter.preprocess.size
            maps = self.segmenter.preprocess.restore(segmentation.logits((size, size)).float(), *self._size)
        return maps[0].cpu().numpy()

    def _finish(
        self, canvas: Tensor, shape: tuple[int, int], threshold: float
    ) -> tuple[Mask, NDArray[np.float16] | None, float]:
        """Bring the logits of a canvas (1, S, S) to the image's own size, then threshold once."""
        height, width = shape
        cut = float(np.log(threshold / (1 - threshold)))
        masks, probabilities, inside, area = [], [], 0.0, 0
        for rows in _strips(height, width):
            logits = self.segmenter.preprocess.restore(canvas, height, width, rows)[0]
            mask, probability = logits > cut, logits.sigmoid()
            inside += float(probability[mask].double().sum())
            area += int(mask.sum())
            masks.append(mask.cpu().numpy())
            if height * width <= _LARGE:
                probabilities.append(probability.half().cpu().numpy())
        whole = np.concatenate(probabilities) if probabilities else None
        return np.concatenate(masks), whole, inside / area if area else 0.0

    def running(self) -> Running:
        """Inference mode, in the precision asked for: `with predictor.running(): …`."""
        return Running(self.segmenter.device, self.precision)


def _checked(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Refuse what is no image."""
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8:
        raise ValueError(f"an image is RGB (H, W, 3) uint8, got {array.shape} {array.dtype}")
    return array


def _strips(height: int, width: int) -> Iterator[slice]:
    """All rows at once, or, of a very large image, some at a time."""
    step = height if height * width <= _LARGE else max(1, _STRIP // width)
    for start in range(0, height, step):
        yield slice(start, min(height, start + step))
