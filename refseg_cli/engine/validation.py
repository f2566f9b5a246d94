"""What is looked at while a run goes on: a fixed part of the validation split, scored and drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch
from PIL import Image

from refseg.models.checkpoint import Checkpoint
from refseg.models.predictor import Predictor
from refseg.models.segmenter import Segmenter
from refseg_cli import console
from refseg_cli.data.datasets import find_dataset, read_samples
from refseg_cli.data.mixture import DataConfig
from refseg_cli.data.samples import Sample
from refseg_cli.data.splits import hash_order
from refseg_cli.errors import DataError
from refseg_cli.files import written_whole

from . import together
from .metrics import Overlap, count_overlap, score
from .model_answers import answer_with_model
from .names import expression_slug
from .overlay import draw_overlay
from .plan import make_folder
from .protocols import Mask

SCORES = ("oIoU", "mIoU", "P@0.5")
_N_OVERLAYS = 8
_SPLIT = "val"


@dataclass(frozen=True)
class Validation:
    """The sentences that are validated on, and how.

    Args:
        samples: photo by photo, or frame by frame.
        label: which part of which split they are, as their scores are not those of the whole split.
        precision: of the network's products.
    """

    samples: Sequence[Sample]
    label: str
    precision: str = "float32"

    def scores(
        self, segmenter: Segmenter, folder: Path, stopped: Callable[[], bool] = lambda: False
    ) -> dict[str, float] | None:
        """Score a network and draw a few of its masks; processes that train together share the work.

        Args:
            segmenter: with the weights that are to be scored.
            folder: for the drawings.
            stopped: whether to leave off.

        Returns:
            The scores of `SCORES`, each between 0 and 1; None if it left off.
        """
        answer = answer_with_model(Predictor(Checkpoint(segmenter), str(segmenter.device), self.precision))
        counts = torch.zeros(len(self.samples), 2, dtype=torch.int64)
        numbered = list(enumerate(self.samples))
        photos = [list(group) for _, group in groupby(numbered, lambda pair: pair[1].picture)]
        for photo in photos[together.rank() :: together.size()]:
            if stopped():
                break
            for (number, sample), answered in zip(
                photo, answer([sample for _, sample in photo]), strict=True
            ):
                counts[number] = torch.tensor(count_overlap(answered.mask, sample.mask()))
                if number < _N_OVERLAYS:
                    _draw(
                        sample,
                        answered.mask,
                        folder / f"{number + 1}-{expression_slug(sample.expression)}.jpg",
                    )
        segmenter.train()
        if together.any_of(stopped()):
            return None
        pairs = together.add_up(counts).tolist()
        overlaps = [
            Overlap(sample.sample_id, sample.image_id, *pair)
            for sample, pair in zip(self.samples, pairs, strict=True)
        ]
        by_name = score(overlaps).by_name()
        return {name: by_name[name] for name in SCORES}


def choose_validation(data: DataConfig, root: Path, n_samples: int, precision: str) -> Validation | None:
    """Take some sentences of the split val of the dataset that is trained on, by a hash of their photos.

    Args:
        data: of the run.
        root: data root.
        n_samples: how many sentences, at most.
        precision: "float32", "bfloat16", or "float16", which is validated in float32.

    Returns:
        None where it is not asked for, or the run is not on one dataset that has a split val besides.
    """
    name = data.sources[0].dataset if len(data.sources) == 1 else ""
    if not name or not n_samples or data.sources[0].split == _SPLIT:
        return None
    reader = find_dataset(name, root)
    if _SPLIT not in reader.splits():
        return None
    try:
        samples = read_samples(reader, _SPLIT)
    except DataError as error:
        console.warn(f"{error}; without it there is no validation and no best checkpoint")
        return None
    order = sorted(samples, key=lambda sample: (hash_order(sample.image_id), str(sample.image_path)))
    chosen = _middles(order[:n_samples])
    label = (
        f"{len(chosen):,} of {len(samples):,} sentences of {reader.name} {_SPLIT}, by a hash of their photos"
    )
    return Validation(chosen, label, "bfloat16" if precision == "bfloat16" else "float32")


def _middles(samples: Sequence[Sample]) -> list[Sample]:
    """Each sentence; of a clip, on the middle one of the frames that it can be asked about."""
    asked = ((sample, sample.clip.asked if sample.clip is not None else ()) for sample in samples)
    return [sample.at(frames[len(frames) // 2]) if frames else sample for sample, frames in asked]


def _draw(sample: Sample, mask: Mask, path: Path) -> None:
    make_folder(path.parent)
    with written_whole(path) as stream:
        draw_overlay(Image.fromarray(sample.image()), mask).save(stream, "JPEG", quality=90)
