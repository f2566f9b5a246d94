"""One referring expression: a photo, a sentence, and where the mask of what it names is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .masks import decode_mask


@dataclass(frozen=True)
class Sample:
    """A photo, one sentence and the annotation that the sentence names.

    Attributes:
        sample_id: `<dataset>/<sent_id>`.
        image_id: number of the photo in its dataset.
        image_path: the photo.
        expression: the sentence.
        annotation: the COCO annotation; `mask` decodes it.
        height: of the photo, in pixels.
        width: of the photo, in pixels.
        category_id: COCO category, or -1 where the dataset does not say.
        ann_id: number of the annotation.
        ref_id: number of the reference; its sentences all name the same thing.
        kind: "human" for a person's sentence; for a generated one what sets the thing apart:
            "category", "position", "size", "ordinal", "colour" or "relation".
    """

    sample_id: str
    image_id: int
    image_path: Path
    expression: str
    annotation: Mapping[str, Any] = field(repr=False, hash=False)
    height: int
    width: int
    category_id: int
    ann_id: int
    ref_id: int
    kind: str = "human"

    def mask(self) -> np.ndarray:
        """Draw the mask of the named thing.

        Returns:
            (height, width) bool.

        Raises:
            DataError: the annotation cannot be decoded, or its size differs from the photo's.
        """
        return decode_mask(self.annotation, self.height, self.width)
