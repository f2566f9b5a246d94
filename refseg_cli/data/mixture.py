"""Which sentences a run trains on, and which of them each step draws."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from textwrap import shorten
from typing import Literal

import numpy as np

from refseg_cli import console
from refseg_cli.errors import ConfigError

from .datasets import find_dataset, read_samples
from .phrases.generate import generate
from .readers.refer import build_samples, find_images, read_instances, read_refer, read_references
from .samples import Sample
from .splits import EXAMPLE_IMAGES, is_choice, named_by_coco, read_human
from .windows import Window, window
from .word_tags import with_expected_types
from .word_types import TypeSource


@dataclass(frozen=True)
class SourceConfig:
    """One source of sentences.

    Args:
        dataset: its name or path, as `refseg train --dataset` takes it; then `folder` and `refs` say nothing.
        folder: under the data root.
        layout: "refer" = its pickle of references; "phrases" = phrases generated from its masks;
            "human" = the train part of `refcoco_human` (`splits.py`).
        refs: name of the pickle of references. For generated phrases, photos of its other splits are out.
        split: of that pickle.
        kind: of its sentences, for `kind_weights`, where they do not say their own.
        complete: categories of which the source annotates every instance; empty for all.
        weight: how often one of its images is drawn, against 1 for the others.

    Raises:
        ValueError: if the weight is out of range.
    """

    dataset: str = ""
    folder: str = ""
    layout: Literal["refer", "phrases", "human"] = "refer"
    refs: str = ""
    split: str = "train"
    kind: str = "human"
    complete: tuple[str, ...] = ()
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.weight < inf:
            raise ValueError(f"weight must be above 0 and finite, got {self.weight}")


@dataclass(frozen=True)
class DataConfig:
    """The training data and how a step draws from it.

    Args:
        sources: where the sentences come from; empty to name a dataset on the command line.
        draw: "sentences" = each once an epoch, in random order (the authors'); "images" = images by weight.
        images_per_step: images of a step.
        sentences_per_image: sentences of each image of a step.
        flip: mirror half of the images, with left and right exchanged in the sentence.
        views: windows on each image that are drawn from, the whole image among them.
        contrast: share of sentences drawn to name another instance of the category just drawn.
        kind_weights: how often a sentence of a kind is drawn, against 1 for the others.
        word_types: what the weak targets of `loss.word_type_weight` are: those of a lexicon; "pos" for what
            spaCy's parts of speech let one expect; "gold" for the true types of a dataset that knows them.
        held_out_choices: leave out the images that `is_choice` sets aside for choosing between settings.

    Raises:
        ValueError: if a number is out of range.
    """

    sources: tuple[SourceConfig, ...] = ()
    draw: Literal["sentences", "images"] = "sentences"
    images_per_step: int = 1
    sentences_per_image: int = 1
    flip: bool = False
    views: int = 1
    contrast: float = 0.0
    kind_weights: dict[str, float] = field(default_factory=dict)
    word_types: TypeSource = "lexicon"
    held_out_choices: bool = False

    def __post_init__(self) -> None:
        for name in ("images_per_step", "sentences_per_image", "views"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.contrast <= 1:
            raise ValueError(f"contrast must be from 0 to 1, got {self.contrast}")
        for kind, weight in self.kind_weights.items():
            if not 0 < weight < inf:  # an image may have sentences of this kind alone
                raise ValueError(f"kind_weights.{kind} must be above 0 and finite, got {weight}")


@dataclass(frozen=True)
class Draw:
    """Some sentences of one image or one frame, as one step sees it: through a window, mirrored or not."""

    samples: tuple[Sample, ...]
    window: Window | None
    flipped: bool


class Mixture:
    """The training sentences by image, and a draw for each step that depends on the seed and the step alone.

    Args:
        samples: all sentences, with the weight of their image.
        config: how to draw.
        seed: of all draws.
    """

    def __init__(self, samples: Sequence[tuple[Sample, float]], config: DataConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.samples = [sample for sample, _ in samples]
        by_image: dict[Path, list[Sample]] = defaultdict(list)
        weights: dict[Path, float] = {}
        for sample, weight in samples:
            by_image[sample.image_path].append(sample)
            weights[sample.image_path] = weight
        self._by_image = dict(by_image)
        self._images = list(by_image.values())
        self._cumulative = np.cumsum([weights[images[0].image_path] for images in self._images])

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return len(self._images)

    def draw(self, step: int) -> list[Draw]:
        """The images and sentences of a step, counted from 0."""
        random = np.random.default_rng((self.seed, step))
        return [self._draw(samples, lead, random) for samples, lead in self._leads(step, random)]

    def _draw(self, samples: list[Sample], lead: Sample | None, random: np.random.Generator) -> Draw:
        """Some sentences of one image's, or of one frame's of a clip, and how it is seen."""
        first = lead or self._weighted(samples, random)
        frame = None if first.clip is None else int(random.choice(first.clip.asked))
        there = [sample for sample in samples if sample.clip is None or frame in sample.clip.asked]
        chosen = self._sentences(there, first, random)
        if frame is not None:
            chosen = tuple(sample.at(frame) for sample in chosen)
        view = int(random.integers(self.config.views))
        flipped = self.config.flip and bool(random.random() < 0.5)
        return Draw(chosen, window(samples, view, self.seed), flipped)

    def _leads(self, step: int, random: np.random.Generator) -> Iterator[tuple[list[Sample], Sample | None]]:
        """The images of a step, and the sentence that is drawn from each for certain, if any."""
        n_images = self.config.images_per_step
        if self.config.draw == "images":
            places = random.random(n_images) * self._cumulative[-1]
            for number in np.searchsorted(self._cumulative, places, side="right"):
                yield self._images[min(int(number), len(self._images) - 1)], None
            return
        for place in range(step * n_images, (step + 1) * n_images):
            epoch, within = divmod(place, len(self.samples))
            sample = self.samples[self._order(epoch)[within]]
            yield self._by_image[sample.image_path], sample

    def _order(self, epoch: int) -> np.ndarray:
        if getattr(self, "_ordered_epoch", None) != epoch:
            self._ordered_epoch = epoch
            self._epoch_order = np.random.default_rng((self.seed, 1, epoch)).permutation(len(self.samples))
        return self._epoch_order

    def _sentences(
        self, samples: list[Sample], first: Sample, random: np.random.Generator
    ) -> tuple[Sample, ...]:
        chosen = [first]
        while len(chosen) < self.config.sentences_per_image:
            rivals = [sample for sample in samples if _is_rival(sample, chosen[-1])]
            contrasted = bool(rivals) and len(chosen) % 2 == 1 and random.random() < self.config.contrast
            chosen.append(self._weighted(rivals if contrasted else samples, random))
        return tuple(chosen)

    def _weighted(self, samples: list[Sample], random: np.random.Generator) -> Sample:
        weights = np.cumsum([self.config.kind_weights.get(sample.kind, 1.0) for sample in samples])
        return samples[int(np.searchsorted(weights, random.random() * weights[-1], side="right"))]


def read_mixture(config: DataConfig, root: Path, seed: int, typed: bool = True) -> Mixture:
    """Read all sources of a run.

    Args:
        config: names them.
        root: data root.
        seed: of all draws.
        typed: whether the types of words are needed; else nobody is asked for them.

    Raises:
        DataError: if a file is missing or unreadable, or the words are to be tagged and there is no tagger.
        ConfigError: if there is no source, clips cannot be trained on as they are, or the true types of words
            are asked for and not known.
    """
    if not config.sources:
        raise ConfigError(
            "the configuration names no training data: give --dataset unc, or [[data.sources]] in a file"
        )
    usable = [
        (sample, source.weight)
        for source in config.sources
        for sample in read_source(source, root)
        if not (config.held_out_choices and _held_out(source, sample))
    ]
    samples = [(sample, weight) for sample, weight in usable if not _is_example(sample)]
    if n_examples := len(usable) - len(samples):
        console.say(f"{n_examples:,} sentences on photos of refseg's examples are left out")
    _check_clips(samples)
    return Mixture(_typed(samples, config.word_types, root) if typed else samples, config, seed)


def _typed(
    samples: Sequence[tuple[Sample, float]], source: TypeSource, root: Path
) -> Sequence[tuple[Sample, float]]:
    """The samples, each with the types of its words if these cannot be read off the sentence alone."""
    if source == "pos":
        tagged = with_expected_types([sample for sample, _ in samples], root)
        return list(zip(tagged, (weight for _, weight in samples), strict=True))
    untyped = (sample for sample, _ in samples if not sample.word_types)
    if source == "gold" and (sample := next(untyped, None)) is not None:
        raise ConfigError(
            f"{sample.dataset or 'this data'} does not tell the true types of words "
            f'({sample.sample_id}, "{shorten(sample.expression, 40, placeholder=" …")}"), as shapes does: '
            "refseg train --word-type-supervision pos, or lexicon"
        )
    return samples


def read_source(source: SourceConfig, root: Path) -> Sequence[Sample]:
    """Read one source."""
    if source.dataset:
        return read_samples(find_dataset(source.dataset, root), source.split)
    folder = root / source.folder
    if source.layout == "human":
        return read_human(folder, "train")
    if source.layout == "refer":
        return read_refer(folder, source.refs, source.split, kind=source.kind)
    instances, images = read_instances(folder / "instances.json"), find_images(folder)
    references = read_references(folder / source.refs) if source.refs else []
    others = {int(reference["image_id"]) for reference in references if reference["split"] != source.split}
    wanted = [int(image["id"]) for image in instances["images"] if int(image["id"]) not in others]
    phrases = generate(instances, images, image_ids=wanted, complete_categories=source.complete or None)
    return build_samples(instances, phrases, images, folder.name)


def dataset_source(dataset: str, root: Path) -> SourceConfig:
    """The training split of a dataset by its name or path, such as `unc`."""
    splits = find_dataset(dataset, root).splits()
    return SourceConfig(dataset=dataset, split="trainval" if "trainval" in splits else "train")


def _check_clips(samples: Sequence[tuple[Sample, float]]) -> None:
    """Refuse clips that cannot be trained on as they are."""
    n_clips = sum(sample.clip is not None for sample, _ in samples)
    if 0 < n_clips < len(samples):
        raise ConfigError("photos and clips are not trained on together: name one of them in data.sources")
    hidden = (sample for sample, _ in samples if sample.clip is not None and not sample.clip.asked)
    if (sample := next(hidden, None)) is not None:
        raise ConfigError(
            f"{sample.sample_id} has no masks to train on; name a split that has: --set data.sources=…"
        )


def _held_out(source: SourceConfig, sample: Sample) -> bool:
    return source.layout != "human" and is_choice(sample.image_id)


def _is_example(sample: Sample) -> bool:
    return sample.image_id in EXAMPLE_IMAGES and named_by_coco(sample.image_path)


def _is_rival(sample: Sample, other: Sample) -> bool:
    return sample.ann_id != other.ann_id and sample.category_id == other.category_id != -1


def kinds(samples: Sequence[Sample]) -> Mapping[str, int]:
    """How many sentences there are of each kind."""
    counts: dict[str, int] = defaultdict(int)
    for sample in samples:
        counts[sample.kind] += 1
    return dict(counts)
