"""One referring expression: a photo or a clip, a sentence, and where the mask of what it names is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from refseg.models.images import read_image
from refseg_cli.errors import DataError

from .clips import Clip
from .drawn import draw_frames, draw_image
from .masks import decode_mask


@dataclass(frozen=True)
class Sample:
    """A photo or a clip, one sentence and the annotation that the sentence names.

    Attributes:
        sample_id: `<dataset>/<number of the sentence>`; no two samples of a split share one.
        image_id: number of the photo or clip in its dataset.
        image_path: the photo; of a clip, the video file or the folder of its frames.
        expression: the sentence.
        annotation: where its mask is, in one of the forms of `masks.py`; `mask` decodes it.
        height: of the photo or clip, in pixels.
        width: of the photo or clip, in pixels.
        category_id: COCO category, or -1 where the dataset does not say.
        ann_id: number of the annotation.
        ref_id: number of the reference; its sentences all name the same thing.
        kind: "human" for a person's sentence; for a generated one what sets the thing apart:
            "category", "position", "size", "ordinal", "colour", "relation", "plural"; of `shapes` the group.
        dataset: name of the dataset.
        split: name of the split.
        provenance: what is known of where pictures, sentences and masks come from.
        clip: the frames, where the sample is a clip; None for a photo.
        word_types: the true type of each word ("entity", …), where the dataset knows it; else empty. For a
            training with `data.word_types = "pos"`, what `word_tags.py` has put there.
        frame: of a clip, the number of the frame that is asked about, where it is one alone: see `at`.
    """

    sample_id: str
    image_id: int
    image_path: Path
    expression: str
    annotation: Mapping[str, Any] = field(repr=False, hash=False)
    height: int
    width: int
    category_id: int = -1
    ann_id: int = -1
    ref_id: int = -1
    kind: str = "human"
    dataset: str = ""
    split: str = ""
    provenance: str = ""
    clip: Clip | None = None
    word_types: tuple[str, ...] = ()
    frame: int | None = None

    def at(self, frame: int) -> Self:
        """This sentence on one frame of its clip: `image` and `mask` are those of the frame.

        Returns:
            Its id is that of the sentence, an @ and the name of the frame, such as `a2d/xyz/0@00025`.

        Raises:
            ValueError: the sample is a photo.
        """
        if self.clip is None:
            raise ValueError(f"{self.sample_id} is a photo and has no frame {frame}")
        return replace(self, sample_id=f"{self.sentence_id}@{self.clip.stem(frame)}", frame=frame)

    @property
    def sentence_id(self) -> str:
        """The id of the sentence, which all frames of a clip share."""
        return self.sample_id if self.frame is None else self.sample_id.rpartition("@")[0]

    @property
    def picture(self) -> tuple[Path, int | None]:
        """What tells its picture from others: the photo, or the clip and the frame that is asked about."""
        return self.image_path, self.frame

    def image(self) -> np.ndarray:
        """Read the photo or the frame that is asked about, or draw it where the dataset is a generated one.

        Returns:
            (height, width, 3) uint8 RGB.

        Raises:
            DataError: the photo is of another size than its annotations say.
            ImageError: it is missing or broken.
            ValueError: the sample is a clip, and no frame of it is asked about.
        """
        if self.frame is not None:
            return self.frames([self.frame])[self.frame]
        if self.clip is not None:
            raise ValueError(f"{self.sample_id} is a clip: ask for its frames")
        drawn = draw_image(self.annotation)
        if drawn is not None:
            return drawn
        pixels = np.array(read_image(self.image_path))
        self.check_size(pixels)
        return pixels

    def check_size(self, pixels: np.ndarray) -> None:
        """Refuse pixels of another size than the annotations say, whose masks would lie beside the things.

        Args:
            pixels: (H, W, …), the photo or a mask of its size.

        Raises:
            DataError: names the photo or clip and both sizes.
        """
        found = pixels.shape[:2]
        if found != (self.height, self.width) and self.clip is not None:
            raise DataError(
                f"{self.image_path}: its frames are {found[1]}x{found[0]} but annotated as "
                f"{self.width}x{self.height}; fetch the clip again, and look at it with: refseg data show"
            )
        if found != (self.height, self.width):
            raise DataError(
                f"{self.image_path}: the photo is {found[1]}x{found[0]} but annotated as "
                f"{self.width}x{self.height}; annotate the photo as it is shown, or name the folder of the "
                "right photos: --images DIR"
            )

    def frames(self, numbers: Iterable[int]) -> dict[int, np.ndarray]:
        """Read some frames of a clip, or draw them where the dataset is a generated one.

        Args:
            numbers: of the frames, counted from 0.

        Returns:
            By number, each (height, width, 3) uint8 RGB.

        Raises:
            DataError: the clip is missing or broken, has fewer frames than it should, or is of another size.
            ValueError: the sample is a photo.
        """
        if self.clip is None:
            raise ValueError(f"{self.sample_id} is a photo: ask for its image")
        wanted = list(numbers)
        drawn = draw_frames(self.annotation, wanted)
        if drawn is not None:
            return drawn
        read = self.clip.read(wanted)
        for pixels in read.values():
            self.check_size(pixels)
        return read

    def mask(self, frame: int | None = None) -> np.ndarray:
        """Draw the mask of the named thing.

        Args:
            frame: of a clip, the number of the frame, counted from 0; one of `clip.annotated`. That which is
                asked about, if not given.

        Returns:
            (height, width) bool.

        Raises:
            DataError: the annotation cannot be decoded, or its size differs from the picture's.
            ValueError: a clip and no frame, a photo and a frame, or a frame without annotation.
        """
        if self.clip is None:
            if frame is not None:
                raise ValueError(f"{self.sample_id} is a photo and has no frame {frame}")
            return decode_mask(self.annotation, self.height, self.width)
        frame = self.frame if frame is None else frame
        if frame not in self.clip.annotated:
            raise ValueError(f"{self.sample_id}: frame {frame} is not one of {self.clip.annotated}")
        return decode_mask(self.annotation, self.height, self.width, frame, self.clip.stem(frame))

    def box(self) -> tuple[float, float, float, float]:
        """The box of the named thing in a photo: left, top, width and height in pixels, all 0 for nothing."""
        if box := self.annotation.get("bbox"):
            left, top, width, height = (float(side) for side in box)
            return left, top, width, height
        rows, columns = np.nonzero(self.mask())
        if not len(rows):
            return 0.0, 0.0, 0.0, 0.0
        left, top = float(columns.min()), float(rows.min())
        return left, top, float(columns.max()) + 1 - left, float(rows.max()) + 1 - top
