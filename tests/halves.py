"""A stand-in for a network that answers with the left or the right half of the picture."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray
from refer_folders import HEIGHT, WIDTH

from refseg.models.cmpc.words import WORD_TYPES
from refseg.models.predictor import Prediction
from refseg.models.preprocess import Preprocess
from refseg.models.word_type_modes import ForcedTypes, WordTypes

_LOGIT = 4.0


class HalfPredictor:
    """Writes down what it was asked."""

    segmenter = SimpleNamespace(head=SimpleNamespace(word_type_names=WORD_TYPES))

    def __init__(self) -> None:
        self.images: list[bytes] = []
        self.asked: list[tuple[str, float, str, int]] = []
        self.together: list[int] = []
        self.forced: ForcedTypes | None = None
        self.preprocess = Preprocess(WIDTH)

    def set_image(self, image: NDArray[np.uint8]) -> None:
        assert image.shape == (HEIGHT, WIDTH, 3)
        self.images.append(image.tobytes())

    def segment_many(
        self,
        expressions: Sequence[str],
        *,
        threshold: float,
        word_types: WordTypes,
        seed: int,
        forced: ForcedTypes | None,
    ) -> list[Prediction]:
        self.forced = forced
        self.asked.extend((expression, threshold, word_types, seed) for expression in expressions)
        self.together.append(len(expressions))
        return [self._half(expression) for expression in expressions]

    def _half(self, expression: str) -> Prediction:
        side = int("right" in expression)
        canvas = np.full((WIDTH, WIDTH), -_LOGIT, dtype=np.float32)
        canvas[:, side * WIDTH // 2 : (side + 1) * WIDTH // 2] = _LOGIT
        top, _, height, _ = self.preprocess.frame(HEIGHT, WIDTH)
        types = np.array([[0.1, 0.7, 0.1, 0.1], [0.7, 0.1, 0.1, 0.1]], dtype=np.float32)
        mask = canvas[top : top + height] > 0
        return Prediction(expression, mask, None, 0.75, tuple(expression.split()), types, 3, canvas)
