"""The clips as a dataset: samples that are drawn on demand, the same everywhere and for ever."""

import json
from hashlib import sha256

import numpy as np
import pytest

from refseg_cli.data.readers.base import Reader
from refseg_cli.data.shapes import motion_reader
from refseg_cli.data.shapes.motion_clip import MOTION_VERSION, make_clip
from refseg_cli.data.shapes.motion_reader import (
    MotionReader,
    draw_frames,
    draw_mask,
    draw_scenes,
    scene_masks,
    tracks_of,
)
from refseg_cli.errors import DataError, UsageError

READER = MotionReader(size=32, seed=0)

HASHES = {1: "59bcd4c8d5aa3eecfec7434e4bd64bc9c0b211727f09c1d505b65027456ae1bf"}
"""Of 16 sentences and the frames and masks of their 8 clips, by version."""


@pytest.fixture(scope="module")
def samples():
    return READER.read("train")


def recipe_of(sample):
    return json.loads(json.dumps(sample.annotation))["shapes_motion"]  # as an index keeps it


def test_the_benchmark_has_not_changed(samples):
    digest = sha256()
    for sample in samples[:16]:
        recipe = recipe_of(sample)
        told = [sample.expression, sample.word_types, sample.kind, recipe["action"], recipe["thing"]]
        digest.update(json.dumps(told).encode())
    for sample in samples[:16:2]:
        for _, image, masks in draw_scenes(recipe_of(sample), range(16)):
            digest.update(image.tobytes() + np.packbits(masks).tobytes())
    assert digest.hexdigest() == HASHES[MOTION_VERSION]


def test_it_is_a_reader_of_three_splits_from_no_files(monkeypatch):
    monkeypatch.setattr(motion_reader, "CLIPS", 3)
    reader: Reader = READER
    assert reader.name == "shapes-motion"
    assert reader.splits() == ("train", "val", "test")
    assert reader.sources("train") == ()
    assert len(reader.read("val")) == 2 * 3


def test_its_repr_tells_apart_all_that_samples_depend_on():
    readers = [MotionReader(8, 0), MotionReader(9, 0), MotionReader(8, 1)]
    assert len({repr(reader) for reader in readers}) == 3
    assert f"version={MOTION_VERSION}" in repr(readers[0])


def test_no_two_samples_share_an_id_and_two_sentences_share_a_clip(samples, monkeypatch):
    monkeypatch.setattr(motion_reader, "CLIPS", 8)
    assert len({sample.sample_id for sample in samples}) == len(samples)
    assert len({sample.ref_id for sample in samples}) == len(samples)
    assert {sample.image_id for sample in samples}.isdisjoint(s.image_id for s in READER.read("val"))
    assert len({sample.image_id for sample in samples}) == len(samples) / 2
    assert len({sample.image_path for sample in samples}) == len(samples) / 2


def test_a_larger_size_begins_with_the_same_samples(samples):
    assert MotionReader(size=5, seed=0).read("train") == samples[:10]


def test_a_sample_says_what_it_is(samples):
    for number, sample in enumerate(samples):
        recipe, clip = recipe_of(sample), make_clip(0, "train", number // 2)
        assert (recipe["thing"], recipe["candidates"]) == (clip.target(recipe["action"]), 2)
        assert tuple(map(tuple, tracks_of(recipe))) == clip.tracks
        assert sample.kind == clip.family.kind
        assert len(sample.word_types) == len(sample.expression.split())
        assert sample.clip.annotated == tuple(range(16))
        assert sample.clip.n_frames == 16
    assert {sample.kind for sample in samples} == {"order", "order-free"}
    assert len({recipe_of(sample)["action"] for sample in samples}) == 16


def test_a_sample_draws_its_own_frames_and_masks(samples):
    sample = samples[0]
    assert sample.frames([8])[8].shape == (320, 320, 3)
    assert sample.mask(8).sum() == draw_mask(recipe_of(sample), 8).sum() > 0


def test_masks_are_where_the_objects_are_in_every_frame(samples):
    for sample in samples[:16]:
        recipe = recipe_of(sample)
        for frame in (0, 8, 15):
            masks = scene_masks(recipe, frame)
            assert (masks.sum(axis=0) <= 1).all()
            for mask, track in zip(masks, tracks_of(recipe), strict=True):
                thing = track[frame]
                assert mask.any() == (thing is not None)
                if thing and mask.sum() > 0.97 * np.pi * thing.radius**2:  # nothing covers it
                    rows, columns = np.nonzero(mask)
                    assert abs(columns.mean() + 0.5 - thing.x) < 1
                    assert abs(rows.mean() + 0.5 - thing.y) < 1


def test_a_frame_differs_from_another_only_where_something_moves(samples):
    recipe = recipe_of(samples[0])
    frames = draw_frames(recipe, (4, 12))
    masks = scene_masks(recipe, 4) | scene_masks(recipe, 12)
    changed = (frames[4] != frames[12]).any(axis=2)
    assert changed.any()
    assert not changed[~_grown(masks.any(axis=0), by=3)].any()


def _grown(mask, by):
    """A mask and what is near it, for soft edges and thin corners."""
    steps = range(-by, by + 1)
    return np.logical_or.reduce([np.roll(mask, (y, x), (0, 1)) for y in steps for x in steps])


def test_an_unknown_split_or_frame_is_refused(samples):
    with pytest.raises(DataError, match="testA"):
        READER.read("testA")
    for frame in (-1, 16):
        with pytest.raises(ValueError, match="frames 0 to 15"):
            draw_frames(recipe_of(samples[0]), [frame])


def test_a_size_or_seed_that_cannot_be_is_refused():
    for size, seed in ((0, 0), (10**7, 0), (4, -1)):
        with pytest.raises(UsageError, match="shapes-motion"):
            MotionReader(size, seed)
