from dataclasses import replace

import numpy as np

from refseg_cli.data.drawn import SHAPES
from refseg_cli.data.scene_objects import scene_objects
from refseg_cli.data.shapes.reader import ShapesReader


def test_of_a_drawn_scene_all_objects_are_known_and_which_one_is_named() -> None:
    for sample in ShapesReader(size=3).read("train"):
        objects = scene_objects(sample)
        assert objects is not None
        masks = objects.masks()
        assert masks.shape == (len(sample.annotation[SHAPES]["things"]), sample.height, sample.width)
        assert np.array_equal(masks[objects.named], sample.mask())


def test_candidates_are_the_objects_that_the_noun_alone_could_mean() -> None:
    for sample in ShapesReader(size=3).read("train"):
        recipe = sample.annotation[SHAPES]
        shapes = [thing[0] for thing in recipe["things"]]
        objects = scene_objects(sample)
        assert objects is not None
        assert objects.n_candidates == shapes.count(shapes[recipe["thing"]])


def test_of_a_photo_the_other_objects_are_not_known() -> None:
    (sample, *_) = ShapesReader(size=1).read("train")
    assert scene_objects(replace(sample, annotation={"segmentation": [[0, 0, 9, 0, 9, 9]]})) is None
