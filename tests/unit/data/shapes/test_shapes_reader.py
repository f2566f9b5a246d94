"""The generated benchmark as a dataset: samples drawn on demand, the same everywhere and for ever."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from refseg.encoders.tokens import split_words
from refseg_cli.data.drawn import SHAPES as RECIPE
from refseg_cli.data.readers.base import Reader
from refseg_cli.data.shapes import reader as module
from refseg_cli.data.shapes.reader import ShapesReader, draw_image, draw_mask, scene_masks, things_of
from refseg_cli.data.shapes.scene import GENERATOR_HASH, SPLITS, VERSION, make_scene
from refseg_cli.data.shapes.vocabulary import SHAPES
from refseg_cli.data.shapes.wording import WORD_TYPES
from refseg_cli.errors import DataError, UsageError

SCENES = 8


@pytest.fixture(scope="module", autouse=True)
def few_scenes():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SCENES", SCENES)
        yield


@pytest.fixture(scope="module")
def samples():
    """Those of all splits, by split."""
    return {split: ShapesReader(size=SCENES).read(split) for split in SPLITS}


@pytest.fixture(scope="module")
def train(samples):
    return samples["train"]


def recipe_of(sample):
    return json.loads(json.dumps(sample.annotation))[RECIPE]  # as an index keeps it


def test_the_benchmark_has_not_changed(samples):
    """A change of what is drawn or said needs a new VERSION, and this hash of it in GENERATOR_HASH."""
    digest = sha256(f"version {VERSION}".encode())
    for sample in (sample for split in SPLITS for sample in samples[split]):
        recipe = recipe_of(sample)
        told = [sample.sample_id, sample.expression, sample.word_types, sample.kind, recipe["thing"]]
        digest.update(json.dumps(told).encode())
        digest.update(draw_image(recipe).tobytes() + np.packbits(scene_masks(recipe)).tobytes())
    assert digest.hexdigest() == GENERATOR_HASH


def test_a_reader_says_what_its_samples_depend_on():
    reader: Reader = ShapesReader(size=5, seed=2)
    assert (reader.name, reader.splits(), reader.sources("train")) == ("shapes", SPLITS, ())
    assert repr(reader) == f"ShapesReader(size=5, seed=2, version={VERSION})"


def test_samples_are_complete(train):
    assert len(train) == 3 * SCENES
    for number, sample in enumerate(train):
        assert sample.image_id == number // 3
        assert sample.image_path == Path(f"shapes-v{VERSION}/0/train/{number // 3:06}.png")
        assert (sample.height, sample.width, sample.dataset, sample.split) == (320, 320, "shapes", "train")
        assert sample.kind in {"attribute", "location", "relation"}
        assert len(sample.word_types) == len(split_words(sample.expression))
        assert sample.ref_id == sample.ann_id == 8 * sample.image_id + recipe_of(sample)["thing"]
        noun = next(word for word in sample.expression.split() if WORD_TYPES[word] == "entity")
        assert noun in list(SHAPES.values())[sample.category_id - 1]


def test_numbers_are_unique_over_all_splits(samples):
    every = [sample for split in SPLITS for sample in samples[split]]
    assert len({sample.sample_id for sample in every}) == len(every)
    assert len({sample.image_id for sample in every}) == len(SPLITS) * SCENES
    assert len({sample.image_path for sample in every}) == len(SPLITS) * SCENES


def test_a_sample_draws_its_picture_and_its_mask(train):
    sample = train[4]
    recipe = recipe_of(sample)
    image, mask = sample.image(), sample.mask()
    assert image.shape == (320, 320, 3)
    assert image.dtype == np.uint8
    assert mask.shape == (320, 320)
    assert mask.dtype == bool
    masks = scene_masks(recipe)
    assert (masks[recipe["thing"]] == mask).all()
    assert masks.sum(axis=0).max() == 1
    thing = things_of(recipe)[recipe["thing"]]
    assert np.abs(image[mask].astype(int) - thing.rgb).max(axis=1).mean() < 40
    assert sample.box()[2] > thing.radius


def test_a_drawing_is_the_askers_own(train):
    recipe = recipe_of(train[0])
    for draw in (draw_image, draw_mask, scene_masks):
        before = draw(recipe).copy()
        draw(recipe)[:] = 0
        assert (draw(recipe) == before).all()


def test_a_recipe_is_all_that_drawing_needs(train):
    recipe = recipe_of(train[0])
    assert things_of(recipe) == make_scene(0, "train", 0).things
    other = replace(things_of(recipe)[0], x=0.0)
    moved = {**recipe, "things": [[*recipe["things"][0][:3], other.x, *recipe["things"][0][4:]]]}
    assert things_of(moved) == (other,)
    assert not (draw_image(moved) == draw_image(recipe)).all()


def test_candidates_are_what_the_noun_could_mean(train):
    for sample in train:
        recipe = recipe_of(sample)
        shapes = [thing.shape for thing in things_of(recipe)]
        assert recipe["candidates"] == shapes.count(shapes[recipe["thing"]]) >= 2


def test_a_smaller_split_is_the_start_of_a_larger_one(train):
    assert ShapesReader(size=3).read("train") == train[:9]
    assert ShapesReader(size=3, seed=1).read("train") != train[:9]


def test_the_other_splits_have_a_size_of_their_own():
    read = ShapesReader(size=1).read("val")
    assert len({sample.image_id for sample in read}) == SCENES


def test_an_unknown_split_is_refused():
    with pytest.raises(DataError, match=r"no split 'testA'; .* test-unseen"):
        ShapesReader().read("testA")


@pytest.mark.parametrize(("size", "seed"), [(0, 0), (1_000_001, 0), (5, -1)])
def test_sizes_and_seeds_out_of_range_are_refused(size, seed):
    with pytest.raises(UsageError, match="refseg download shapes --size"):
        ShapesReader(size, seed)
